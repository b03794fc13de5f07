/** Numbers over time: row-major, `frames` rows of `dims` values each. */
export interface FeatureMatrix {
  readonly data: Float32Array;
  readonly frames: number;
  readonly dims: number;
}

/**
 * Rows of unknown number, kept in pages of fixed size: growing never copies what is there, so that an hour of
 * features needs its own size in memory and not twice that.
 */
export class RowStore {
  readonly dims: number;
  readonly #rowsPerPage: number;
  readonly #pages: Float32Array[] = [];
  #rows = 0;

  constructor(dims: number, rowsPerPage = Math.max(1, Math.floor(65_536 / dims))) {
    this.dims = dims;
    this.#rowsPerPage = rowsPerPage;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Appends a row, whose values are left to the caller, and returns its number. */
  append(): number {
    const row = this.#rows++;
    if (row === this.#pages.length * this.#rowsPerPage) {
      this.#pages.push(new Float32Array(this.#rowsPerPage * this.dims));
    }
    return row;
  }

  /** The page that holds `row`. */
  page(row: number): Float32Array {
    return this.#pages[Math.floor(row / this.#rowsPerPage)]!;
  }

  /** The index of the first value of `row` in its page. */
  offset(row: number): number {
    return (row % this.#rowsPerPage) * this.dims;
  }

  /** Copies all rows out and empties the store. It keeps its pages for the next rows. */
  drain(): FeatureMatrix {
    return this.#moveOut();
  }

  /** Moves all rows out and frees each page once it is copied, so that the peak is one page above the result. */
  release(): FeatureMatrix {
    const matrix = this.#moveOut(free);
    this.#pages.length = 0;
    return matrix;
  }

  #moveOut(afterCopy: (page: Float32Array) => void = () => undefined): FeatureMatrix {
    const frames = this.#rows;
    const data = new Float32Array(frames * this.dims);
    const pageLength = this.#rowsPerPage * this.dims;
    for (let index = 0, at = 0; at < data.length; index++, at += pageLength) {
      const page = this.#pages[index]!;
      data.set(data.length - at < pageLength ? page.subarray(0, data.length - at) : page, at);
      afterCopy(page);
    }
    this.#rows = 0;
    return { data, frames, dims: this.dims };
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
