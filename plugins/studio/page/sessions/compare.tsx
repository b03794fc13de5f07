import { useSignal, type Signal } from '@preact/signals';
import type { SpeakerSummary } from 'undertone';
import { colourOf, Emotion } from '../emotion.tsx';
import { length, percent } from '../words.ts';
import { labelsOf } from './shares-bar.tsx';

/** Two speakers side by side. */
export function Compare({ speakers }: { readonly speakers: readonly SpeakerSummary[] }) {
  const [left, right] = [useSignal(0), useSignal(1)];
  const a = speakers[left.value] ?? speakers[0]!;
  const b = speakers[right.value] ?? speakers[1]!;
  const labels = labelsOf({ ...a.shares, ...b.shares });
  const largest = Math.max(0.01, ...labels.flatMap((label) => [a.shares[label] ?? 0, b.shares[label] ?? 0]));
  return (
    <section class="panel">
      <h2>Compare</h2>
      <table class="compare">
        <thead>
          <tr>
            <th scope="col">
              <Choose speakers={speakers} chosen={left} label="First speaker" />
            </th>
            <td />
            <th scope="col">
              <Choose speakers={speakers} chosen={right} label="Second speaker" />
            </th>
          </tr>
        </thead>
        <tbody>
          {labels.map((label) => (
            <tr key={label}>
              <td>
                <Half share={a.shares[label] ?? 0} {...{ label, largest }} />
              </td>
              <th scope="row">
                <Emotion label={label} />
              </th>
              <td>
                <Half share={b.shares[label] ?? 0} {...{ label, largest }} />
              </td>
            </tr>
          ))}
          <tr>
            <td>{length(a.talkMs)}</td>
            <th scope="row">speech</th>
            <td>{length(b.talkMs)}</td>
          </tr>
          <tr>
            <td>{percent(a.uncertainShare)}</td>
            <th scope="row">uncertain</th>
            <td>{percent(b.uncertainShare)}</td>
          </tr>
        </tbody>
      </table>
    </section>
  );
}

interface ChooseParts {
  readonly speakers: readonly SpeakerSummary[];
  readonly chosen: Signal<number>;
  readonly label: string;
}

function Choose({ speakers, chosen, label }: ChooseParts) {
  return (
    <select
      aria-label={label}
      value={chosen}
      onChange={({ currentTarget: { value } }) => (chosen.value = Number(value))}
    >
      {speakers.map(({ speaker, name }, index) => (
        <option key={speaker} value={index}>
          {name}
        </option>
      ))}
    </select>
  );
}

interface HalfParts {
  readonly label: string;
  readonly share: number;
  readonly largest: number;
}

function Half({ label, share, largest }: HalfParts) {
  return (
    <span class="half">
      <span class="number">{percent(share)}</span>
      <span class="bar">
        <span style={{ width: `${(100 * share) / largest}%`, background: colourOf(label) }} />
      </span>
    </span>
  );
}
