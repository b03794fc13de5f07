/** Writes the autocorrelation of the frame that starts at `samples[at]`: lags 0..out.length-1. */
export type Autocorrelation = (samples: Float32Array, at: number, out: Float64Array) => void;

/** A complex transform of power-of-two length `n` in place, with its tables (Cooley and Tukey 1965, radix 2). */
class ComplexTransform {
  readonly re: Float64Array;
  readonly im: Float64Array;
  readonly #reversed: Uint32Array;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;

  constructor(n: number) {
    this.re = new Float64Array(n);
    this.im = new Float64Array(n);
    this.#reversed = new Uint32Array(n);
    for (let i = 1; i < n; i++) this.#reversed[i] = (this.#reversed[i >> 1]! >> 1) | (i & 1 ? n >> 1 : 0);
    this.#cos = Float64Array.from({ length: n / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / n));
    this.#sin = Float64Array.from({ length: n / 2 }, (_, k) => -Math.sin((2 * Math.PI * k) / n));
  }

  run(): void {
    this.#reorder();
    const { re, im } = this;
    const cos = this.#cos;
    const sin = this.#sin;
    const n = re.length;
    for (let half = 1; half < n; half *= 2) {
      const step = n / (2 * half);
      for (let start = 0; start < n; start += 2 * half) {
        for (let k = 0; k < half; k++) {
          const a = start + k;
          const b = a + half;
          const c = cos[k * step]!;
          const s = sin[k * step]!;
          const tr = re[b]! * c - im[b]! * s;
          const ti = re[b]! * s + im[b]! * c;
          re[b] = re[a]! - tr;
          im[b] = im[a]! - ti;
          re[a] = re[a]! + tr;
          im[a] = im[a]! + ti;
        }
      }
    }
  }

  #reorder(): void {
    const { re, im } = this;
    for (let i = 0; i < re.length; i++) {
      const j = this.#reversed[i]!;
      if (j <= i) continue;
      const r = re[i]!;
      const m = im[i]!;
      re[i] = re[j]!;
      im[i] = im[j]!;
      re[j] = r;
      im[j] = m;
    }
  }
}

/**
 * Plans the linear autocorrelation r(k) = sum of x[n] x[n + k] over one frame, x = 0 outside it, in double precision
 * by the Wiener-Khinchin theorem. The frame is padded so far that lags 0..maxLag do not wrap around.
 */
export function planAutocorrelation(frameLength: number, maxLag: number): Autocorrelation {
  let length = 4;
  while (length < frameLength + maxLag) length *= 2;
  const half = length / 2;
  const transform = new ComplexTransform(half); // of pairs (even, odd sample): half the work of a complex transform
  const { re, im } = transform;
  const cos = Float64Array.from({ length: half + 1 }, (_, k) => Math.cos((Math.PI * k) / half));
  const sin = Float64Array.from({ length: half + 1 }, (_, k) => Math.sin((Math.PI * k) / half));
  const power = new Float64Array(half + 1);

  /** Real or imaginary part of bin k of the transform of the real sequence that was put in as pairs. */
  const realPart = (k: number): number => {
    const i = k % half;
    const j = (half - k) % half;
    return 0.5 * (re[i]! + re[j]! + cos[k]! * (im[i]! + im[j]!) - sin[k]! * (re[i]! - re[j]!));
  };
  const imaginaryPart = (k: number): number => {
    const i = k % half;
    const j = (half - k) % half;
    return 0.5 * (im[i]! - im[j]! - cos[k]! * (re[i]! - re[j]!) - sin[k]! * (im[i]! + im[j]!));
  };

  return (samples, at, out) => {
    re.fill(0);
    im.fill(0);
    for (let i = 0; i < frameLength; i += 2) {
      re[i / 2] = samples[at + i]!;
      if (i + 1 < frameLength) im[i / 2] = samples[at + i + 1]!;
    }
    transform.run();
    for (let k = 0; k <= half; k++) power[k] = (realPart(k) ** 2 + imaginaryPart(k) ** 2) / length;
    // The power spectrum is real and even: transforming it once more is transforming it back.
    for (let i = 0; i < half; i++) {
      re[i] = power[2 * i <= half ? 2 * i : length - 2 * i]!;
      im[i] = power[2 * i + 1 <= half ? 2 * i + 1 : length - 2 * i - 1]!;
    }
    transform.run();
    for (let lag = 0; lag < out.length; lag++) out[lag] = realPart(lag);
  };
}
