import type { ModelFacts } from '../../src/protocol.ts';
import { Mark } from '../emotion.tsx';
import { percent } from '../words.ts';

type Confusion = NonNullable<ModelFacts['evaluation']>['confusion'];

/** What was acted against what was heard: shares of each row. */
export function ConfusionMatrix({ confusion: { labels, counts } }: { readonly confusion: Confusion }) {
  return (
    <section class="panel">
      <h2>What is taken for what</h2>
      <p class="of">Of what was acted (rows), the share in per cent that was heard as each emotion (columns).</p>
      <div class="scroll" tabIndex={0} role="region" aria-label="What is taken for what">
        <table class="confusion">
          <thead>
            <tr>
              <td />
              {labels.map((label) => (
                <th scope="col" key={label}>
                  <Mark label={label} />
                  <span>{label}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {counts.map((row, index) => (
              <Row key={labels[index]} label={labels[index]!} row={row} own={index} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Row({ label, row, own }: { readonly label: string; readonly row: readonly number[]; readonly own: number }) {
  const total = row.reduce((sum, count) => sum + count, 0);
  return (
    <tr>
      <th scope="row">
        <Mark label={label} /> {label}
      </th>
      {row.map((count, index) => {
        const share = total > 0 ? count / total : 0;
        return (
          <td
            key={index}
            class={index === own ? 'own' : ''}
            style={{ '--share': `${Math.round(45 * share)}%` }}
            title={`${count} of ${total}: ${percent(share)}`}
          >
            {Math.round(100 * share)}
          </td>
        );
      })}
    </tr>
  );
}
