import { FeatureExtractor, type FeatureMatrix } from '../features/index.ts';
import type { HearingConfig, Normalisation, NormalisationView, WaveformInput } from './model-config.ts';

/** Samples of which one energy is taken. */
const BLOCK = 256;
/** Keeps the energy of digital silence finite: -100 dB. */
const LEAST_POWER = 1e-10;

/** Levels further from the target than this are shown as this far. */
const FARTHEST_DB = 40;
/** A decibel as a difference of natural logarithms of power. */
export const NEPERS_A_DECIBEL = Math.LN10 / 10;

const decibels = (power: number): number => 10 * Math.log10(power + LEAST_POWER);

/** The mean power of each block of a signal, the last of which may be shorter; and the largest of them. */
function blockPowers(samples: Float32Array): { powers: Float64Array; loudest: number } {
  const powers = new Float64Array(Math.ceil(samples.length / BLOCK));
  let loudest = 0;
  for (let block = 0; block < powers.length; block++) {
    const end = Math.min(samples.length, (block + 1) * BLOCK);
    let sum = 0;
    for (let i = block * BLOCK; i < end; i++) sum += samples[i]! * samples[i]!;
    const power = sum / (end - block * BLOCK);
    powers[block] = power;
    if (power > loudest) loudest = power;
  }
  return { powers, loudest };
}

/**
 * Readies a clip of speech for feature extraction: cuts the silence off both ends, then brings the clip to a common
 * level, so that neither the distance to the microphone nor a corpus's habits are heard as emotion.
 *
 * Blocks of 256 samples louder than max(loudest - belowPeakDb, floorDb) are sound; the clip is cut to the first and the
 * last of them and a pad around. Its level is the mean power of the blocks within `withinDb` of the loudest. A clip
 * without any sound stays as it is.
 *
 * @param samples mono samples at the configuration's rate; they are not changed
 * @returns new samples, or a view of the given ones where only their ends were cut
 */
export function prepareClip(samples: Float32Array, config: ClipPreparation): Float32Array {
  return prepare(samples, config).clip;
}

type ClipPreparation = Pick<WaveformInput, 'trim' | 'level' | 'sampleRateHz'>;

/** See {@link prepareClip}; `aboveTargetDb` is how far the clip's level was above the common one. */
function prepare(
  samples: Float32Array,
  { trim, level, sampleRateHz }: ClipPreparation,
): { clip: Float32Array; aboveTargetDb: number } {
  if (!trim && !level) return { clip: samples, aboveTargetDb: 0 };
  const { powers, loudest } = blockPowers(samples);
  const loudestDb = decibels(loudest);
  let clip = samples;
  if (trim) {
    const threshold = Math.max(loudestDb - trim.belowPeakDb, trim.floorDb);
    const isSound = (power: number): boolean => decibels(power) > threshold;
    const first = powers.findIndex(isSound);
    if (first < 0) return { clip: samples, aboveTargetDb: 0 };
    const pad = Math.round((trim.padMs * sampleRateHz) / 1_000 / BLOCK);
    clip = samples.subarray(Math.max(0, first - pad) * BLOCK, (powers.findLastIndex(isSound) + 1 + pad) * BLOCK);
  }
  if (!level || loudest <= LEAST_POWER) return { clip, aboveTargetDb: 0 };
  const aboveTargetDb = 10 * Math.log10(meanAbove(powers, loudestDb - level.withinDb)) - level.targetDb;
  const gain = 10 ** (-aboveTargetDb / 20);
  const levelled = new Float32Array(clip.length);
  for (let i = 0; i < clip.length; i++) levelled[i] = clip[i]! * gain;
  return { clip: levelled, aboveTargetDb };
}

/** The mean of the powers above a level in dB. */
function meanAbove(powers: Float64Array, thresholdDb: number): number {
  let sum = 0;
  let count = 0;
  for (const power of powers) {
    if (decibels(power) < thresholdDb) continue;
    sum += power;
    count++;
  }
  return sum / count;
}

