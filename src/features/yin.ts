import { UndertoneError } from '../errors.ts';
import { planAutocorrelation, type Autocorrelation } from './autocorrelation.ts';
import { requireFinite } from './finite.ts';
import { frameCount, Framer, WORK_AREA_SLACK, type PadMode } from './framer.ts';

/** What a search for the fundamental frequency needs to know. Names and defaults are librosa's. */
export interface PitchOptions {
  /** Lowest and highest frequency looked for, in Hz: 0 < fmin < fmax <= sampleRateHz / 2. */
  readonly fmin: number;
  readonly fmax: number;
  readonly sampleRateHz: number;
  /** Samples a frame, default 2048. One period of fmin must fit into it; estimates are sound where two do. */
  readonly frameLength?: number;
}

/** How a whole signal is cut into frames. */
export interface PitchFraming {
  /** Samples between frames; default a quarter of a frame. */
  readonly hopLength?: number;
  /** Centre frame t on sample t * hopLength. Default true. */
  readonly center?: boolean;
  /** What lies beyond the signal's ends where `center` is set. Default 'constant': zeros. */
  readonly padMode?: PadMode;
}

export interface TroughOptions {
  /** The first trough deeper than this is the period; where there is none, the deepest lag. Default 0.1. */
  readonly troughThreshold?: number;
}

/** Smallest normal double: keeps logarithms and divisions of zero finite, as librosa does. */
export const TINY = 2.2250738585072014e-308;

/** @throws UndertoneError FEATURE_CONFIG_INVALID unless `valid`. */
export function requireSetting(valid: boolean, subject: string, problem: string, remedy: string): void {
  if (!valid) throw new UndertoneError('FEATURE_CONFIG_INVALID', { subject, problem, remedy });
}

const isCount = (n: number): boolean => Number.isInteger(n) && n > 0;

function requirePitchOptions(fmin: number, fmax: number, rate: number, frameLength: number): void {
  requireSetting(rate > 0 && rate < Infinity, 'sampleRateHz', `${rate} is no sample rate`, 'Give the rate in Hz.');
  requireSetting(
    isCount(frameLength),
    'frameLength',
    `${frameLength} is no number of samples`,
    'Give a positive integer.',
  );
  requireSetting(fmin > 0, 'fmin', `${fmin} Hz is not above 0`, 'Give the lowest frequency in Hz; 65 suits speech.');
  requireSetting(fmax <= rate / 2, 'fmax', `${fmax} Hz is above half the sample rate`, `Give at most ${rate / 2}.`);
  requireSetting(fmin < fmax, 'fmin', `${fmin} Hz is not below fmax, ${fmax} Hz`, 'Give fmin < fmax.');
  requireSetting(
    rate / fmin < frameLength - 1,
    'fmin',
    `a period of ${fmin} Hz at ${rate} Hz does not fit into ${frameLength} samples`,
    `Give fmin above ${(rate / (frameLength - 1)).toFixed(1)} or frameLength of at least ${Math.floor(rate / fmin) + 2}.`,
  );
}

/**
 * YIN's cumulative mean normalised difference d'(lag) of one frame after the other (de Cheveigné and Kawahara 2002,
 * equation 8), for the lags from minPeriod on. Like librosa since 0.11 it compares the whole frame with itself,
 * taking what follows the frame as zero. A periodic frame's d' is therefore about period / (2 frameLength), not 0, and
 * its pitch reads up to 0.05 period / frameLength too high: 0.3 % for 100 Hz in 2048 samples at 16 kHz.
 */
export class NormalizedDifference {
  readonly frameLength: number;
  readonly sampleRateHz: number;
  readonly minPeriod: number;
  /** d' of the last frame; `values[i]` belongs to lag minPeriod + i. */
  readonly values: Float64Array;
  readonly #autocorrelation: Float64Array;
  readonly #autocorrelate: Autocorrelation;

  /** @throws UndertoneError FEATURE_CONFIG_INVALID for a range that the frames cannot hold. */
  constructor(options: PitchOptions) {
    const { fmin, fmax, sampleRateHz, frameLength = 2048 } = options;
    requirePitchOptions(fmin, fmax, sampleRateHz, frameLength);
    const maxPeriod = Math.ceil(sampleRateHz / fmin);
    this.frameLength = frameLength;
    this.sampleRateHz = sampleRateHz;
    this.minPeriod = Math.floor(sampleRateHz / fmax);
    this.values = new Float64Array(maxPeriod - this.minPeriod + 1);
    this.#autocorrelation = new Float64Array(maxPeriod + 1);
    this.#autocorrelate = planAutocorrelation(frameLength, maxPeriod);
  }

  /** Analyses the frame that starts at `samples[at]`. Returns false for a silent frame, whose d' is 0 everywhere. */
  analyse(samples: Float32Array, at: number): boolean {
    const { minPeriod, values } = this;
    const correlation = this.#autocorrelation;
    this.#autocorrelate(samples, at, correlation);
    let energyBefore = 0;
    let sum = 0;
    for (let lag = 1; lag < correlation.length; lag++) {
      energyBefore += samples[at + lag - 1]! ** 2;
      const difference = 2 * (correlation[0]! - correlation[lag]!) - energyBefore;
      sum += difference;
      if (lag >= minPeriod) values[lag - minPeriod] = difference / (sum / lag + TINY);
    }
    return sum !== 0;
  }

