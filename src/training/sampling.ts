import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { shuffle } from './random.ts';

/** How far small groups are drawn more often: 0 as often as they are, 1 all groups equally often. */
export interface BalanceSettings {
  readonly speaker: number;
  readonly corpus: number;
  /** Among the clips of one corpus. */
  readonly emotion: number;
}

/** What {@link samplingWeights} needs to know of a clip. */
interface Grouped {
  readonly corpus: string;
  readonly emotion: string;
  readonly speaker: string;
}

function massOf(weights: readonly number[], groups: readonly string[]): Map<string, number> {
  const masses = new Map<string, number>();
  weights.forEach((weight, i) => masses.set(groups[i]!, (masses.get(groups[i]!) ?? 0) + weight));
  return masses;
}

/** Brings groups nearer to each other: one of mass m comes to m^(1 - exponent). */
function balanced(weights: readonly number[], groups: readonly string[], exponent: number): number[] {
  const masses = massOf(weights, groups);
  return weights.map((weight, i) => weight * masses.get(groups[i]!)! ** -exponent);
}

/**
 * How often each item is drawn an epoch, on average; all sum to their number. A group that would be drawn n times is drawn
 * in proportion to n^(1 - exponent): first the speakers of all corpora, then the emotions of each corpus, then the corpora.
 */
export function samplingWeights(items: readonly Grouped[], settings: BalanceSettings): Float64Array {
  const corpora = items.map(({ corpus }) => corpus);
  const bySpeaker = balanced(
    items.map(() => 1),
    items.map(({ speaker }) => speaker),
    settings.speaker,
  );
  const emotions = items.map(({ corpus, emotion }) => JSON.stringify([corpus, emotion]));
  const byEmotion = balanced(bySpeaker, emotions, settings.emotion);
  // Balancing the emotions of a corpus must not change how often the corpus is drawn.
  const before = massOf(bySpeaker, corpora);
  const after = massOf(byEmotion, corpora);
  const sameCorpora = byEmotion.map((weight, i) => (weight * before.get(corpora[i]!)!) / after.get(corpora[i]!)!);
  const weights = balanced(sameCorpora, corpora, settings.corpus);
  const scale = items.length / weights.reduce((sum, weight) => sum + weight, 0);
  return Float64Array.from(weights, (weight) => weight * scale);
}

/**
 * The items of one epoch in random order, as many as there are weights. Systematic sampling: an item of weight w comes
 * floor(w) or ceil(w) times, so that with equal weights each comes once.
 */
export function drawEpoch(weights: Float64Array, random: RandomGenerator): Int32Array<ArrayBuffer> {
  const order = new Int32Array(weights.length);
  const offset = 1 - uniformFloat64(random);
  let drawn = 0;
  let sum = 0;
  for (let item = 0; item < weights.length; item++) {
    sum += weights[item]!;
    // Rounding must not lose the last draw.
    const until = item === weights.length - 1 ? weights.length : sum;
    while (drawn < weights.length && drawn + offset <= until + 1e-9) order[drawn++] = item;
  }
  shuffle(order, random);
  return order;
}
