import { escapeHtml, htmlFigure, htmlPage, htmlTable } from '../../pictures/index.ts';
import { classTable, splitsTable } from './evaluation-page.ts';
import { percent } from './leakage.ts';
import { classPicture, confusionPicture, epochsPicture } from './plots.ts';
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
  const facts = [
    ['Model', [model.name, model.network].filter((part) => part !== undefined).join(', ')],
    ['Parameters', model.parameters?.toLocaleString('en') ?? 'unknown'],
    ['Seed', String(seed)],
    ['Epochs', `${epochs.length}; the weights of epoch ${bestEpoch} were kept; ${stopped}`],
    ['Time', `${minutes.toFixed(1)} min`],
    ['Protocol', PROTOCOL_WORDS[protocol].label],
    ['Finished', createdAt],
    ['Manifest', manifestHash.slice(0, 16)],
  ];
  const body = [
    ...(leaky ? [`<p><strong>${escapeHtml(PROTOCOL_WORDS.leaky.explanation)}</strong></p>`] : []),
    htmlTable(['Training', ''], facts),
    htmlFigure(epochsPicture(leaky ? 'Training (leaky)' : 'Training', epochs, bestEpoch)),
    validationSection(report, leaky ? ' (leaky)' : ''),
    '<h2>Split</h2>',
    splitsTable([split]),
    ...split.notes.map((note) => `<p class="note">${escapeHtml(note)}</p>`),
  ];
  return htmlPage({ title: leaky ? `LEAKY: ${title}` : title, body: body.join('\n') });
}

function validationSection({ validation, split }: TrainingReport, mark: string): string {
  if (validation === undefined) return '<p class="note">No part was held back to judge the weights on.</p>';
  const { scores, condition } = validation;
  const { label } = CONDITION_WORDS[condition];
  const summary =
    `UAR ${percent(scores.uar)} %, accuracy ${percent(scores.accuracy)} %, macro F1 ${percent(scores.macroF1)} %, weighted F1 ` +
    `${percent(scores.weightedF1)} % on ${scores.clips} ${split.chosenOn === 'test copies' ? 'copies' : 'clips'}, ${label}. ` +
    'The epoch was chosen on them, so these figures flatter it.';
  return [
    `<h2>${escapeHtml(`On the ${split.chosenOn}${mark}`)}</h2>`,
    `<p>${escapeHtml(summary)}</p>`,
    '<div style="display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:0 1rem">',
    htmlFigure(confusionPicture(`Validation: ${label}${mark}`, scores)),
    htmlFigure(classPicture(`Validation: ${label}${mark}`, scores.perClass)),
    '</div>',
    classTable(scores.perClass, `Validation${mark}`),
  ].join('\n');
}
