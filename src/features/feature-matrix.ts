/** Numbers over time: row-major, `frames` rows of `dims` values each. */
export interface FeatureMatrix {
  readonly data: Float32Array;
  readonly frames: number;
  readonly dims: number;
}

const FIRST_PAGE_VALUES = 2 ** 16;
/** Above this size an allocator gives a page of its own back to the system as soon as it is freed. */
const LARGEST_PAGE_VALUES = 10 * 2 ** 20;

/** Consecutive rows in one piece of memory. */
interface Page {
  readonly firstRow: number;
  readonly data: Float32Array;
}

/**
 * Rows of unknown number, kept in pages that grow with their number: appending never copies what is there, so that an
 * hour of features needs its own size in memory and not twice that.
 */
export class RowStore {
  readonly dims: number;
  readonly #pages: Page[] = [];
  readonly #firstPageRows: number;
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
    if (this.#rows === this.#capacity) this.#addPage();
    return this.#rows++;
  }

  #addPage(): void {
    const wanted = this.#capacity === 0 ? this.#firstPageRows : this.#capacity;
    const rows = Math.min(wanted, Math.max(1, Math.floor(LARGEST_PAGE_VALUES / this.dims)));
    this.#pages.push({ firstRow: this.#capacity, data: new Float32Array(rows * this.dims) });
    this.#capacity += rows;
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

  /** Copies all rows out and empties the store. It keeps its pages for the next rows. */
  drain(): FeatureMatrix {
    const matrix = this.#copyOut(() => undefined);
    this.#rows = 0;
    return matrix;
  }

  /** Moves all rows out and frees each page as soon as it is copied, so that the peak is one page above the result. */
  release(): FeatureMatrix {
    const [only, another] = this.#pages;
    const isWhole = only && !another && only.data.length === this.#rows * this.dims;
    const matrix = isWhole ? { data: only.data, frames: this.#rows, dims: this.dims } : this.#copyOut(free);
    this.#pages.length = 0;
    this.#rows = 0;
    this.#capacity = 0;
    return matrix;
  }

  #copyOut(afterCopy: (page: Float32Array) => void): FeatureMatrix {
    const { dims } = this;
    const frames = this.#rows;
    const out = new Float32Array(frames * dims);
    for (const { firstRow, data } of this.#pages) {
      const values = Math.min(data.length, (frames - firstRow) * dims);
      if (values > 0) out.set(values < data.length ? data.subarray(0, values) : data, firstRow * dims);
      afterCopy(data);
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

/** Gives the memory of a page back at once; the garbage collector would do it some day. */
function free(page: Float32Array): void {
  (page.buffer as ArrayBuffer).transfer(0);
}

/** The mean over time of every dimension, shape [dims]; zeros for a matrix without frames. */
export function timeMeans({ data, frames, dims }: FeatureMatrix): Float64Array {
  const means = new Float64Array(dims);
  for (let row = 0, at = 0; row < frames; row++) {
    for (let dim = 0; dim < dims; dim++) means[dim]! += data[at++]!;
  }
  return means.map((sum) => sum / Math.max(1, frames));
}
