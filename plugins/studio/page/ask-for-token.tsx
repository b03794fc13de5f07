import { useRef } from 'preact/hooks';
import { enterToken, token } from './access.ts';
import { Note } from './note.tsx';

/** What there is instead of the page, without a token that the host knows. */
export function AskForToken() {
  const input = useRef<HTMLInputElement>(null);
  return (
    <section class="panel narrow">
      <h1>The host asks who you are</h1>
      {token.value !== '' && (
        <Note kind="error">The host does not know this token. It may have been started anew.</Note>
      )}
      <p>
        Open the address that the host printed when it started: it brings the token along. Or paste one here; it is kept
        in this tab alone.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          enterToken(input.current!.value);
        }}
      >
        <label>
          Token <input ref={input} type="password" autocomplete="off" required />
        </label>
        <button type="submit" class="primary">
          Enter
        </button>
      </form>
    </section>
  );
}