/** From a clip's samples to its raw features, as a model's configuration says: the same in training and in use. */
export class ClipFeatures {
  readonly config: HearingConfig;
  /** Values a frame. */
  readonly dims: number;
  /** From one frame to the next. */
  readonly hopMs: number;
  readonly #extractor: FeatureExtractor;

  constructor(config: HearingConfig) {
    this.config = config;
    this.#extractor = FeatureExtractor.fromConfig(config.features);
    this.dims = this.#extractor.dims;
    this.hopMs = (1_000 * config.features.hopLength) / config.sampleRateHz;
  }

  /**
   * Hears a clip: {@link prepareClip}, features, logarithm, and what the configuration keeps of the clip's level.
   * @param samples mono samples at the configuration's rate
   * @returns raw features, not normalised, shape [frames][dims]
   * @throws UndertoneError AUDIO_INVALID_SAMPLES where a sample is not a finite number
   */
  hear(samples: Float32Array): FeatureMatrix {
    const { logFloor, level } = this.config;
    const { clip, aboveTargetDb } = prepare(samples, this.config);
    const matrix = this.#extractor.extract(clip);
    if (logFloor === null) return matrix;
    const shownDb = Math.max(-FARTHEST_DB, Math.min(FARTHEST_DB, aboveTargetDb));
    const kept = (level?.keep ?? 0) * shownDb * NEPERS_A_DECIBEL;
    const { data } = matrix;
    for (let i = 0; i < data.length; i++) data[i] = Math.log(data[i]! + logFloor) + kept;
    return matrix;
  }
}

/** Raw features over time, row-major, in single or (where many are kept) half precision. */
export interface Frames {
  readonly data: Float32Array | Float16Array;
  readonly frames: number;
  readonly dims: number;
}

/** {@link FrameStatistics} as plain data. */
export interface FrameStatisticsData {
  readonly frames: number;
  readonly sums: readonly number[];
  readonly squares: readonly number[];
}

/** Mean and deviation of every dimension over all frames so far: a speaker's, a recording's, a corpus's. */
export class FrameStatistics {
  readonly dims: number;
  #frames = 0;
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;

  constructor(dims: number) {
    this.dims = dims;
    this.#sums = new Float64Array(dims);
    this.#squares = new Float64Array(dims);
  }

  /** Goes on from what {@link toJSON} gave. */
  static fromJSON({ frames, sums, squares }: FrameStatisticsData): FrameStatistics {
    const statistics = new FrameStatistics(sums.length);
    statistics.#frames = frames;
    statistics.#sums.set(sums);
    statistics.#squares.set(squares);
    return statistics;
  }

