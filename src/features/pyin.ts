import { LocalViterbi } from './local-viterbi.ts';
import { roundHalfToEven } from './numpy.ts';
import { frameSignal, NormalizedDifference, requireSetting, type PitchFraming, type PitchOptions } from './yin.ts';

/** Settings of pYIN beside the range and the framing. Names and defaults are librosa's. */
export interface PyinOptions extends PitchOptions, PitchFraming {
  /** Number of trough thresholds weighed against each other, default 100. */
  readonly nThresholds?: number;
  /** Shape of the beta distribution over the thresholds, both >= 1. Default [2, 18]: a mean threshold of 0.1. */
  readonly betaParameters?: readonly [number, number];
  /** Decay over the troughs below a threshold: the larger, the more the shorter periods weigh. Default 2. */
  readonly boltzmannParameter?: number;
  /** Width of a pitch bin in semitones, within 0..1. Default 0.1. */
  readonly resolution?: number;
  /** Fastest change of pitch in octaves a second. Default 35.92. */
  readonly maxTransitionRate?: number;
  /** Probability of going from voiced to unvoiced, or back, from one frame to the next. Default 0.01. */
  readonly switchProb?: number;
  /** Share of the thresholds without a trough that goes to the deepest trough. Default 0.01. */
  readonly noTroughProb?: number;
  /** What `f0` holds in unvoiced frames; null: the best guess. Default NaN. */
  readonly fillNa?: number | null;
}

/** One value a frame each. */
export interface PyinResult {
  /** Fundamental frequency in Hz, on the grid of the pitch bins. */
  readonly f0: Float32Array;
  /** 1 where the frame is voiced, else 0. */
  readonly voicedFlag: Uint8Array;
  /** Probability 0..1 that the frame by itself is voiced. */
  readonly voicedProbability: Float32Array;
}

// Nodes and weights of the 8-point Gauss-Legendre rule on -1..1 (one side; the other mirrors it).
const GAUSS_NODES = [0.1834346424956498, 0.525532409916329, 0.7966664774136267, 0.9602898564975363];
const GAUSS_WEIGHTS = [0.362683783378362, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763];

/**
 * Probability of each of n equal parts of 0..1 under the beta distribution (a, b), by quadrature. They are differences
 * of its distribution function in double precision, so that the parts of its far tail, which could make a candidate
 * of a trough that is none, are exactly 0.
 */
function betaProbabilities(n: number, a: number, b: number): Float64Array {
  const density = (x: number): number => x ** (a - 1) * (1 - x) ** (b - 1);
  const masses = Float64Array.from({ length: n }, (_, part) => {
    const at = (node: number): number => density((part + 0.5 + node / 2) / n);
    return GAUSS_NODES.reduce((sum, node, i) => sum + GAUSS_WEIGHTS[i]! * (at(node) + at(-node)), 0);
  });
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  const below = new Float64Array(n + 1);
  for (let part = 0; part < n; part++) below[part + 1] = below[part]! + masses[part]! / total;
  return masses.map((_, part) => below[part + 1]! - below[part]!);
}

/** The prior knowledge of pYIN, and the work space to weigh the troughs of one frame with it. */
class TroughWeights {
  readonly #thresholdProbabilities: Float64Array;
  readonly #decay: Float64Array;
  readonly #normalizer: Float64Array;
  readonly #noTroughProb: number;
  /** Of the last frame: its troughs' indices in d', ascending, and their probabilities; `count` of them. */
  readonly index: Int32Array;
  readonly probability: Float64Array;
  count = 0;

  constructor(lags: number, options: PyinOptions) {
    const { nThresholds = 100, betaParameters = [2, 18], boltzmannParameter = 2, noTroughProb = 0.01 } = options;
    const [a, b] = betaParameters;
    requireSetting(
      Number.isInteger(nThresholds) && nThresholds > 0,
      'nThresholds',
      `${nThresholds} is no number`,
      'Give a positive integer.',
    );
    requireSetting(
      a >= 1 && b >= 1 && a + b < Infinity,
      'betaParameters',
      `(${a}, ${b}) are not both at least 1`,
      'Give [2, 18], for example.',
    );
    requireSetting(
      boltzmannParameter > 0,
      'boltzmannParameter',
      `${boltzmannParameter} is not above 0`,
      'Give 2, for example.',
    );
    requireProbability(noTroughProb, 'noTroughProb');
    this.#thresholdProbabilities = betaProbabilities(nThresholds, a, b);
    // The Boltzmann distribution over n troughs: P(k) = decay(k) * normalizer(n), k < n.
    this.#decay = Float64Array.from({ length: lags }, (_, k) => Math.exp(-boltzmannParameter * k));
    this.#normalizer = Float64Array.from(
      { length: lags + 1 },
      (_, n) => Math.expm1(-boltzmannParameter) / Math.expm1(-boltzmannParameter * n),
    );
    this.#noTroughProb = noTroughProb;
    this.index = new Int32Array(lags);
    this.probability = new Float64Array(lags);
  }

  /** Finds the troughs of a frame and gives each the probability of being the period. */
  weigh(difference: NormalizedDifference): void {
    const { index, probability } = this;
    const { values } = difference;
    let count = 0;
    let deepest = 0;
    for (let i = 0; i < values.length; i++) {
      if (!difference.isTrough(i)) continue;
      if (values[i]! < values[index[deepest]!]! || count === 0) deepest = count;
      index[count] = i;
      probability[count] = 0;
      count++;
    }
    this.count = count;
    if (count === 0) return;
    const thresholds = this.#thresholdProbabilities.length;
    let missed = 0;
    for (let part = 0; part < thresholds; part++) {
      const mass = this.#thresholdProbabilities[part]!;
      if (!this.#share(mass, (part + 1) / thresholds, values)) missed += mass;
    }
    probability[deepest] = probability[deepest]! + this.#noTroughProb * missed;
  }

  /** Shares the probability of one threshold among the troughs below it; false where there are none. */
  #share(mass: number, threshold: number, values: Float64Array): boolean {
    const { index, probability, count } = this;
    let below = 0;
    for (let t = 0; t < count; t++) if (values[index[t]!]! < threshold) below++;
    if (below === 0) return false;
    const scale = mass * this.#normalizer[below]!;
    let rank = 0;
    for (let t = 0; t < count; t++) {
      if (values[index[t]!]! < threshold) probability[t] = probability[t]! + scale * this.#decay[rank++]!;
    }
    return true;
  }
}

