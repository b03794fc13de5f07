import type { ModelFacts } from '../../src/protocol.ts';

/** What the figures would be if one tested as many do: the higher, the more of what is tested was trained on. */
export function Protocols({ protocols: { note, rows } }: { readonly protocols: NonNullable<ModelFacts['protocols']> }) {
  const number = (value: number, deviation?: number): string =>
    value.toFixed(1) + (deviation === undefined ? '' : ` ± ${deviation.toFixed(1)}`);
  return (
    <section class="panel">
      <h2>What leakage is worth</h2>
      <p class="of">{note}</p>
      <div class="scroll" tabIndex={0} role="region" aria-label="What leakage is worth">
        <table>
          <thead>
            <tr>
              <th scope="col">Protocol</th>
              <th scope="col">New to the network</th>
              <th scope="col">UAR (%)</th>
              <th scope="col">Accuracy (%)</th>
              <th scope="col">Seeds × folds</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.protocol}>
                <th scope="row">{row.protocol}</th>
                <td>{row.newToTheNetwork}</td>
                <td class="number">
                  <span class="in-table bar">
                    <span style={{ width: `${row.uar}%` }} />
                  </span>{' '}
                  {number(row.uar, row.uarDeviation)}
                </td>
                <td class="number">{number(row.accuracy, row.accuracyDeviation)}</td>
                <td class="number">
                  {row.seeds} × {row.folds}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
