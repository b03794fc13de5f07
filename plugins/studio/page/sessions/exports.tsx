import { csvOf } from './csv.ts';
import type { SessionRecord } from './session-record.ts';
import { timelinePicture } from './timeline-picture.ts';

/** Saves a session as a file; all of it is made in the page. */
export function Exports({ record }: { readonly record: SessionRecord }) {
  const name = `undertone-${new Date(record.session.startedAtMs).toISOString().slice(0, 16).replace(/:/g, '')}`;
  return (
    <div class="buttons" role="group" aria-label="Save as a file">
      <button
        type="button"
        onClick={() => {
          save(`${name}.csv`, new Blob([csvOf(record)], { type: 'text/csv' }));
        }}
      >
        CSV
      </button>
      <button
        type="button"
        onClick={() => {
          save(`${name}.json`, new Blob([JSON.stringify(record, null, 2)], { type: 'application/json' }));
        }}
      >
        JSON
      </button>
      <button
        type="button"
        onClick={() =>
          void timelinePicture(record).then((blob) => {
            save(`${name}.png`, blob);
          })
        }
      >
        PNG
      </button>
    </div>
  );
}

function save(name: string, blob: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 10_000);
}
