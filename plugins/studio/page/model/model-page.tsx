import type { ModelFacts } from '../../src/protocol.ts';
import { facts } from '../facts.ts';
import { percent } from '../words.ts';
import { ConfusionMatrix } from './confusion-matrix.tsx';
import { Judgements } from './judgements.tsx';
import { Protocols } from './protocols.tsx';

/** How well the model hears, and what it is not for. */
export function ModelPage() {
  const model = facts.value;
  if (!model) return <p class="empty">Asking the host …</p>;
  const { id, description, evaluation, protocols, card } = model;
  return (
    <>
      <div class="page-head">
        <div>
          <h1>The model “{id}”</h1>
          <p class="of">{description}</p>
        </div>
      </div>
      {evaluation ? (
        <Headline model={model} evaluation={evaluation} />
      ) : (
        <section class="panel">
          <p class="empty">
            Nobody has judged this model: it came without metrics.json. <code>undertone evaluate</code> writes one.
          </p>
        </section>
      )}
      {protocols && <Protocols protocols={protocols} />}
      {evaluation && <Judgements evaluation={evaluation} />}
      {evaluation && <ConfusionMatrix confusion={evaluation.confusion} />}
      <div class="cards">
        {card.map(({ title, paragraphs }) => (
          <section class="panel" key={title}>
            <h2>{title}</h2>
            {paragraphs.map((text) => (
              <p key={text}>{text.replaceAll('`', '')}</p>
            ))}
          </section>
        ))}
      </div>
    </>
  );
}

interface HeadlineParts {
  readonly model: ModelFacts;
  readonly evaluation: NonNullable<ModelFacts['evaluation']>;
}

function Headline({ model, evaluation }: HeadlineParts) {
  const { byKnowledge, explanation, judgements, parameters, seeds, splits } = evaluation;
  const [all] = judgements;
  const adapted = byKnowledge.at(-1);
  return (
    <section class="panel">
      <h2>In short</h2>
      <dl class="figures">
        <div>
          <dd>{percent(all!.uar.mean)}</dd>
          <dt>
            of each emotion is heard as what was acted (UAR), by voices it never met; guessing has{' '}
            {percent(1 / all!.emotions)}
          </dt>
        </div>
        {adapted && (
          <div>
            <dd>{percent(adapted.uar)}</dd>
            <dt>once much of the voice was heard</dt>
          </div>
        )}
        {adapted?.calibrationError != null && (
          <div>
            <dd>{percent(adapted.calibrationError)}</dd>
            <dt>is what its confidence is off by, on average</dt>
          </div>
        )}
        <div>
          <dd>{percent(model.abstainBelow)}</dd>
          <dt>confidence is the least; below, it says “uncertain”</dt>
        </div>
      </dl>
      <p class="of">
        {explanation} {all!.clips.toLocaleString()} clips of {all!.speakers} voices; means of {seeds} seeds and {splits}{' '}
        splits; {parameters.toLocaleString()} weights.
      </p>
    </section>
  );
}
