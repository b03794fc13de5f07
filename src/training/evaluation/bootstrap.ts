import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { DecidedClip } from './scoring.ts';
import type { Interval } from './types.ts';

const RESAMPLES = 2000;
/** Of fewer speakers, resampling says nothing. */
const LEAST_SPEAKERS = 3;

/** Of one speaker: how many clips of each label there are, and how many of them were heard. */
interface Tally {
  readonly correct: Float64Array;
  readonly total: Float64Array;
}

/**
 * 95 % intervals of UAR and accuracy from 2,000 resamples of the speakers (the percentile method): clips of one voice
 * stand and fall together, so resampling clips would promise too much. Speakers are drawn within their corpus, for the
 * corpora are chosen and not drawn.
 * @returns undefined where there are fewer than three speakers
 */
export function speakerIntervals(
  clips: readonly DecidedClip[],
  labels: number,
  random: RandomGenerator,
): { uar: Interval; accuracy: Interval } | undefined {
  const corpora = talliesByCorpus(clips, labels);
  const speakers = corpora.reduce((total, tallies) => total + tallies.length, 0);
  if (speakers < LEAST_SPEAKERS) return undefined;
  const uars = new Float64Array(RESAMPLES);
  const accuracies = new Float64Array(RESAMPLES);
  const correct = new Float64Array(labels);
  const total = new Float64Array(labels);
  for (let resample = 0; resample < RESAMPLES; resample++) {
    correct.fill(0);
    total.fill(0);
    for (const tallies of corpora) {
      for (let draw = 0; draw < tallies.length; draw++) {
        const drawn = tallies[uniformInt(random, 0, tallies.length - 1)]!;
        for (let label = 0; label < labels; label++) {
          correct[label]! += drawn.correct[label]!;
          total[label]! += drawn.total[label]!;
        }
      }
    }
    [uars[resample], accuracies[resample]] = shares(correct, total);
  }
  const interval = (values: Float64Array): Interval => {
    values.sort();
    return { low: quantile(values, 0.025), high: quantile(values, 0.975), speakers };
  };
  return { uar: interval(uars), accuracy: interval(accuracies) };
}

function talliesByCorpus(clips: readonly DecidedClip[], labels: number): Tally[][] {
  const corpora = Map.groupBy(clips, ({ entry }) => entry.corpus);
  return Array.from(corpora.values(), (own) =>
    Array.from(Map.groupBy(own, ({ entry }) => entry.speaker).values(), (said): Tally => {
      const tally = { correct: new Float64Array(labels), total: new Float64Array(labels) };
      for (const { truth, predicted } of said) {
        tally.total[truth]!++;
        if (truth === predicted) tally.correct[truth]!++;
      }
      return tally;
    }),
  );
}

function shares(correct: Float64Array, total: Float64Array): [uar: number, accuracy: number] {
  let recalls = 0;
  let occurring = 0;
  let right = 0;
  let all = 0;
  for (let label = 0; label < total.length; label++) {
    if (total[label] === 0) continue;
    recalls += correct[label]! / total[label]!;
    occurring++;
    right += correct[label]!;
    all += total[label]!;
  }
  return [recalls / occurring, right / all];
}

/** Of sorted values, interpolated. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!);
}
