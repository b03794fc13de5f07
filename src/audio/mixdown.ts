import type { PlanarChunk } from './container.ts';

/** Writes the mean of the channels, as librosa's `to_mono`, to `mono`: one sample per frame. */
export function mixdown(channels: PlanarChunk, mono: Float32Array): void {
  const [first, ...others] = channels;
  mono.set(first!);
  if (others.length === 0) return;
  for (const channel of others) for (let i = 0; i < mono.length; i++) mono[i]! += channel[i]!;
  const scale = 1 / channels.length;
  for (let i = 0; i < mono.length; i++) mono[i]! *= scale;
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
