// Taken out of Math once: looking a global up at every sample is slow inside Jest.
const { sin, cos } = Math;

/** What a least-squares fit of one sinusoid finds. */
export interface ToneFit {
  readonly amplitude: number;
  /** In radians, relative to a sine that begins at sample 0. */
  readonly phase: number;
  /** RMS of what the sinusoid leaves over. */
  readonly residual: number;
}

/** Fits `amplitude * sin(2 pi hz t + phase)` to the samples, leaving out `margin` of them at both ends. */
export function fitTone(samples: Float32Array, hz: number, sampleRateHz: number, margin: number): ToneFit {
  const omega = (2 * Math.PI * hz) / sampleRateHz;
  const end = samples.length - margin;
  let [ss, cc, sc, ys, yc] = [0, 0, 0, 0, 0];
  for (let i = margin; i < end; i++) {
    const s = sin(omega * i);
    const c = cos(omega * i);
    const y = samples[i]!;
    ss += s * s;
    cc += c * c;
    sc += s * c;
    ys += y * s;
    yc += y * c;
  }
  const determinant = ss * cc - sc * sc;
  const sine = (ys * cc - yc * sc) / determinant;
  const cosine = (yc * ss - ys * sc) / determinant;
  let left = 0;
  for (let i = margin; i < end; i++) {
    left += (samples[i]! - sine * sin(omega * i) - cosine * cos(omega * i)) ** 2;
  }
  return {
    amplitude: Math.hypot(sine, cosine),
    phase: Math.atan2(cosine, sine),
    residual: Math.sqrt(left / (end - margin)),
  };
}

/** `sin(2 pi hz t)`. */
export function unitTone(hz: number, length: number, sampleRateHz: number): Float32Array {
  const omega = (2 * Math.PI * hz) / sampleRateHz;
  const samples = new Float32Array(length);
  for (let i = 0; i < length; i++) samples[i] = sin(omega * i);
  return samples;
}

/** Root mean square, leaving out `margin` samples at both ends. */
export function rms(samples: Float32Array, margin = 0): number {
  let sum = 0;
  for (let i = margin; i < samples.length - margin; i++) sum += samples[i]! ** 2;
  return Math.sqrt(sum / (samples.length - 2 * margin));
}

/** A ratio of amplitudes in dB. */
export const toDecibels = (ratio: number): number => 20 * Math.log10(ratio);
