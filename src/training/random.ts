import { hash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** The lowest and the highest value that may be drawn. */
export type Range = readonly [low: number, high: number];

/**
 * A generator that hangs on its keys alone. What a training draws for a step comes of the seed, the epoch and the step: a
 * run that is resumed there draws the same, whatever it drew before.
 */
export function derivedRandom(...keys: readonly (string | number)[]): RandomGenerator {
  const digest = hash('sha256', JSON.stringify(keys), 'buffer');
  return xoroshiro128plusFromState([0, 4, 8, 12].map((at) => digest.readInt32LE(at)));
}

/** A number of a range, every one as likely. */
export function uniform(random: RandomGenerator, [low, high]: Range): number {
  return low + (high - low) * uniformFloat64(random);
}

/** A whole number of 0..most, every one as likely. */
export function uniformWhole(random: RandomGenerator, most: number): number {
  return Math.floor((most + 1) * uniformFloat64(random));
}

/** True with this probability. */
export function chance(random: RandomGenerator, probability: number): boolean {
  return uniformFloat64(random) < probability;
}

/** One of several, every one as likely. */
export function choose<T>(random: RandomGenerator, choices: readonly T[]): T {
  return choices[uniformWhole(random, choices.length - 1)]!;
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

/** A number of the standard normal distribution (Box and Muller 1958). */
function normal(random: RandomGenerator): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(random)));
  return radius * Math.cos(2 * Math.PI * uniformFloat64(random));
}

/** A number of the gamma distribution with this shape and scale 1 (Marsaglia and Tsang 2000). */
function gamma(random: RandomGenerator, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * (1 - uniformFloat64(random)) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - uniformFloat64(random)) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v;
  }
}

/** A number of the distribution Beta(shape, shape), within 0..1. */
export function symmetricBeta(random: RandomGenerator, shape: number): number {
  const a = gamma(random, shape);
  const b = gamma(random, shape);
  // A shape near 0 can make both too small to be told from 0: such a distribution is a coin.
  return a + b > 0 ? a / (a + b) : uniformWhole(random, 1);
}

/**
 * Fills an array with white noise of -1..1. A 32-bit xorshift (Marsaglia 2003) seeded by the generator: 2 ns a sample
 * where the generator itself takes 9.
 */
export function fillWithNoise(samples: Float32Array, random: RandomGenerator): void {
  let state = random.next() | 1;
  for (let i = 0; i < samples.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    samples[i] = state * 2 ** -31;
  }
}
