import { UndertoneError } from '../errors.ts';

/**
 * @param position how many samples of the signal came before these
 * @throws UndertoneError AUDIO_INVALID_SAMPLES that names the first sample which is no finite number
 */
export function requireFinite(samples: Float32Array, position: number): void {
  // x * 0 is 0 for every finite x; two sums keep the adder busy.
  let even = 0;
  let odd = 0;
  for (let i = 0; i + 1 < samples.length; i += 2) {
    even += samples[i]! * 0;
    odd += samples[i + 1]! * 0;
  }
  if (even + odd + (samples.at(-1) ?? 0) * 0 === 0) return;
  throw new UndertoneError('AUDIO_INVALID_SAMPLES', {
    subject: `sample ${position + samples.findIndex((sample) => !Number.isFinite(sample))}`,
    problem: 'is not a finite number',
    remedy: 'Replace NaN and Infinity before extraction; decodeAudio does so and warns.',
  });
}
