/** Numbers over time: row-major, `frames` rows of `dims` values each. */
export interface FeatureMatrix {
  readonly data: Float32Array;
  readonly frames: number;
  readonly dims: number;
}

const FIRST_PAGE_VALUES = 2 ** 16;
/** Up to here (32 MB) rows lie in pages; beyond, all lie in one buffer that grows in place. */
const PAGED_VALUES = 2 ** 23;
/** How far that buffer can grow: address space, of which only what is used becomes memory. */
const MOST_BYTES = 2 ** 33;
const GROWTH_VALUES = 2 ** 22;

/** Consecutive rows in one piece of memory. */
interface Page {
  readonly firstRow: number;
  readonly data: Float32Array;
}

/**
 * Rows of unknown number. Few rows lie in pages, each as large as all before it; many in one buffer that grows in
 * place, so that an hour of features needs its own size in memory and not twice that.
 */
export class RowStore {
  readonly dims: number;
  readonly #firstPageRows: number;
  #pages: Page[] = [];
  #growing: ArrayBuffer | undefined;
  #capacity = 0;
  #rows = 0;

  /** @param expectedRows as many rows come most likely; exactly as many are moved out without a copy */
  constructor(dims: number, expectedRows = Math.ceil(FIRST_PAGE_VALUES / dims)) {
    this.dims = dims;
    this.#firstPageRows = Math.max(1, expectedRows);
  }

  get rows(): number {
    return this.#rows;
  }

  /** Appends a row, whose values are left to the caller, and returns its number. */
  append(): number {
    if (this.#rows === this.#capacity) this.#grow();
    return this.#rows++;
  }

  #grow(): void {
    const { dims } = this;
    if (this.#capacity * dims >= PAGED_VALUES) {
      this.#growInPlace();
      return;
    }
    const rows = this.#capacity === 0 ? this.#firstPageRows : this.#capacity;
    this.#pages.push({ firstRow: this.#capacity, data: new Float32Array(rows * dims) });
    this.#capacity += rows;
  }

  #growInPlace(): void {
    this.#capacity += Math.ceil(GROWTH_VALUES / this.dims);
    const bytes = this.#capacity * this.dims * 4;
    if (this.#growing) {
      this.#growing.resize(bytes);
      return;
    }
    this.#growing = new ArrayBuffer(bytes, { maxByteLength: MOST_BYTES });
    const data = new Float32Array(this.#growing); // its length follows the buffer's
    for (const page of this.#pages) data.set(page.data, page.firstRow * this.dims);
    this.#pages = [{ firstRow: 0, data }];
  }

  #pageOf(row: number): Page {
    let index = this.#pages.length - 1;
    while (this.#pages[index]!.firstRow > row) index--;
    return this.#pages[index]!;
  }

  /** The piece of memory that holds `row`. */
  page(row: number): Float32Array {
    return this.#pageOf(row).data;
  }

  /** The index of the first value of `row` in its piece of memory. */
  offset(row: number): number {
    return (row - this.#pageOf(row).firstRow) * this.dims;
  }

  /** Copies all rows out and empties the store. It keeps its memory for the next rows. */
  drain(): FeatureMatrix {
    const matrix = this.#copyOut();
    this.#rows = 0;
    return matrix;
  }

  /** Moves all rows out, where they lie in one piece without a copy. The store must not be used afterwards. */
  release(): FeatureMatrix {
    const { dims } = this;
    const frames = this.#rows;
    this.#growing?.resize(frames * dims * 4);
    const [only, another] = this.#pages;
    const isWhole = only && !another && only.data.length === frames * dims;
    return isWhole ? { data: only.data, frames, dims } : this.#copyOut();
  }

  #copyOut(): FeatureMatrix {
    const { dims } = this;
    const frames = this.#rows;
    const out = new Float32Array(frames * dims);
    for (const { firstRow, data } of this.#pages) {
      const values = Math.min(data.length, (frames - firstRow) * dims);
      if (values > 0) out.set(values < data.length ? data.subarray(0, values) : data, firstRow * dims);
    }
    return { data: out, frames, dims };
  }
}

/** The rows of a recording, as long as they are few enough to be worth keeping. */
export class LimitedRows {
  #store: RowStore | undefined;
  readonly #mostRows: number;

  constructor(dims: number, mostValues: number, expectedRows?: number) {
    this.#mostRows = Math.floor(mostValues / dims);
    this.#store = new RowStore(dims, expectedRows === undefined ? undefined : Math.min(expectedRows, this.#mostRows));
  }

  /** Keeps a row; beyond the limit it gives all rows up and keeps none. */
  add(row: Float32Array): void {
    if (this.#store?.rows === this.#mostRows) this.#store = undefined;
    if (!this.#store) return;
    const index = this.#store.append();
    this.#store.page(index).set(row, this.#store.offset(index));
  }

  /** All rows, or nothing where they were too many. */
  get rows(): RowStore | undefined {
    return this.#store;
  }
}

/** The mean over time of every dimension, shape [dims]; zeros for a matrix without frames. */
export function timeMeans({ data, frames, dims }: FeatureMatrix): Float64Array {
  const means = new Float64Array(dims);
  for (let row = 0, at = 0; row < frames; row++) {
    for (let dim = 0; dim < dims; dim++) means[dim]! += data[at++]!;
  }
  return means.map((sum) => sum / Math.max(1, frames));
}
