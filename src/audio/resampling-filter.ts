/**
 * The Kaiser-windowed sinc that band-limits a conversion, tabulated by phase: a row holds the taps for one position of
 * an output sample between two input samples. Immutable, so that any number of streams can share one.
 */
export interface ResamplingFilter {
  readonly fromHz: number;
  readonly toHz: number;
  /** `toHz / fromHz` in lowest terms: output k lies `k * down / up` input samples after the first. */
  readonly up: number;
  readonly down: number;
  /** Taps of a row, a multiple of 4. The output lies between taps `taps / 2 - 1` and `taps / 2`. */
  readonly taps: number;
  /** Rows to one input sample. `up` when every position has its own row, otherwise rows are interpolated. */
  readonly phases: number;
  /** `(phases + 1) x taps`, row-major; each row sums to 1, so that a constant comes out as itself. */
  readonly coefficients: Float32Array;
}

/** Half the filter's length, in samples of the lower rate: wide enough to fall from 0.9 to 1.0 of its Nyquist. */
const HALF_WIDTH = 50;
/** Kaiser's shape parameter for a stopband below -85 dB (Oppenheim & Schafer, Discrete-Time Signal Processing, 7.5.3). */
const KAISER_BETA = 8.6;
/** The -6 dB point in units of the lower Nyquist: the stopband then begins at the Nyquist itself, so nothing folds back. */
const CUTOFF = 0.947;
/** Rows per zero crossing where rows are interpolated; the error of a straight line between two is then below -100 dB. */
const INTERPOLATED_PHASES = 256;
/** Largest table that is not interpolated: 2^16 coefficients, 256 KiB. It covers all usual rates but 24,414 Hz. */
const MAX_EXACT_COEFFICIENTS = 2 ** 16;

/**
 * Designs the filter for a pair of whole, positive rates in Hz.
 *
 * @see Smith & Gossett, "A flexible sampling-rate conversion method", ICASSP 1984.
 */
export function designResamplingFilter(fromHz: number, toHz: number): ResamplingFilter {
  const divisor = greatestCommonDivisor(fromHz, toHz);
  const up = toHz / divisor;
  const halfWidth = HALF_WIDTH * Math.max(1, fromHz / toHz);
  const taps = 4 * Math.ceil(halfWidth / 2);
  const exact = (up + 1) * taps <= MAX_EXACT_COEFFICIENTS;
  const phases = exact ? up : Math.ceil(INTERPOLATED_PHASES * Math.min(1, toHz / fromHz));
  const coefficients = new Float32Array((phases + 1) * taps);
  const bandwidth = CUTOFF * Math.min(1, toHz / fromHz);
  for (let phase = 0; phase <= phases; phase++) {
    fillRow(coefficients.subarray(phase * taps, (phase + 1) * taps), phase / phases, halfWidth, bandwidth);
  }
  return { fromHz, toHz, up, down: fromHz / divisor, taps, phases, coefficients };
}

function fillRow(row: Float32Array, fraction: number, halfWidth: number, bandwidth: number): void {
  const weights = new Float64Array(row.length);
  let sum = 0;
  for (let tap = 0; tap < row.length; tap++) {
    const distance = tap - row.length / 2 + 1 - fraction;
    weights[tap] = sinc(bandwidth * distance) * kaiser(distance / halfWidth);
    sum += weights[tap]!;
  }
  for (let tap = 0; tap < row.length; tap++) row[tap] = weights[tap]! / sum;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** The Kaiser window over -1..1, up to a constant factor; 0 outside. */
function kaiser(x: number): number {
  return Math.abs(x) > 1 ? 0 : besselI0(KAISER_BETA * Math.sqrt(1 - x * x));
}

/** The modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