  /** Whether d' has a local minimum at index `i`; a plateau's first lag counts, and so may either end. */
  isTrough(i: number): boolean {
    const { values } = this;
    const value = values[i]!;
    if (i > 0 && value >= values[i - 1]!) return false;
    if (i === values.length - 1) return true;
    return i === 0 ? value < values[1]! : value <= values[i + 1]!;
  }

  /** The frequency in Hz of index `i`, its lag refined by a parabola through its neighbours. */
  frequency(i: number): number {
    return this.sampleRateHz / (this.minPeriod + i + this.#parabolicShift(i));
  }

  #parabolicShift(i: number): number {
    const { values } = this;
    if (i === 0 || i === values.length - 1) return 0;
    const curvature = values[i + 1]! + values[i - 1]! - 2 * values[i]!;
    const slope = (values[i + 1]! - values[i - 1]!) / 2;
    return Math.abs(slope) >= Math.abs(curvature) ? 0 : -slope / curvature;
  }
}

/** Estimates pitch frame by frame, for streams and files alike; keeps nothing from one frame to the next. */
export interface PitchTracker {
  readonly frameLength: number;
  /**
   * Analyses one frame of finite samples, the `frameLength` from `samples[at]` on (default 0), and writes to `out`:
   * - out[0] the fundamental frequency in Hz, YIN's best guess even where the frame has none;
   * - out[1] the voicing strength 0..1: 1 - d' at the lag chosen, 0 for silence. A steady tone of period P reads about
   *   1 - P / (2 frameLength).
   */
  track(samples: Float32Array, out: Float32Array, at?: number): void;
}

/** Index of the first trough below the threshold, else of the least value. */
function choosePeriod(difference: NormalizedDifference, threshold: number): number {
  const { values } = difference;
  let least = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i]! < threshold && difference.isTrough(i)) return i;
    if (values[i]! < values[least]!) least = i;
  }
  return least;
}

/**
 * Plans a pitch tracker; tracking then allocates nothing.
 * @throws UndertoneError FEATURE_CONFIG_INVALID for an impossible range.
 */
export function createPitchTracker(options: PitchOptions & TroughOptions): PitchTracker {
  const { troughThreshold = 0.1 } = options;
  requireSetting(troughThreshold > 0, 'troughThreshold', `${troughThreshold} is not above 0`, 'Give 0.1, for example.');
  const difference = new NormalizedDifference(options);
  return {
    frameLength: difference.frameLength,
    track(samples, out, at = 0) {
      const sounds = difference.analyse(samples, at);
      const chosen = choosePeriod(difference, troughThreshold);
      out[0] = difference.frequency(chosen);
      out[1] = sounds ? Math.max(0, 1 - difference.values[chosen]!) : 0;
    },
  };
}

/** A signal cut into frames: their number, and a walk over them (`work[at]` is a frame's first sample). */
export interface FramedSignal {
  readonly count: number;
  readonly hopLength: number;
  forEach(onFrame: (work: Float32Array, at: number, index: number) => void): void;
}

/**
 * Cuts a whole signal into frames as librosa does; without a whole frame there are none.
 * @throws UndertoneError FEATURE_CONFIG_INVALID, and AUDIO_INVALID_SAMPLES for samples that are not finite.
 */
export function frameSignal(samples: Float32Array, frameLength: number, framing: PitchFraming): FramedSignal {
  const { hopLength = Math.floor(frameLength / 4), center = true, padMode = 'constant' } = framing;
  requireSetting(isCount(hopLength), 'hopLength', `${hopLength} is no number of samples`, 'Give a positive integer.');
  requireFinite(samples, 0);
  return {
    count: frameCount(samples.length, { frameLength, hopLength, center }),
    hopLength,
    forEach(onFrame) {
      const work = new Float32Array(frameLength + WORK_AREA_SLACK);
      let index = 0;
      const framer = new Framer({ frameLength, hopLength, center, padMode }, work, (at) => {
        onFrame(work, at, index++);
      });
      framer.push(samples);
      framer.finish();
    },
  };
}

/**
 * Fundamental frequency by YIN (de Cheveigné and Kawahara 2002, JASA 111), with the results of librosa 0.11's `yin`.
 * @param samples mono, shape [n]
 * @returns Hz, shape [frames]; a best guess for every frame, voiced or not (silence reads near fmax)
 * @throws UndertoneError FEATURE_CONFIG_INVALID for impossible settings, AUDIO_INVALID_SAMPLES for samples not finite
 */
export function yin(samples: Float32Array, options: PitchOptions & PitchFraming & TroughOptions): Float32Array {
  const tracker = createPitchTracker(options);
  const frames = frameSignal(samples, tracker.frameLength, options);
  const f0 = new Float32Array(frames.count);
  const estimate = new Float32Array(2);
  frames.forEach((work, at, index) => {
    tracker.track(work, estimate, at);
    f0[index] = estimate[0]!;
  });
  return f0;
}
