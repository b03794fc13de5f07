import { FeatureExtractor, type FeatureMatrix } from '../features/index.ts';
import { preparedClip } from './clip-preparation.ts';
import type { HearingConfig, Normalisation, NormalisationView } from './model-config.ts';

/** Levels further from the target than this are shown as this far. */
const FARTHEST_DB = 40;
/** A decibel as a difference of natural logarithms of power. */
export const NEPERS_A_DECIBEL = Math.LN10 / 10;

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
    const { clip, aboveTargetDb } = preparedClip(samples, this.config);
    const matrix = this.#extractor.extract(clip);
    this.takeLogarithm(matrix.data, aboveTargetDb);
    return matrix;
  }

  /**
   * Where the configuration wants logarithms, turns features of a clip into them.
   * @param aboveTargetDb how far the clip's level was above the common one
   * @param powerGain what brings the features to the common level, where the samples were not
   */
  takeLogarithm(data: Float32Array, aboveTargetDb: number, powerGain = 1): void {
    const { logFloor, level } = this.config;
    if (logFloor === null) return;
    const shownDb = Math.max(-FARTHEST_DB, Math.min(FARTHEST_DB, aboveTargetDb));
    const kept = (level?.keep ?? 0) * shownDb * NEPERS_A_DECIBEL;
    for (let i = 0; i < data.length; i++) data[i] = Math.log(powerGain * data[i]! + logFloor) + kept;
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
  apply(
    clip: Frames,
    speaker: FrameStatistics,
    out: Float32Array = new Float32Array(clip.frames * this.dims),
  ): Float32Array {
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
