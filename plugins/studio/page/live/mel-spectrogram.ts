import FFT from 'fft.js';

/** One column is so long. */
export const COLUMN_MS = 20;
export const BANDS = 64;

/** The darkest level is this many decibels below a sine of full scale, the brightest so many above that. */
const FLOOR_DB = -85;
const RANGE_DB = 65;
const HIGHEST_HZ = 7600;
const FIRST_COLUMNS = 3000;

const melOf = (hz: number): number => 2595 * Math.log10(1 + hz / 700);
const hzOf = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

/**
 * The picture under the timeline: power in mel bands, one column each 20 ms, as levels of 0..255. It is for the eye: what
 * the model hears is computed by the engine.
 */
export class MelSpectrogram {
  readonly #hop: number;
  readonly #size: number;
  readonly #fft: FFT;
  readonly #window: Float64Array;
  readonly #spectrum: number[];
  readonly #frame: Float64Array;
  /** The last `#size` samples. */
  readonly #recent: Float64Array;
  /** The bins in which each band begins, peaks and ends. */
  readonly #edges: Float64Array;
  #fresh = 0;
  #levels = new Uint8Array(FIRST_COLUMNS * BANDS);
  #columns = 0;

  constructor(rateHz: number) {
    this.#hop = (rateHz * COLUMN_MS) / 1000;
    this.#size = 2 ** Math.ceil(Math.log2(1.5 * this.#hop));
    this.#fft = new FFT(this.#size);
    this.#spectrum = this.#fft.createComplexArray();
    this.#frame = new Float64Array(this.#size);
    this.#recent = new Float64Array(this.#size);
    this.#window = Float64Array.from({ length: this.#size }, (_, i) => {
      return 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / this.#size);
    });
    const top = melOf(Math.min(HIGHEST_HZ, rateHz / 2));
    this.#edges = Float64Array.from({ length: BANDS + 2 }, (_, i) => {
      return (hzOf((top * i) / (BANDS + 1)) * this.#size) / rateHz;
    });
  }

  get columns(): number {
    return this.#columns;
  }

  /** All columns, one after the other, each from the lowest band up. */
  get levels(): Uint8Array {
    return this.#levels;
  }

  push(samples: Int16Array): void {
    for (let at = 0; at < samples.length;) {
      const part = samples.subarray(at, at + this.#hop - this.#fresh);
      this.#recent.copyWithin(0, part.length);
      const from = this.#size - part.length;
      for (let i = 0; i < part.length; i++) this.#recent[from + i] = part[i]! / 32_768;
      this.#fresh += part.length;
      at += part.length;
      if (this.#fresh < this.#hop) continue;
      this.#fresh = 0;
      this.#addColumn();
    }
  }

  #addColumn(): void {
    const at = this.#columns * BANDS;
    if (at === this.#levels.length) {
      const larger = new Uint8Array(2 * at);
      larger.set(this.#levels);
      this.#levels = larger;
    }
    for (let i = 0; i < this.#size; i++) this.#frame[i] = this.#recent[i]! * this.#window[i]!;
    this.#fft.realTransform(this.#spectrum, this.#frame);
    for (let band = 0; band < BANDS; band++) {
      // A sine of full scale has the amplitude size / 4 under this window.
      const db = 10 * Math.log10(this.#power(band) / (this.#size / 4) ** 2 + 1e-12);
      this.#levels[at + band] = Math.max(0, Math.min(255, (255 * (db - FLOOR_DB)) / RANGE_DB));
    }
    this.#columns++;
  }

  /** The power in a band: bins weighted by a triangle; where the band is narrower than a bin, the nearest. */
  #power(band: number): number {
    const [low, peak, high] = [this.#edges[band]!, this.#edges[band + 1]!, this.#edges[band + 2]!];
    let sum = 0;
    let weights = 0;
    for (let bin = Math.ceil(low); bin < high; bin++) {
      const weight = bin < peak ? (bin - low) / (peak - low) : (high - bin) / (high - peak);
      sum += weight * this.#binPower(bin);
      weights += weight;
    }
    return weights > 0 ? sum / weights : this.#binPower(Math.round(peak));
  }

  #binPower(bin: number): number {
    return this.#spectrum[2 * bin]! ** 2 + this.#spectrum[2 * bin + 1]! ** 2;
  }
}