  /** The sums as plain numbers, to be kept with what else is known of a voice. */
  toJSON(): FrameStatisticsData {
    return { frames: this.#frames, sums: Array.from(this.#sums), squares: Array.from(this.#squares) };
  }

  /** How many frames were seen; no whole number where some were merged with a weight. */
  get frames(): number {
    return this.#frames;
  }

  /** Sees more frames. Returns itself. */
  add({ data, frames, dims }: Frames): this {
    for (let row = 0, at = 0; row < frames; row++) {
      for (let dim = 0; dim < dims; dim++, at++) {
        const value = data[at]!;
        this.#sums[dim]! += value;
        this.#squares[dim]! += value * value;
      }
    }
    this.#frames += frames;
    return this;
  }

  /** Sees what another has seen, each of its frames counting as `weight` frames. Returns itself. */
  merge(other: FrameStatistics, weight = 1): this {
    for (let dim = 0; dim < this.dims; dim++) {
      this.#sums[dim]! += weight * other.#sums[dim]!;
      this.#squares[dim]! += weight * other.#squares[dim]!;
    }
    this.#frames += weight * other.#frames;
    return this;
  }

  /** The mean of a dimension; 0 before the first frame. */
  mean(dim: number): number {
    return this.#frames > 0 ? this.#sums[dim]! / this.#frames : 0;
  }

  /** The standard deviation of a dimension; 0 before the first frame. */
  deviation(dim: number): number {
    if (this.#frames === 0) return 0;
    return Math.sqrt(Math.max(0, this.#squares[dim]! / this.#frames - this.mean(dim) ** 2));
  }
}

/** Nothing is divided by less: a dimension that never changes says nothing. */
const LEAST_DEVIATION = 1e-5;

/**
 * Turns raw features into a network's input, view by view. Each value of a view is x * scale + shift, with a scale and
 * a shift per dimension that depend on the clip and on the speaker.
 */
export class InputNormaliser {
  /** Values a frame of the input: views * dims of the features. */
  readonly dims: number;
  readonly #normalisation: Normalisation;
  readonly #clip: Float64Array;
  readonly #scale: Float64Array;
  readonly #shift: Float64Array;

  constructor(normalisation: Normalisation) {
    const { mean, views } = normalisation;
    this.#normalisation = normalisation;
    this.dims = mean.length * views.length;
    this.#clip = new Float64Array(mean.length);
    this.#scale = new Float64Array(this.dims);
    this.#shift = new Float64Array(this.dims);
  }

  /**
   * @param clip raw features, shape [frames][dims of the features]
   * @param speaker the statistics of the speaker's speech so far, this clip's included; where nothing else is known of
   *   the voice, the clip's alone
   * @param out where to write to, at least frames * {@link dims} long; a new array unless given
   * @returns `out`, row-major, shape [frames][views][dims of the features]
   */
  apply(clip: Frames, speaker: FrameStatistics, out = new Float32Array(clip.frames * this.dims)): Float32Array {
    const { data, frames, dims } = clip;
    this.#prepare(clip, speaker);
    const scales = this.#scale;
    const shifts = this.#shift;
    for (let row = 0, to = 0; row < frames; row++) {
      for (let column = 0; column < scales.length;) {
        for (let from = row * dims; from < (row + 1) * dims; from++, column++, to++) {
          out[to] = data[from]! * scales[column]! + shifts[column]!;
        }
      }
    }
    return out;
  }

  #prepare({ data, frames, dims }: Frames, speaker: FrameStatistics): void {
    const clip = this.#clip.fill(0);
    for (let row = 0, at = 0; row < frames; row++) for (let dim = 0; dim < dims; dim++) clip[dim]! += data[at++]!;
    for (let dim = 0; dim < dims; dim++) clip[dim]! /= Math.max(1, frames);
    this.#normalisation.views.forEach((view, index) => {
      this.#prepareView(view, index * dims, speaker);
    });
  }

  #prepareView(view: NormalisationView, start: number, speaker: FrameStatistics): void {
    const { mean: means, deviation: deviations } = this.#normalisation;
    const common = 'clipMean' in view ? (1 - view.clipMean) * view.clipLevel * this.#clipLevel() : 0;
    for (let dim = 0; dim < means.length; dim++) {
      let mean = means[dim]!;
      let deviation = deviations[dim]!;
      if ('clipMean' in view) {
        mean += view.clipMean * (this.#clip[dim]! - mean) + common;
      } else {
        // The law of total variance, over the speaker's frames and as many of the corpora's as the shrinkage says.
        const share = speaker.frames / (speaker.frames + view.speaker.shrinkFrames) || 0;
        const apart = speaker.mean(dim) - mean;
        const within = share * speaker.deviation(dim) ** 2 + (1 - share) * deviation ** 2;
        mean += share * apart;
        deviation = Math.sqrt(within + share * (1 - share) * apart ** 2);
      }
      const scale = 1 / Math.max(LEAST_DEVIATION, deviation);
      this.#scale[start + dim] = scale;
      this.#shift[start + dim] = -mean * scale;
    }
  }

  /** How far the clip's mean is above the corpora's, as a mean over all dimensions. */
  #clipLevel(): number {
    const { mean } = this.#normalisation;
    return mean.reduce((sum, value, dim) => sum + this.#clip[dim]! - value, 0) / mean.length;
  }
}
