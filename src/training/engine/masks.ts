import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

const TWO_TO_32 = 2 ** 32;

/** Fills a dropout mask: 0 with probability `rate`, else 1 / (1 - rate), so that sums keep their size on average. */
export function drawMask(mask: Float32Array, rate: number, generator: RandomGenerator): void {
  const kept = 1 / (1 - rate);
  const threshold = rate * TWO_TO_32;
  for (let i = 0; i < mask.length; i++) mask[i] = generator.next() >>> 0 < threshold ? 0 : kept;
}