function requireProbability(p: number, name: string): void {
  requireSetting(p >= 0 && p <= 1, name, `${p} is no probability`, 'Give a number from 0 to 1.');
}

/** The grid of pitch bins: their number, and how many of them make a semitone. */
function pitchGrid(fmin: number, fmax: number, resolution: number): { bins: number; perSemitone: number } {
  requireSetting(
    resolution > 0 && resolution < 1,
    'resolution',
    `${resolution} is not within 0..1`,
    'Give 0.1, for example.',
  );
  const perSemitone = Math.ceil(1 / resolution);
  const bins = Math.floor(12 * perSemitone * Math.log2(fmax / fmin)) + 1;
  requireSetting(
    bins > 1,
    'fmax',
    `${fmax} Hz is within one pitch bin of fmin`,
    'Widen the range or refine the resolution.',
  );
  requireSetting(bins <= 32_768, 'resolution', `${resolution} makes ${bins} pitch bins`, 'Give 0.01 or more.');
  return { bins, perSemitone };
}

/** The decoder of a recording of so many frames. */
function planDecoder(
  bins: number,
  perSemitone: number,
  steps: number,
  secondsPerHop: number,
  options: PyinOptions,
): LocalViterbi {
  const { maxTransitionRate = 35.92, switchProb = 0.01 } = options;
  requireProbability(switchProb, 'switchProb');
  requireSetting(
    maxTransitionRate > 0,
    'maxTransitionRate',
    `${maxTransitionRate} is not above 0`,
    'Give octaves a second.',
  );
  const width = roundHalfToEven(maxTransitionRate * 12 * secondsPerHop) * perSemitone + 1;
  requireSetting(
    width <= bins,
    'maxTransitionRate',
    `pitch can move over ${width} bins between frames, the range has ${bins}`,
    'Lower maxTransitionRate or hopLength, or widen fmin..fmax.',
  );
  return new LocalViterbi(bins, width, switchProb, steps);
}

/**
 * Fundamental frequency and voicing by probabilistic YIN (Mauch and Dixon 2014, ICASSP), with the results of
 * librosa 0.11's `pyin`: the whole recording decides each frame. Needs 4 bytes of work space a pitch bin and frame.
 * @param samples mono, shape [n]
 * @returns one value a frame
 * @throws UndertoneError FEATURE_CONFIG_INVALID for impossible settings, AUDIO_INVALID_SAMPLES for samples not finite
 */
export function pyin(samples: Float32Array, options: PyinOptions): PyinResult {
  const { fmin, fmax, sampleRateHz, resolution = 0.1, fillNa = NaN } = options;
  const difference = new NormalizedDifference(options);
  const troughs = new TroughWeights(difference.values.length, options);
  const { bins, perSemitone } = pitchGrid(fmin, fmax, resolution);
  const frames = frameSignal(samples, difference.frameLength, options);
  const decoder = planDecoder(bins, perSemitone, frames.count, frames.hopLength / sampleRateHz, options);
  const voiced = new Float64Array(bins);
  const voicedProbability = new Float32Array(frames.count);
  frames.forEach((work, at, index) => {
    difference.analyse(work, at);
    troughs.weigh(difference);
    voiced.fill(0);
    for (let t = 0; t < troughs.count; t++) {
      const octaves = Math.log2(difference.frequency(troughs.index[t]!) / fmin);
      const bin = Math.max(0, roundHalfToEven(12 * perSemitone * octaves));
      // Of several troughs in a bin the longest period counts, and troughs above the grid do not, as in librosa.
      if (bin < bins && troughs.probability[t]! > 0) voiced[bin] = troughs.probability[t]!;
    }
    let sum = 0;
    for (let bin = 0; bin < bins; bin++) sum += voiced[bin]!;
    const probability = Math.min(1, sum);
    voicedProbability[index] = probability;
    decoder.step(voiced, (1 - probability) / bins);
  });
  const states = decoder.path();
  const voicedFlag = Uint8Array.from(states, (state) => (state < bins ? 1 : 0));
  const f0 = Float32Array.from(states, (state) =>
    state >= bins && fillNa !== null ? fillNa : fmin * 2 ** ((state % bins) / (12 * perSemitone)),
  );
  return { f0, voicedFlag, voicedProbability };
}
