import { cepstrumMatrix } from './dct.ts';
import { referenceOffsetDb, type DecibelSettings } from './decibels.ts';
import type { FeatureSpecOf } from './feature-config.ts';
import { LimitedRows, type FeatureMatrix, type RowStore } from './feature-matrix.ts';
import type { ClipCollector, FrameFeature } from './frame-feature.ts';
import { padToVector, type KernelMemory } from '../kernels/kernel-memory.ts';
import type { MelProjection } from './mel.ts';
import type { FramePipeline, FrameView } from './pipeline.ts';

/**
 * How many decibels are kept while a recording's maximum is unknown (64 MB, over an hour at the default settings and
 * 16 kHz). Longer recordings are gone through twice instead.
 */
const KEPT_VALUES = 2 ** 24;
const TOP_DB_SETTING = 'decibels.topDb';
const TOP_DB_CURE = 'set decibels.topDb to null, so that only the fixed floor decibels.amin counts';

/** Mel powers. */
export class MelSpectrogram implements FrameFeature {
  readonly dims: number;
  readonly #mel: MelProjection;

  constructor(mel: MelProjection) {
    this.dims = mel.nMels;
    this.#mel = mel;
  }

  write(_frame: FrameView, out: Float32Array, offset: number): void {
    out.set(this.#mel.values, offset);
  }
}

/** The decibels of a mel spectrum inside kernel memory, without the floor below the clip's maximum. */
class DecibelStage {
  readonly address: number;
  readonly #memory: KernelMemory;
  readonly #mel: MelProjection;
  readonly #amin: number;
  readonly #offset: number;
  #view: Float32Array | undefined;

  constructor(memory: KernelMemory, mel: MelProjection, settings: DecibelSettings) {
    this.#memory = memory;
    this.#mel = mel;
    this.#amin = settings.amin;
    this.#offset = referenceOffsetDb(settings);
    this.address = memory.reserve(padToVector(mel.nMels) * 4);
  }

  get values(): Float32Array {
    return (this.#view ??= this.#memory.floats(this.address, this.#mel.nMels));
  }

  run(): void {
    const { address, nMels } = this.#mel;
    this.#memory.kernels.decibels(address, this.address, padToVector(nMels), this.#amin, this.#offset);
  }

  /** The largest of the last decibels. What lies behind them up to a whole vector is at the floor `amin`. */
  maximum(): number {
    return this.#memory.kernels.maximum(this.address, padToVector(this.#mel.nMels));
  }
}

/** The loudest value of a recording and the floor below it. */
class Loudest {
  readonly #topDb: number;
  #maximum = -Infinity;

  constructor(topDb: number) {
    this.#topDb = topDb;
  }

  see(value: number): void {
    if (value > this.#maximum) this.#maximum = value;
  }

  get floor(): number {
    return this.#maximum - this.#topDb;
  }
}

/** Mel spectrogram in dB. */
export class MelDecibels implements FrameFeature {
  readonly dims: number;
  readonly clip?: NonNullable<FrameFeature['clip']>;
  readonly #stage: DecibelStage;

