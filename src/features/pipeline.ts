import { longestFrame, type FeatureConfig } from './feature-config.ts';
import { FourierPlan } from './fourier-plan.ts';
import { WORK_AREA_SLACK } from './framer.ts';
import { KernelMemory } from '../kernels/kernel-memory.ts';
import { melFilterBank, MelProjection, type MelSettings } from './mel.ts';
import { periodicWindow } from './windows.ts';

/** One frame in the pipeline's work area. */
export interface FrameView {
  /** Index of its first sample. */
  at: number;
  /** Which part of it, relative to its start, holds the signal's own samples and not padding. */
  from: number;
  to: number;
}

/**
 * The tables and work space of a feature configuration, and what its features have in common: the transform of a
 * frame and its mel spectra. Holds nothing of a signal between frames, so that any number of streams on a thread can
 * share one pipeline.
 */
export class FramePipeline {
  readonly config: FeatureConfig;
  readonly memory = new KernelMemory();
  /** Samples of the longest frame that a feature of the configuration looks at. */
  readonly frameLength: number;
  readonly fourier: FourierPlan;
  readonly hzPerBin: number;
  readonly #workAddress: number;
  readonly #fourierOffset: number;
  readonly #mels = new Map<string, MelProjection>();
  #usesSpectrum = false;
  #work: Float32Array | undefined;

  constructor(config: FeatureConfig) {
    this.config = config;
    this.frameLength = longestFrame(config);
    this.hzPerBin = config.sampleRateHz / config.nFft;
    this.#workAddress = this.memory.reserve((this.frameLength + WORK_AREA_SLACK) * 4);
    this.fourier = new FourierPlan(
      this.memory,
      config.nFft,
      periodicWindow(config.window, config.winLength, config.nFft),
    );
    this.#fourierOffset = this.offsetInFrame(config.nFft);
  }

  /** Where frames are put, in one piece, before they are looked at. */
  get work(): Float32Array {
    return (this.#work ??= this.memory.floats(this.#workAddress, this.frameLength + WORK_AREA_SLACK));
  }

  /** Asks `analyse` for the magnitudes and the power spectrum of every frame. */
  useSpectrum(): void {
    this.#usesSpectrum = true;
  }

  /** Asks `analyse` for the mel spectrum of every frame; features with equal settings share one. */
  useMel({
    nMels,
    fmin,
    fmax,
    htk,
    melNorm,
  }: Omit<MelSettings, 'norm'> & { melNorm: MelSettings['norm'] }): MelProjection {
    this.#usesSpectrum = true;
    const settings: MelSettings = { nMels, fmin, fmax, htk, norm: melNorm };
    const key = JSON.stringify(settings);
    const known = this.#mels.get(key);
    if (known) return known;
    const filters = melFilterBank(this.config.sampleRateHz, this.config.nFft, settings);
    const projection = new MelProjection(this.memory, this.fourier.powerAddress, this.fourier.bins, filters);
    this.#mels.set(key, projection);
    return projection;
  }

  /** Where a shorter frame begins inside the longest one: both have the same centre or, uncentred, the same start. */
  offsetInFrame(length: number): number {
    return this.config.center ? Math.floor(this.frameLength / 2) - Math.floor(length / 2) : 0;
  }

  /** The address of sample `index` of the work area. */
  workAddress(index: number): number {
    return this.#workAddress + index * 4;
  }

  /** Computes what was asked for of one frame. */
  analyse(frame: FrameView): void {
    if (!this.#usesSpectrum) return;
    this.fourier.computeMagnitudes(this.workAddress(frame.at + this.#fourierOffset));
    for (const mel of this.#mels.values()) mel.run();
  }

  /** The complex spectrum of a frame as (re, im) pairs, shape [2 * bins]: a view that the next call overwrites. */
  spectrum(frame: FrameView): Float64Array {
    const address = this.fourier.spectrum(this.workAddress(frame.at + this.#fourierOffset));
    return this.memory.doubles(address, 2 * this.fourier.bins);
  }
}
