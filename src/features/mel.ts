import { padToVector, type KernelMemory } from '../kernels/kernel-memory.ts';

/** Settings of a mel filter bank, named as librosa's `filters.mel`. */
export interface MelSettings {
  readonly nMels: number;
  /** Lower edge of the first filter in Hz. */
  readonly fmin: number;
  /** Upper edge of the last filter in Hz; null is half the sample rate. */
  readonly fmax: number | null;
  /** HTK's mel scale instead of Slaney's. */
  readonly htk: boolean;
  /** `slaney`: every filter has the same area; null: the same height. */
  readonly norm: 'slaney' | null;
}

// Slaney's Auditory Toolbox (1998): linear up to 1 kHz, then 27 mels for a factor of 6.4.
const LINEAR_HZ_PER_MEL = 200 / 3;
const BREAK_HZ = 1_000;
const BREAK_MEL = BREAK_HZ / LINEAR_HZ_PER_MEL;
const LOG_STEP = Math.log(6.4) / 27;

/** Hz to mel: Slaney's scale, or HTK's 2595 log10(1 + f/700). */
export function hzToMel(hz: number, htk = false): number {
  if (htk) return 2_595 * Math.log10(1 + hz / 700);
  return hz < BREAK_HZ ? hz / LINEAR_HZ_PER_MEL : BREAK_MEL + Math.log(hz / BREAK_HZ) / LOG_STEP;
}

/** Mel to Hz, the inverse of {@link hzToMel}. */
export function melToHz(mel: number, htk = false): number {
  if (htk) return 700 * (10 ** (mel / 2_595) - 1);
  return mel < BREAK_MEL ? mel * LINEAR_HZ_PER_MEL : BREAK_HZ * Math.exp(LOG_STEP * (mel - BREAK_MEL));
}

/** `count` frequencies in Hz, equally spaced on the mel scale from fmin to fmax (both included). */
export function melFrequencies(count: number, fmin: number, fmax: number, htk = false): Float64Array {
  const low = hzToMel(fmin, htk);
  const step = (hzToMel(fmax, htk) - low) / (count - 1);
  return Float64Array.from({ length: count }, (_, i) => melToHz(low + i * step, htk));
}

/**
 * Triangular mel filters, shape [nMels][nFft / 2 + 1], as `librosa.filters.mel` computes them (in doubles, then
 * rounded to single precision as there).
 */
export function melFilterBank(sampleRateHz: number, nFft: number, settings: MelSettings): Float32Array[] {
  const { nMels, fmin, htk, norm } = settings;
  const edges = melFrequencies(nMels + 2, fmin, settings.fmax ?? sampleRateHz / 2, htk);
  const bins = Math.floor(nFft / 2) + 1;
  return Array.from({ length: nMels }, (_, m) => {
    const [left, centre, right] = [edges[m]!, edges[m + 1]!, edges[m + 2]!];
    const height = norm === 'slaney' ? 2 / (right - left) : 1;
    const filter = new Float32Array(bins);
    for (let bin = 0; bin < bins; bin++) {
      const hz = (bin * sampleRateHz) / nFft;
      const rising = (hz - left) / (centre - left);
      const falling = (right - hz) / (right - centre);
      filter[bin] = Math.fround(Math.max(0, Math.min(rising, falling))) * height;
    }
    return filter;
  });
}

/** A mel filter bank inside kernel memory, stored as the bands where its triangles are not zero. */
export class MelProjection {
  readonly nMels: number;
  /** Address of the last result: nMels floats, then room up to a whole vector. */
  readonly address: number;
  readonly #memory: KernelMemory;
  readonly #powerAddress: number;
  readonly #weights: number;
  readonly #starts: number;
  readonly #lengths: number;
  #view: Float32Array | undefined;

  constructor(memory: KernelMemory, powerAddress: number, bins: number, filters: readonly Float32Array[]) {
    this.nMels = filters.length;
    this.#memory = memory;
    this.#powerAddress = powerAddress;
    const readable = padToVector(bins);
    const starts = new Int32Array(filters.length);
    const lengths = new Int32Array(filters.length);
    const bands = filters.map((filter, m) => {
      const first = Math.max(
        0,
        filter.findIndex((weight) => weight > 0),
      );
      const last = filter.findLastIndex((weight) => weight > 0);
      const length = padToVector(last + 1 - first);
      const start = Math.max(0, Math.min(first, readable - length));
      starts[m] = start;
      lengths[m] = length;
      const band = new Float32Array(length);
      band.set(filter.subarray(start, Math.min(start + length, bins)));
      return band;
    });
    const weights = new Float32Array(bands.reduce((sum, band) => sum + band.length, 0));
    let at = 0;
    for (const band of bands) {
      weights.set(band, at);
      at += band.length;
    }
    this.#weights = memory.table(weights);
    this.#starts = memory.table(starts);
    this.#lengths = memory.table(lengths);
    this.address = memory.reserve(padToVector(this.nMels) * 4);
  }

  /** The mel spectrum of the last frame, shape [nMels]. */
  get values(): Float32Array {
    return (this.#view ??= this.#memory.floats(this.address, this.nMels));
  }

  /** Projects the power spectrum that is in the plan now. */
  run(): void {
    this.#memory.kernels.projectBands(
      this.#weights,
      this.#starts,
      this.#lengths,
      this.nMels,
      this.#powerAddress,
      this.address,
    );
  }
}