  constructor(memory: KernelMemory, mel: MelProjection, settings: DecibelSettings) {
    this.dims = mel.nMels;
    this.#stage = new DecibelStage(memory, mel, settings);
    const { topDb } = settings;
    if (topDb !== null) {
      this.clip = { setting: TOP_DB_SETTING, cure: TOP_DB_CURE, collect: () => this.#collect(topDb) };
    }
  }

  write(_frame: FrameView, out: Float32Array, offset: number): void {
    this.#stage.run();
    out.set(this.#stage.values, offset);
  }

  #collect(topDb: number): ClipCollector {
    const loudest = new Loudest(topDb);
    return {
      write: (frame, out, offset) => {
        this.write(frame, out, offset);
        loudest.see(this.#stage.maximum());
      },
      finish: ({ data, frames, dims }, column) => {
        const { floor } = loudest;
        for (let row = 0; row < frames; row++) {
          const start = row * dims + column;
          for (let i = start; i < start + this.dims; i++) if (data[i]! < floor) data[i] = floor;
        }
        return true;
      },
    };
  }
}

/** Mel-frequency cepstral coefficients (Davis and Mermelstein 1980) as librosa computes them. */
export class Mfcc implements FrameFeature {
  readonly dims: number;
  readonly clip?: NonNullable<FrameFeature['clip']>;
  readonly #memory: KernelMemory;
  readonly #nMels: number;
  readonly #stage: DecibelStage;
  readonly #matrix: number;
  readonly #address: number;
  #view: Float32Array | undefined;

  constructor(memory: KernelMemory, mel: MelProjection, spec: FeatureSpecOf<'mfcc'>) {
    this.dims = spec.nMfcc;
    this.#memory = memory;
    this.#nMels = mel.nMels;
    this.#stage = new DecibelStage(memory, mel, spec.decibels);
    const { nMfcc, dctType, dctNorm: norm, lifter } = spec;
    this.#matrix = memory.table(cepstrumMatrix(mel.nMels, { nMfcc, dctType, norm, lifter }));
    this.#address = memory.reserve(padToVector(nMfcc) * 4);
    const { topDb } = spec.decibels;
    if (topDb !== null) {
      this.clip = { setting: TOP_DB_SETTING, cure: TOP_DB_CURE, collect: (frames) => this.#collect(topDb, frames) };
    }
  }

  write(_frame: FrameView, out: Float32Array, offset: number): void {
    this.#stage.run();
    this.#transform(out, offset);
  }

  /** Takes the decibels that are in the stage to coefficients. */
  #transform(out: Float32Array, offset: number): void {
    const { kernels } = this.#memory;
    const columns = padToVector(this.#nMels);
    kernels.project(this.#matrix, padToVector(this.dims), columns, this.#stage.address, this.#address);
    out.set((this.#view ??= this.#memory.floats(this.#address, this.dims)), offset);
  }

  /** Keeps the decibels of every frame: the floor under them must be known before they are transformed. */
  #collect(topDb: number, expectedFrames?: number): ClipCollector {
    const loudest = new Loudest(topDb);
    const kept = new LimitedRows(this.#nMels, KEPT_VALUES, expectedFrames);
    let floor: number | undefined;
    return {
      write: (_frame, out, offset) => {
        this.#stage.run();
        if (floor !== undefined) {
          this.#transformAbove(floor, this.#stage.values, 0, out, offset);
          return;
        }
        loudest.see(this.#stage.maximum());
        kept.add(this.#stage.values);
      },
      finish: (matrix, column) => {
        if (floor !== undefined) return true;
        ({ floor } = loudest);
        if (!kept.rows) return false;
        this.#finish(kept.rows, floor, matrix, column);
        return true;
      },
    };
  }

  #finish(kept: RowStore, floor: number, { data, dims }: FeatureMatrix, column: number): void {
    for (let row = 0; row < kept.rows; row++) {
      this.#transformAbove(floor, kept.page(row), kept.offset(row), data, row * dims + column);
    }
  }

  /** Takes decibels, raised to the floor where they lie below, to coefficients. */
  #transformAbove(floor: number, decibels: Float32Array, from: number, out: Float32Array, offset: number): void {
    const { values } = this.#stage;
    for (let i = 0; i < values.length; i++) {
      const value = decibels[from + i]!;
      values[i] = value > floor ? value : floor;
    }
    this.#transform(out, offset);
  }
}

/** The mel features of a configuration. */
export function melFeature(
  pipeline: FramePipeline,
  spec: FeatureSpecOf<'melspectrogram'> | FeatureSpecOf<'mfcc'>,
): FrameFeature {
  const mel = pipeline.useMel(spec);
  if (spec.name === 'mfcc') return new Mfcc(pipeline.memory, mel, spec);
  return spec.decibels ? new MelDecibels(pipeline.memory, mel, spec.decibels) : new MelSpectrogram(mel);
}
