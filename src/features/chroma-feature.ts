import { chromaFilterBank, normalizeRow } from './chroma.ts';
import type { FeatureSpecOf } from './feature-config.ts';
import { LimitedRows, type FeatureMatrix, type RowStore } from './feature-matrix.ts';
import type { ClipCollector, FrameFeature } from './frame-feature.ts';
import { padToVector } from '../kernels/kernel-memory.ts';
import type { FramePipeline, FrameView } from './pipeline.ts';
import { TuningEstimator } from './tuning.ts';

/**
 * How many spectrum values are kept while the tuning is unknown (16 MB, two minutes at the default settings). Longer
 * recordings are gone through twice instead: once for the tuning, once for the chroma.
 */
const KEPT_VALUES = 2 ** 22;

/** Chromagram: the energy of the pitch classes in the spectrum, each frame divided by its norm. */
export class ChromaStft implements FrameFeature {
  readonly dims: number;
  readonly clip?: NonNullable<FrameFeature['clip']>;
  readonly #pipeline: FramePipeline;
  readonly #spec: FeatureSpecOf<'chroma_stft'>;
  readonly #norm: number | null;
  /** Where the spectrum that is folded into pitch classes lies, and a view of it. */
  readonly #spectrumAddress: number;
  readonly #spectrum: () => Float32Array;
  readonly #columns: number;
  readonly #bank: number;
  readonly #address: number;
  readonly #banks = new Map<number, Float32Array>();
  #tuning: number | undefined;
  #view: Float32Array | undefined;

  constructor(pipeline: FramePipeline, spec: FeatureSpecOf<'chroma_stft'>) {
    const { fourier } = pipeline;
    pipeline.useSpectrum();
    this.#spectrumAddress = spec.power === 1 ? fourier.magnitudeAddress : fourier.powerAddress;
    this.#spectrum = () => (spec.power === 1 ? fourier.magnitudes : fourier.power);
    this.dims = spec.nChroma;
    this.#pipeline = pipeline;
    this.#spec = spec;
    this.#norm = spec.norm === 'max' ? Infinity : spec.norm;
    const rows = padToVector(spec.nChroma);
    this.#columns = padToVector(fourier.bins);
    this.#bank = pipeline.memory.reserve(rows * this.#columns * 4);
    this.#address = pipeline.memory.reserve(rows * 4);
    if (spec.tuning === null) {
      const cure = 'set tuning to a number; 0 is A440';
      this.clip = { setting: 'tuning', cure, collect: (frames) => this.#collect(frames) };
    }
  }

  write(_frame: FrameView, out: Float32Array, offset: number): void {
    this.#write(this.#spec.tuning ?? 0, out, offset);
  }

  #write(tuning: number, out: Float32Array, offset: number): void {
    if (tuning !== this.#tuning) this.#tune(tuning);
    const { memory } = this.#pipeline;
    memory.kernels.project(this.#bank, padToVector(this.dims), this.#columns, this.#spectrumAddress, this.#address);
    out.set((this.#view ??= memory.floats(this.#address, this.dims)), offset);
    normalizeRow(out, offset, this.dims, this.#norm);
  }

  /** Puts the filter bank for this tuning in place. Tunings are multiples of 1/100, so that few banks are ever made. */
  #tune(tuning: number): void {
    const { config, memory } = this.#pipeline;
    let bank = this.#banks.get(tuning);
    if (!bank) {
      bank = chromaFilterBank(config.sampleRateHz, config.nFft, { ...this.#spec, tuning });
      this.#banks.set(tuning, bank);
    }
    memory.floats(this.#bank, bank.length).set(bank);
    this.#tuning = tuning;
  }

  #collect(expectedFrames?: number): ClipCollector {
    const { config, fourier, memory } = this.#pipeline;
    const estimator = new TuningEstimator({
      sampleRateHz: config.sampleRateHz,
      nFft: config.nFft,
      binsPerOctave: this.dims,
    });
    const kept = new LimitedRows(fourier.bins, KEPT_VALUES, expectedFrames);
    let tuning: number | undefined;
    return {
      write: (_frame, out, offset) => {
        if (tuning !== undefined) {
          this.#write(tuning, out, offset);
          return;
        }
        const spectrum = this.#spectrum();
        estimator.add(spectrum, memory.kernels.maximum(this.#spectrumAddress, this.#columns));
        kept.add(spectrum);
      },
      finish: (matrix, column) => {
        if (tuning !== undefined) return true;
        tuning = estimator.estimate();
        if (!kept.rows) return false;
        this.#finish(kept.rows, tuning, matrix, column);
        return true;
      },
    };
  }

  #finish(kept: RowStore, tuning: number, { data, dims }: FeatureMatrix, column: number): void {
    const spectrum = this.#spectrum();
    for (let row = 0; row < kept.rows; row++) {
      const offset = kept.offset(row);
      spectrum.set(kept.page(row).subarray(offset, offset + spectrum.length));
      this.#write(tuning, data, row * dims + column);
    }
  }
}
