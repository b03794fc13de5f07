import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { shuffle } from './random.ts';

/** How far small groups are drawn more often: 0 as often as they are, 1 all groups equally often. */
export interface BalanceSettings {
  readonly corpus: number;
  /** Among the clips of one corpus. */
  readonly emotion: number;
}

/** What {@link samplingWeights} needs to know of a clip. */
interface Grouped {
  readonly corpus: string;
  readonly emotion: string;
}

function countBy(items: readonly Grouped[], keyOf: (item: Grouped) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

/**
 * How often each item is drawn an epoch, on average; all sum to their number. A group of n clips is drawn in proportion to
 * n^(1 - exponent).
 */
export function samplingWeights(items: readonly Grouped[], { corpus, emotion }: BalanceSettings): Float64Array {
  const inCorpus = countBy(items, (item) => item.corpus);
  const groupOf = (item: Grouped): string => JSON.stringify([item.corpus, item.emotion]);
  const inGroup = countBy(items, groupOf);
  const byEmotion = items.map((item) => inGroup.get(groupOf(item))! ** -emotion);
  // Balancing the emotions of a corpus must not change how often the corpus is drawn.
  const ofCorpus = new Map<string, number>();
  items.forEach((item, i) => ofCorpus.set(item.corpus, (ofCorpus.get(item.corpus) ?? 0) + byEmotion[i]!));
  const weights = Float64Array.from(
    items,
    (item, i) => (byEmotion[i]! / ofCorpus.get(item.corpus)!) * inCorpus.get(item.corpus)! ** (1 - corpus),
  );
  const scale = items.length / weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight * scale);
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
