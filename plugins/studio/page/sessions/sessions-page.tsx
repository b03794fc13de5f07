import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ask } from '../api.ts';
import { Emotion } from '../emotion.tsx';
import { Note } from '../note.tsx';
import { useAnswer } from '../use-answer.ts';
import { length, when } from '../words.ts';
import { SharesBar } from './shares-bar.tsx';
import { titleOf, type StoredSession } from './session-record.ts';

interface SessionList {
  readonly sessions: readonly StoredSession[];
  readonly cursor: string | null;
}

/** Typing is over after so long. */
const PAUSE_MS = 250;

/** All sessions that the host keeps, of all platforms. */
export function SessionsPage() {
  const typed = useSignal('');
  const text = useSignal('');
  const state = useSignal('');
  const more = useSignal<readonly SessionList[]>([]);
  useEffect(() => {
    const timer = setTimeout(() => (text.value = typed.value.trim()), PAUSE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [typed.value]);
  const query = new URLSearchParams({
    ...(text.value && { text: text.value }),
    ...(state.value && { state: state.value }),
  }).toString();
  const [answer] = useAnswer(query, async () => {
    const list = await ask<SessionList>(`/v1/sessions?${query}`);
    more.value = [];
    return list;
  });
  const { value: first, error } = answer.value;
  const lists = first ? [first, ...more.value] : [];
  const sessions = lists.flatMap((list) => list.sessions);
  const cursor = lists.at(-1)?.cursor;
  const isFiltered = query !== '';
  return (
    <>
      <div class="page-head">
        <h1>Sessions</h1>
        <label>
          <span class="visually-hidden">Search titles</span>
          <input
            type="search"
            placeholder="Search titles"
            value={typed}
            onInput={({ currentTarget: { value } }) => (typed.value = value)}
          />
        </label>
        <label>
          <span class="visually-hidden">State</span>
          <select value={state} onChange={({ currentTarget: { value } }) => (state.value = value)}>
            <option value="">all</option>
            <option value="open">going on</option>
            <option value="ended">ended</option>
            <option value="interrupted">cut short</option>
          </select>
        </label>
      </div>
      {error !== null && <Note kind="error">{error}</Note>}
      {first === null && error === null && <p class="empty">Asking the host …</p>}
      {first !== null && sessions.length === 0 && (
        <section class="panel">
          <p class="empty">
            {isFiltered ? 'No session is like that. Search for less.' : 'There is no session yet. '}
            {!isFiltered && <a href="#/live">Speak, or drop a recording.</a>}
          </p>
        </section>
      )}
      {sessions.length > 0 && (
        <ul class="panel sessions">
          {sessions.map((session) => (
            <Row key={session.id} session={session} />
          ))}
        </ul>
      )}
      {cursor && (
        <button
          type="button"
          onClick={() => {
            const next = new URLSearchParams(query);
            next.set('cursor', cursor);
            void ask<SessionList>(`/v1/sessions?${next}`).then((list) => (more.value = [...more.value, list]));
          }}
        >
          Show older ones
        </button>
      )}
    </>
  );
}

function Row({ session }: { readonly session: StoredSession }) {
  const { id, startedAtMs, state, summary } = session;
  const speakers = summary?.speakers ?? [];
  const dominant = speakers.length === 1 ? speakers[0]!.dominant : null;
  return (
    <li>
      <a href={`#/sessions/${encodeURIComponent(id)}`}>
        <span class="what">
          <span class="title">{titleOf(session)}</span>
          <span class="of">
            {session.platform} · {when(startedAtMs)}
            {summary && ` · ${length(summary.durationMs)}`}
            {speakers.length > 0 && ` · ${speakers.map(({ name }) => name).join(', ')}`}
          </span>
        </span>
        {state !== 'ended' && <span class="tag">{state === 'open' ? 'goes on' : 'cut short'}</span>}
        {dominant !== null && <Emotion label={dominant} />}
        {summary && summary.alerts > 0 && <span class="tag alert">{summary.alerts} alerts</span>}
        {summary && <SharesBar shares={summary.shares} />}
      </a>
    </li>
  );
}
