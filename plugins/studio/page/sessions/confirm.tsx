import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Note } from '../note.tsx';

/** Something that cannot be undone. */
export interface Question {
  readonly title: string;
  readonly text: string;
  /** What the button says. */
  readonly yes: string;
  act(): Promise<void>;
}

/** Asks before something is done; the browser keeps the focus in it, and Escape answers no. */
export function Confirm({ question }: { readonly question: { value: Question | null } }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const error = useSignal('');
  const asked = question.value;
  useEffect(() => {
    error.value = '';
    if (asked) dialog.current!.showModal();
    else dialog.current!.close();
  }, [asked]);
  const act = async (): Promise<void> => {
    try {
      await asked!.act();
      question.value = null;
    } catch (cause) {
      error.value = cause instanceof Error ? cause.message : 'It failed.';
    }
  };
  return (
    <dialog ref={dialog} aria-labelledby="question" onClose={() => (question.value = null)}>
      <h2 id="question">{asked?.title}</h2>
      <p>{asked?.text}</p>
      {error.value && <Note kind="error">{error}</Note>}
      <div class="buttons">
        <button
          type="button"
          onClick={() => {
            dialog.current!.close();
          }}
        >
          Cancel
        </button>
        <button type="button" class="primary danger" onClick={() => void act()}>
          {asked?.yes}
        </button>
      </div>
    </dialog>
  );
}
