/** What the pages of evaluations and trainings share. */
import { escapeHtml, htmlFigure, htmlTable } from '../../pictures/index.ts';
import { percent } from './leakage.ts';
import { classPicture, confusionPicture } from './plots.ts';
import type { ModelDescription, Scores, SplitReport } from './types.ts';

/** Text as a paragraph. */
export const paragraph = (text: string): string => `<p>${escapeHtml(text)}</p>`;

/** Text that must not be overlooked. */
export const warning = (text: string): string =>
  `<p style="border-left:5px solid #d55e00;padding:.6rem 1rem;font-weight:600">${escapeHtml(text)}</p>`;

/** Short facts in one line; nothing where there are none. */
export const facts = (all: readonly string[]): string =>
  all.length === 0 ? '' : `<p class="note">${escapeHtml(all.join(' · '))}</p>`;

/** A model's name, kind and size. */
export function modelFacts({ name, network, parameters }: ModelDescription): string[] {
  const size = parameters === undefined ? [] : [`${parameters.toLocaleString('en')} parameters`];
  return [name, ...(network === undefined ? [] : [network]), ...size];
}

/** Pictures beside each other where the page is wide enough. */
export function sideBySide(...pictures: readonly string[]): string {
  const grid = 'display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:0 1rem';
  return `<div style="${grid}">${pictures.map((picture) => htmlFigure(picture)).join('')}</div>`;
}

/** Who was heard as what: confusion matrix, bars and table of each label's scores. */
export function classesSection(title: string, scores: Pick<Scores, 'labels' | 'confusion' | 'perClass'>): string {
  const rows = Object.entries(scores.perClass).map(([label, { precision, recall, f1, support }]) => [
    label,
    ...[precision, recall, f1].map((share) => ({ text: percent(share), share })),
    support,
  ]);
  const head = ['Emotion', 'Precision (%)', 'Recall (%)', 'F1 (%)', 'Clips judged'];
  return (
    sideBySide(confusionPicture(title, scores), classPicture(title, scores.perClass)) +
    htmlTable(head, rows, { caption: title })
  );
}

/** Sizes and hashes of splits. */
export function splitsTable(splits: readonly SplitReport[]): string {
  const parts = ['train', 'validation', 'test'] as const;
  const rows = splits.map(({ name, clips, speakers, chosenOn, hash }) => [
    name,
    ...parts.map((part) => `${clips[part]} / ${speakers[part]}`),
    chosenOn,
    hash.slice(0, 16),
  ]);
  const head = ['Split', 'Training', 'Validation', 'Test', 'Epoch chosen on', 'Hash'];
  return htmlTable(head, rows, { caption: 'Clips / speakers of each part; the first 16 digits of the hash.' });
}
