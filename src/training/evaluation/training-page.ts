import { escapeHtml, htmlFigure, htmlPage } from '../../pictures/index.ts';
import { percent } from './leakage.ts';
import { classesSection, facts, modelFacts, paragraph, splitsTable, warning } from './page-parts.ts';
import { epochsPicture } from './plots.ts';
import { CONDITION_WORDS, PROTOCOL_WORDS } from './protocols.ts';
import type { TrainingReport } from './types.ts';

/**
 * A training as one HTML page that needs nothing but itself: curves, and how the kept weights did on the part that the
 * epoch was chosen on (which flatters them: judge a model by an evaluation).
 * @returns the whole document
 */
export function renderTrainingReport(report: TrainingReport): string {
  const { title, model, seed, split, protocol, epochs, bestEpoch, stopped, createdAt, manifestHash } = report;
  const leaky = protocol === 'leaky';
  const minutes = epochs.reduce((total, { seconds }) => total + seconds, 0) / 60;
  const body = [
    ...(leaky ? [warning(PROTOCOL_WORDS.leaky.explanation)] : []),
    facts([
      ...modelFacts(model),
      `seed ${seed}`,
      `protocol: ${PROTOCOL_WORDS[protocol].label}`,
      `${epochs.length} epochs in ${minutes.toFixed(1)} min`,
      stopped,
      createdAt,
      `manifest ${manifestHash.slice(0, 16)}`,
    ]),
    htmlFigure(epochsPicture(leaky ? 'Training (leaky)' : 'Training', epochs, bestEpoch)),
    validationSection(report, leaky ? ' (leaky)' : ''),
    '<h2>Split</h2>',
    splitsTable([split]),
    facts(split.notes),
  ];
  return htmlPage({ title: leaky ? `LEAKY: ${title}` : title, body: body.join('\n') });
}

function validationSection({ validation, split }: TrainingReport, mark: string): string {
  if (validation === undefined) return facts(['No part was held back to judge the weights on.']);
  const { scores, condition } = validation;
  const { label } = CONDITION_WORDS[condition];
  const summary =
    `UAR ${percent(scores.uar)} %, accuracy ${percent(scores.accuracy)} %, macro F1 ${percent(scores.macroF1)} %, weighted F1 ` +
    `${percent(scores.weightedF1)} % on ${scores.clips} ${split.chosenOn === 'test copies' ? 'copies' : 'clips'}, ${label}. ` +
    'The epoch was chosen on them, so these figures flatter it.';
  return [
    `<h2>${escapeHtml(`On the ${split.chosenOn}${mark}`)}</h2>`,
    paragraph(summary),
    classesSection(`Validation: ${label}${mark}`, scores),
  ].join('\n');
}
