import { clock } from '../words.ts';
import { acknowledge } from './session-api.ts';
import type { StoredAlert } from './session-record.ts';

interface AlertsParts {
  readonly alerts: readonly StoredAlert[];
  readonly nameOf: (speaker: string) => string | undefined;
  readonly again: () => void;
}

/** What the rules of the configuration told moderators. */
export function Alerts({ alerts, nameOf, again }: AlertsParts) {
  if (alerts.length === 0) return null;
  return (
    <section class="panel">
      <h2>Alerts</h2>
      <ul class="alerts">
        {alerts.map(({ id, speaker, rule, message, startMs, endMs, acknowledgedAtMs }) => (
          <li key={id}>
            <span class="at">
              {clock(startMs)}–{clock(endMs)}
            </span>
            <span>
              <strong>{rule}</strong>
              {speaker !== null && ` · ${nameOf(speaker) ?? speaker}`}: {message}
            </span>
            {acknowledgedAtMs === null ? (
              <button type="button" onClick={() => void acknowledge(id).then(again)}>
                Seen
              </button>
            ) : (
              <span class="tag">seen</span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
