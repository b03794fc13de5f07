import { FeatureExtractor, type FeatureMatrix } from '../features/index.ts';
import { BLOCK, planClip } from './clip-preparation.ts';
import type { ClipFeatures } from './hearing.ts';
import type { HearingConfig } from './model-config.ts';
import { PagedValues, PagePool } from './paged-values.ts';
import type { SamplePast } from './sample-past.ts';

const ROWS_A_PAGE = 32;

/** What the sounds of one thread share to have their frames heard once each: tables, work space, pages. */
export class FrameHearing {
  readonly features: ClipFeatures;
  readonly pages: PagePool<Float32Array>;
  /** Samples a frame, and how many frames of a clip reach over each of its ends. */
  readonly frameLength: number;
  readonly edgeRows: number;
  /** Frames begin where samples do: what lies around a clip is given along. */
  readonly #extractor: FeatureExtractor;
  #work: Float32Array;

  constructor(features: ClipFeatures) {
    const { nFft } = features.config.features;
    this.features = features;
    this.frameLength = nFft;
    this.edgeRows = Math.ceil(nFft / 2 / BLOCK);
    this.pages = new PagePool(ROWS_A_PAGE * features.dims, (length) => new Float32Array(length));
    this.#extractor = FeatureExtractor.fromConfig({ ...features.config.features, center: false });
    this.#work = new Float32Array(0);
  }

  /**
   * Whether frames of such features can be computed once for all clips that they lie in: they depend on no other frame, a
   * clip's level only scales them, and they lie where its blocks begin.
   */
  static suits({ features: { features, center, padMode, hopLength, nFft }, logFloor }: HearingConfig): boolean {
    const [only, another] = features;
    const isPower = only?.name === 'melspectrogram' && only.decibels === null && only.deltas === 0 && logFloor !== null;
    return isPower && !another && center && padMode === 'constant' && hopLength === BLOCK && nFft % 2 === 0;
  }

  /**
   * The frames around the blocks from `first` on; beyond the samples from `start` to `end` there is silence.
   * @returns shape [count][dims]
   */
  extract(past: SamplePast, first: number, count: number, start: number, end: number): Float32Array {
    const length = (count - 1) * BLOCK + this.frameLength;
    if (length > this.#work.length) this.#work = new Float32Array(length);
    const samples = this.#work.subarray(0, length);
    const origin = first * BLOCK - this.frameLength / 2;
    const from = Math.max(start, origin);
    const to = Math.min(end, origin + length);
    samples.fill(0, 0, from - origin);
    past.read(from, to, samples, from - origin);
    samples.fill(0, to - origin);
    return this.#extractor.extract(samples).data;
  }
}

/**
 * The last while of a sound as frames, each of which is computed when it is first asked for, whatever clips it lies in.
 * Clips are heard as {@link ClipFeatures} hears them.
 */
export class FramePast {
  readonly #hearing: FrameHearing;
  readonly #past: SamplePast;
  readonly #rows: PagedValues<Float32Array>;
  /** The frames that are known: from the one around the beginning of this block to the one before that of the other. */
  #from = 0;
  #to = 0;

  /** @param past blocks of it are as long as those of the features */
  constructor(hearing: FrameHearing, past: SamplePast) {
    this.#hearing = hearing;
    this.#past = past;
    this.#rows = new PagedValues(hearing.pages);
  }

  /** What the model hears of a clip of the sound that is still remembered. */
  hear(start: number, end: number): FeatureMatrix {
    const { features, edgeRows } = this.#hearing;
    const past = this.#past;
    const offset = start / BLOCK;
    const plan = planClip(past.powers(offset, end / BLOCK), features.config);
    const first = offset + plan.first;
    const last = offset + plan.end;
    // The last clip of a sound may end within a block, and one may be shorter than its edges.
    if (start % BLOCK !== 0 || end % BLOCK !== 0 || last - first < 2 * edgeRows)
      return features.hear(past.copy(start, end));
    const { dims } = features;
    const frames = last - first + 1;
    const data = new Float32Array(frames * dims);
    this.#know(offset + edgeRows, end / BLOCK - edgeRows + 1);
    this.#read(first + edgeRows, last - edgeRows + 1, data, edgeRows * dims);
    const edge = (block: number): Float32Array =>
      this.#hearing.extract(past, block, edgeRows, first * BLOCK, last * BLOCK);
    data.set(edge(first), 0);
    data.set(edge(last - edgeRows + 1), (frames - edgeRows) * dims);
    features.takeLogarithm(data, plan.aboveTargetDb, 10 ** (-plan.aboveTargetDb / 10));
    return { data, frames, dims };
  }

  /** Forgets what the sound has forgotten. */
  forget(): void {
    this.#rows.forget(this.#past.forgotten * this.#hearing.features.dims);
    this.#from = Math.max(this.#from, this.#past.forgotten);
  }

  /** Gives all memory back; nothing more is asked for. */
  free(): void {
    this.#rows.restart(0);
  }

  /** Computes those frames of a range that are not known. */
  #know(from: number, to: number): void {
    const { dims } = this.#hearing.features;
    const past = this.#past;
    if (from < this.#from || from > this.#to) {
      this.#rows.restart(from * dims);
      this.#from = from;
      this.#to = from;
    }
    this.forget();
    if (to <= this.#to) return;
    const fresh = this.#hearing.extract(past, this.#to, to - this.#to, 0, Infinity);
    for (let row = this.#to, at = 0; row < to; row++, at += dims) {
      this.#rows.pageOf(row * dims).set(fresh.subarray(at, at + dims), this.#rows.offsetOf(row * dims));
    }
    this.#to = to;
  }

  #read(from: number, to: number, out: Float32Array, at: number): void {
    const { dims } = this.#hearing.features;
    for (let row = from; row < to;) {
      const page = this.#rows.pageOf(row * dims);
      const offset = this.#rows.offsetOf(row * dims);
      const values = Math.min((to - row) * dims, page.length - offset);
      out.set(page.subarray(offset, offset + values), at);
      at += values;
      row += values / dims;
    }
  }
}
