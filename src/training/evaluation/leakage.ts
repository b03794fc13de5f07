import { htmlTable } from '../../pictures/index.ts';
import type { Protocol } from '../../corpora/data-split.ts';
import { PROTOCOL_WORDS } from './protocols.ts';
import { invalid } from './scoring.ts';
import type { EvaluationReport, Summary } from './types.ts';

/** One protocol's line of the leakage table: what the same network reaches under it. */
export interface LeakageRow {
  readonly protocol: Protocol;
  readonly uar: Summary;
  readonly accuracy: Summary;
  readonly seeds: number;
  readonly folds: number;
}

const ORDER: readonly Protocol[] = ['leaky', 'random', 'speaker', 'loso', 'speaker+text', 'corpus'];
const HEAD = ['Protocol', 'New to the network', 'UAR (%)', 'Accuracy (%)', 'Seeds x folds'] as const;

/**
 * Puts the evaluations of one network under several protocols side by side, the clip alone, from the easiest protocol to
 * the hardest.
 * @throws UndertoneError `EVALUATION_INVALID` for a report without the condition `clip`, or two of one protocol
 */
export function leakageRows(reports: readonly EvaluationReport[]): LeakageRow[] {
  const rows = reports.map(({ protocol, conditions, seeds, splits, title }): LeakageRow => {
    if (conditions.clip === undefined) throw invalid(title, 'was not measured on the clip alone');
    const { uar, accuracy } = conditions.clip.pooled;
    return { protocol, uar, accuracy, seeds: seeds.length, folds: new Set(splits.map(({ fold }) => fold)).size };
  });
  const twice = rows.find(({ protocol }, at) => rows.findIndex((row) => row.protocol === protocol) !== at);
  if (twice !== undefined) throw invalid('The leakage table', `has the protocol "${twice.protocol}" twice`);
  return rows.sort((a, b) => ORDER.indexOf(a.protocol) - ORDER.indexOf(b.protocol));
}

/** The leakage table as Markdown, for a README. */
export function leakageMarkdown(rows: readonly LeakageRow[]): string {
  const lines = [[...HEAD], HEAD.map((_, column) => (column < 2 ? '---' : '--:')), ...rows.map(cells)];
  return lines.map((line) => `| ${line.join(' | ')} |\n`).join('');
}

/** The leakage table as HTML. */
export function leakageHtml(rows: readonly LeakageRow[]): string {
  return htmlTable(HEAD, rows.map(cells), {
    caption: 'The same network under each protocol, from the easiest to the hardest; only the way of judging differs.',
  });
}

function cells({ protocol, uar, accuracy, seeds, folds }: LeakageRow): string[] {
  const { label, unseen } = PROTOCOL_WORDS[protocol];
  return [label, unseen, percentWithDeviation(uar), percentWithDeviation(accuracy), `${seeds} x ${folds}`];
}

/** "66.1 ± 0.4"; one value has no deviation. */
export function percentWithDeviation({ mean, deviation, values }: Summary): string {
  return values.length > 1 ? `${percent(mean)} ± ${percent(deviation)}` : percent(mean);
}

/** A share as per cent with one decimal. */
export function percent(share: number): string {
  return (100 * share).toFixed(1);
}
