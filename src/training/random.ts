import { hash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/**
 * A generator that hangs on its keys alone. What a training draws for a step comes of the seed, the epoch and the step: a
 * run that is resumed there draws the same, whatever it drew before.
 */
export function derivedRandom(...keys: readonly (string | number)[]): RandomGenerator {
  const digest = hash('sha256', JSON.stringify(keys), 'buffer');
  return xoroshiro128plusFromState([0, 4, 8, 12].map((at) => digest.readInt32LE(at)));
}

/** A number, `from`..`to`. */
export function drawBetween(random: RandomGenerator, from: number, to: number): number {
  return from + (to - from) * uniformFloat64(random);
}

/** A number of which every octave is as likely, `from`..`to`. */
export function drawLogUniform(random: RandomGenerator, from: number, to: number): number {
  return from * (to / from) ** uniformFloat64(random);
}

/** Puts the items into a random order, in place (Fisher and Yates). */
export function shuffle(items: Int32Array, random: RandomGenerator): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = uniformInt(random, 0, i);
    const item = items[i]!;
    items[i] = items[j]!;
    items[j] = item;
  }
}
