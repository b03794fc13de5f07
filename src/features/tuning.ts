const A0_HZ = 27.5;

/** Settings of the tuning estimate, named as librosa's `estimate_tuning` and `piptrack`. */
export interface TuningSettings {
  readonly sampleRateHz: number;
  readonly nFft: number;
  readonly binsPerOctave: number;
  /** Width of a histogram bin, in fractions of a pitch bin. */
  readonly resolution: number;
  /** Only spectral peaks within fmin <= f < fmax count, in Hz. */
  readonly fmin: number;
  readonly fmax: number;
  /** Only peaks above this share of the frame's maximum count. */
  readonly threshold: number;
}

/** Up to here every peak is kept and the median is exact; about 20 minutes of speech at the default settings. */
const EXACT_PEAKS = 2 ** 21;
/** Beyond, magnitudes keep the top 16 bits of their float: sign, exponent and 7 bits, so within 0.8 %. */
const COARSE_KEYS = 2 ** 15;

/**
 * Estimates how far a recording's pitches lie from A440, frame by frame: librosa's `estimate_tuning`. Peaks of the
 * spectrum are interpolated (`piptrack`), those weaker than the median are dropped, and the commonest deviation wins.
 * Memory is bounded for recordings of any length.
 */
export class TuningEstimator {
  readonly #settings: TuningSettings;
  readonly #edges: Float64Array;
  readonly #firstBin: number;
  readonly #endBin: number;
  #deviations = new Uint16Array(4_096);
  #magnitudes = new Float32Array(4_096);
  #peaks = 0;
  #coarse: Uint32Array | undefined;
  readonly #float = new Float32Array(1);
  readonly #bits = new Uint32Array(this.#float.buffer);

  constructor(settings: Pick<TuningSettings, 'sampleRateHz' | 'nFft'> & Partial<TuningSettings>) {
    const defaults = { binsPerOctave: 12, resolution: 0.01, fmin: 150, fmax: 4_000, threshold: 0.1 };
    // An odd nFft is taken for the even one below, which has as many bins: librosa infers it from the bins.
    const full = { ...defaults, ...settings, nFft: 2 * Math.floor(settings.nFft / 2) };
    this.#settings = full;
    const steps = Math.ceil(1 / full.resolution);
    this.#edges = Float64Array.from({ length: steps + 1 }, (_, i) => -0.5 + i / steps);
    const hzPerBin = full.sampleRateHz / full.nFft;
    const fmax = Math.min(full.fmax, full.sampleRateHz / 2);
    this.#firstBin = Math.max(1, Math.ceil(Math.max(0, full.fmin) / hzPerBin));
    this.#endBin = Math.min(Math.ceil(fmax / hzPerBin), Math.floor(full.nFft / 2));
  }

  /** Takes the peaks of one frame. `spectrum`: magnitudes or powers, shape [nFft / 2 + 1]; `loudest`: their maximum. */
  add(spectrum: Float32Array, loudest: number): void {
    // Single precision here and below: a peak must fall on the same side of a bin's edge as in librosa.
    const reference = Math.fround(Math.fround(this.#settings.threshold) * loudest);
    for (let bin = this.#firstBin; bin < this.#endBin; bin++) {
      const here = spectrum[bin]!;
      if (here <= reference) continue;
      const below = spectrum[bin - 1]!;
      const above = spectrum[bin + 1]!;
      if (here <= below || here < above) continue;
      const curvature = Math.fround(above + below) - 2 * here;
      const slope = Math.fround(above - below) / 2;
      const shift = Math.abs(slope) >= Math.abs(curvature) ? 0 : Math.fround(-slope / curvature);
      this.#addPeak(bin + shift, Math.fround(here + Math.fround(0.5 * slope * shift)));
    }
  }

  #addPeak(bin: number, magnitude: number): void {
    const { sampleRateHz, nFft, binsPerOctave } = this.#settings;
    const hz = Math.fround((bin * sampleRateHz) / nFft);
    const octaves = Math.fround(Math.log2(Math.fround(hz / A0_HZ)));
    const pitch = Math.fround(binsPerOctave * octaves);
    let deviation = Math.fround(pitch - Math.floor(pitch));
    if (deviation >= 0.5) deviation -= 1;
    this.#record(this.#histogramBin(deviation), magnitude);
  }

  #histogramBin(deviation: number): number {
    const last = this.#edges.length - 2;
    let bin = Math.min(last, Math.max(0, Math.floor((deviation + 0.5) * (last + 1))));
    if (bin > 0 && deviation < this.#edges[bin]!) bin--;
    else if (bin < last && deviation >= this.#edges[bin + 1]!) bin++;
    return bin;
  }

  #record(deviation: number, magnitude: number): void {
    if (this.#coarse) {
      this.#float[0] = magnitude;
      this.#coarse[(this.#bits[0]! >>> 16) * (this.#edges.length - 1) + deviation]!++;
      return;
    }
    if (this.#peaks === this.#magnitudes.length) this.#grow();
    this.#deviations[this.#peaks] = deviation;
    this.#magnitudes[this.#peaks++] = magnitude;
  }

  #grow(): void {
    if (this.#peaks < EXACT_PEAKS) {
      const deviations = new Uint16Array(this.#peaks * 2);
      const magnitudes = new Float32Array(this.#peaks * 2);
      deviations.set(this.#deviations);
      magnitudes.set(this.#magnitudes);
      this.#deviations = deviations;
      this.#magnitudes = magnitudes;
      return;
    }
    const deviations = this.#deviations;
    const magnitudes = this.#magnitudes;
    this.#coarse = new Uint32Array(COARSE_KEYS * (this.#edges.length - 1));
    for (let i = 0; i < this.#peaks; i++) this.#record(deviations[i]!, magnitudes[i]!);
    this.#deviations = new Uint16Array(0);
    this.#magnitudes = new Float32Array(0);
  }

  /** The deviation in fractions of a pitch bin, -0.5 up to 0.5; 0 where no frame had a peak. */
  estimate(): number {
    const counts = this.#coarse ? this.#coarseCounts(this.#coarse) : this.#exactCounts();
    let best = 0;
    for (let bin = 1; bin < counts.length; bin++) if (counts[bin]! > counts[best]!) best = bin;
    return counts[best] === 0 ? 0 : this.#edges[best]!;
  }

  #exactCounts(): Uint32Array {
    const counts = new Uint32Array(this.#edges.length - 1);
    const sorted = this.#magnitudes.slice(0, this.#peaks).sort();
    const middle = this.#peaks >> 1;
    const median = this.#peaks % 2 === 1 ? sorted[middle]! : Math.fround((sorted[middle - 1]! + sorted[middle]!) / 2);
    for (let i = 0; i < this.#peaks; i++) if (this.#magnitudes[i]! >= median) counts[this.#deviations[i]!]!++;
    return counts;
  }

  #coarseCounts(coarse: Uint32Array): Uint32Array {
    const steps = this.#edges.length - 1;
    const total = coarse.reduce((sum, count) => sum + count, 0);
    const counts = new Uint32Array(steps);
    let above = 0;
    for (let key = COARSE_KEYS - 1; key >= 0 && above < total / 2; key--) {
      for (let deviation = 0; deviation < steps; deviation++) {
        const count = coarse[key * steps + deviation]!;
        counts[deviation]! += count;
        above += count;
      }
    }
    return counts;
  }
}
