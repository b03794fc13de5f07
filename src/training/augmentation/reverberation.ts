import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { lowPass } from './filters.ts';
import { fillWithNoise, uniform } from '../random.ts';

const SAMPLE_RATE_HZ = 16_000;
/** ln 1000: the amplitude of an echo falls by 60 dB in the decay time. */
const DECAY = Math.log(1_000);
const EARLY_REFLECTIONS = 6;
/** When the walls answer first, and until when one by one, in ms. */
const EARLY_MS = [2, 40] as const;
/** Air and walls swallow what is above. */
const DULL_HZ = 4_000;

/** A room, as {@link roomResponse} wants it. */
export interface Room {
  /** In which echoes fall by 60 dB (RT60). */
  readonly decayMs: number;
  /** The power of the direct sound over that of all its echoes. */
  readonly directDb: number;
}

/**
 * The impulse response of a made-up room at 16 kHz: the direct sound (1, at sample 0), a few early reflections of either
 * sign and a dull tail of noise that decays exponentially (Moorer 1979).
 *
 * @returns `decayMs` long
 */
export function roomResponse({ decayMs, directDb }: Room, random: RandomGenerator): Float32Array {
  const length = Math.round((decayMs * SAMPLE_RATE_HZ) / 1_000);
  const echoes = new Float32Array(length);
  fillWithNoise(echoes, random);
  lowPass(echoes, DULL_HZ, SAMPLE_RATE_HZ);
  const fade = Math.exp(-DECAY / length);
  let level = 0.1;
  for (let i = 0; i < length; i++, level *= fade) echoes[i]! *= level;
  for (let reflection = 0; reflection < EARLY_REFLECTIONS; reflection++) {
    const at = Math.round((uniform(random, EARLY_MS) * SAMPLE_RATE_HZ) / 1_000);
    if (at < length) echoes[at]! += uniform(random, [-1, 1]) * fade ** at;
  }
  echoes[0] = 0;
  const energy = echoes.reduce((sum, echo) => sum + echo * echo, 0);
  const gain = Math.sqrt(10 ** (-directDb / 10) / energy);
  for (let i = 0; i < length; i++) echoes[i]! *= gain;
  echoes[0] = 1;
  return echoes;
}
