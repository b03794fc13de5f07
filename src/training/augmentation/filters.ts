/** Takes 6 dB an octave off what lies above a frequency, in place. */
export function lowPass(samples: Float32Array, cutoffHz: number, sampleRateHz: number): void {
  const share = 1 - Math.exp((-2 * Math.PI * cutoffHz) / sampleRateHz);
  let out = 0;
  for (let i = 0; i < samples.length; i++) samples[i] = out += share * (samples[i]! - out);
}

/** The Qs of the two sections of a Butterworth filter of order 4. */
const BUTTERWORTH = [0.541_196_1, 1.306_563];

/** A Butterworth filter of order 4 (24 dB an octave), in place. */
export function butterworth(
  samples: Float32Array,
  kind: 'low-pass' | 'high-pass',
  cutoffHz: number,
  sampleRateHz: number,
): void {
  for (const q of BUTTERWORTH) biquad(samples, kind, (2 * Math.PI * cutoffHz) / sampleRateHz, q);
}

/** A second-order section by the bilinear transform (R. Bristow-Johnson, Audio EQ Cookbook), in direct form II transposed. */
function biquad(samples: Float32Array, kind: 'low-pass' | 'high-pass', omega: number, q: number): void {
  const cos = Math.cos(omega);
  const alpha = Math.sin(omega) / (2 * q);
  const a0 = 1 + alpha;
  const a1 = (-2 * cos) / a0;
  const a2 = (1 - alpha) / a0;
  const b0 = (kind === 'low-pass' ? 1 - cos : 1 + cos) / (2 * a0);
  const b1 = kind === 'low-pass' ? 2 * b0 : -2 * b0;
  let first = 0;
  let second = 0;
  for (let i = 0; i < samples.length; i++) {
    const x = samples[i]!;
    const y = b0 * x + first;
    first = b1 * x - a1 * y + second;
    second = b0 * x - a2 * y;
    samples[i] = y;
  }
}
