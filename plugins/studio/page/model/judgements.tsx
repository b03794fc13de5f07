import type { Figure, ModelFacts } from '../../src/protocol.ts';

const number = (share: number): string => (100 * share).toFixed(1);

/** Figures of all clips, of each corpus and sex, nothing known of the voice. */
export function Judgements({ evaluation }: { readonly evaluation: NonNullable<ModelFacts['evaluation']> }) {
  return (
    <section class="panel">
      <h2>By corpus and voice</h2>
      <p class="of">In per cent, nothing known of the voice; in brackets 95 % intervals over speakers.</p>
      <div class="scroll" tabIndex={0} role="region" aria-label="By corpus and voice">
        <table>
          <thead>
            <tr>
              <th scope="col">Clips of</th>
              <th scope="col">Emotions</th>
              <th scope="col">Voices</th>
              <th scope="col">UAR</th>
              <th scope="col">Accuracy</th>
              <th scope="col">F1</th>
            </tr>
          </thead>
          <tbody>
            {evaluation.judgements.map(({ name, emotions, speakers, uar, accuracy, macroF1 }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="number">{emotions}</td>
                <td class="number">{speakers}</td>
                <Cell figure={uar} />
                <Cell figure={accuracy} />
                <Cell figure={macroF1} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="of">
        UAR by what was known of the voice:{' '}
        {evaluation.byKnowledge.map(({ known, uar }) => `${known} ${number(uar)}`).join('; ')}.
      </p>
    </section>
  );
}

function Cell({ figure: { mean, interval } }: { readonly figure: Figure }) {
  return (
    <td class="number">
      {number(mean)} {interval && <small>({interval.map(number).join('–')})</small>}
    </td>
  );
}
