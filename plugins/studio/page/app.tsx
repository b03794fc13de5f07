import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { connection } from './api.ts';
import { AskForToken } from './ask-for-token.tsx';
import { keepFacts } from './facts.ts';
import { LivePage } from './live/live-page.tsx';
import { ModelPage } from './model/model-page.tsx';
import { SessionPage } from './sessions/session-page.tsx';
import { SessionsPage } from './sessions/sessions-page.tsx';
import { switchTheme, theme } from './theme.ts';

const PAGES = [
  ['live', 'Live'],
  ['sessions', 'Sessions'],
  ['model', 'Model'],
] as const;

/** Where one is, as the address says behind "#/": a page, and what of it. */
const place = signal(readPlace());

function readPlace(): readonly [page: string, of: string] {
  const [page = '', of = ''] = location.hash.replace(/^#\//, '').split('/');
  return [PAGES.some(([name]) => name === page) ? page : 'live', decodeURIComponent(of)];
}

addEventListener('hashchange', () => {
  place.value = readPlace();
});
keepFacts();

export function App() {
  const [page, of] = place.value;
  const title = PAGES.find(([name]) => name === page)![1];
  useEffect(() => {
    document.title = `${title} – Undertone Studio`;
  }, [title]);
  return (
    <>
      <header>
        <a class="skip" href="#main" onClick={focusMain}>
          Skip to the content
        </a>
        <img src="/plugins/studio/icon.svg" alt="" width="28" height="28" />
        <strong>Undertone</strong>
        <nav aria-label="Pages">
          {PAGES.map(([name, words]) => (
            <a key={name} href={`#/${name}`} aria-current={name === page ? 'page' : undefined}>
              {words}
            </a>
          ))}
        </nav>
        <button type="button" class="quiet" onClick={switchTheme}>
          {theme.value === 'dark' ? 'Light' : 'Dark'}
        </button>
      </header>
      {connection.value === 'gone' && (
        <p class="banner" role="alert">
          The host does not answer. What is on this page stays. It goes on by itself when the host is back: start it
          with <code>npm start</code>.
        </p>
      )}
      <main id="main" tabIndex={-1}>
        {connection.value === 'refused' ? (
          <AskForToken />
        ) : (
          <>
            {/* It stays while other pages are looked at: it holds the microphone and the sound. */}
            <div hidden={page !== 'live'}>
              <LivePage />
            </div>
            {page === 'sessions' && (of === '' ? <SessionsPage /> : <SessionPage key={of} id={of} />)}
            {page === 'model' && <ModelPage />}
          </>
        )}
      </main>
    </>
  );
}

/** Without changing the address, which says the page. */
function focusMain(event: Event): void {
  event.preventDefault();
  document.getElementById('main')!.focus();
}
