import type { PlanarChunk } from './container.ts';

/**
 * The mean of the channels, as librosa's `to_mono`.
 *
 * @returns a new array, one sample per frame
 */
export function mixdown(channels: PlanarChunk): Float32Array {
  const [first, ...others] = channels;
  const mono = first!.slice();
  if (others.length === 0) return mono;
  for (const channel of others) for (let i = 0; i < mono.length; i++) mono[i]! += channel[i]!;
  const scale = 1 / channels.length;
  for (let i = 0; i < mono.length; i++) mono[i]! *= scale;
  return mono;
}

/** Beyond the loudest sample that any integer format can hold unscaled: nothing that was ever a sound. */
const IMPOSSIBLE = 2 ** 32;

/**
 * Replaces samples that are not finite, or absurdly large, by 0, in place.
 *
 * @returns how many there were
 */
export function replaceInvalidSamples(samples: Float32Array): number {
  let replaced = 0;
  for (let i = 0; i < samples.length; i++) {
    // Written so that NaN, which no comparison accepts, is caught too.
    if (Math.abs(samples[i]!) < IMPOSSIBLE) continue;
    samples[i] = 0;
    replaced++;
  }
  return replaced;
}
