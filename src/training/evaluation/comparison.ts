import { summarise } from './metrics.ts';
import { invalid } from './scoring.ts';
import type { RunReport, Summary } from './types.ts';

/** How much better the second set of runs is than the first, run by run. */
export interface PairedDifference {
  readonly uar: Summary;
  readonly accuracy: Summary;
}

/**
 * Compares two measurements of the same seeds and folds pair by pair: two conditions, two channels, two recipes. What
 * makes a fold hard is then in both, and the deviation tells whether the difference is one.
 * @param corpus compares one corpus's figures; default all corpora pooled
 * @throws UndertoneError `EVALUATION_INVALID` where no seed and fold was measured in both
 */
export function pairedDifference(
  first: readonly RunReport[],
  second: readonly RunReport[],
  corpus?: string,
): PairedDifference {
  const figures = (run: RunReport) => (corpus === undefined ? run.pooled : run.byCorpus[corpus]);
  const pairs = first.flatMap((run) => {
    const other = second.find(({ seed, fold }) => seed === run.seed && fold === run.fold);
    const [before, after] = [figures(run), other && figures(other)];
    return before && after ? [{ uar: after.uar - before.uar, accuracy: after.accuracy - before.accuracy }] : [];
  });
  if (pairs.length === 0) throw invalid('A paired comparison', 'has no seed and fold that was measured in both');
  return { uar: summarise(pairs.map(({ uar }) => uar)), accuracy: summarise(pairs.map(({ accuracy }) => accuracy)) };
}
