/** Predictions for tests of scores: logits with a known chance of being right. */
import type { ManifestEntry } from '../../src/corpora/manifest.ts';
import type { ClipPrediction, Condition } from '../../src/training/evaluation/index.ts';

/** Numbers of a normal distribution (Box and Muller) from uniform ones. */
export function gaussian(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Predicts clips: the true label's logit is `strength` above noise of deviation 1. */
export function predictClips<C extends Condition>(
  entries: readonly ManifestEntry[],
  indices: readonly number[],
  labels: readonly string[],
  { condition, strength, random }: { condition: C; strength: number; random: () => number },
): ClipPrediction<C>[] {
  const noise = gaussian(random);
  return indices.map((index) => {
    const logits = labels.map((label) => noise() + (label === entries[index]!.emotion ? strength : 0));
    return { index, logits, condition };
  });
}
