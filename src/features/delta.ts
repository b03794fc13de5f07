import { UndertoneError } from '../errors.ts';
import { RowStore, type FeatureMatrix } from './feature-matrix.ts';

/** What stands beyond the ends: `interp` fits the first and last whole window, `nearest` repeats the edge frames. */
export type DeltaMode = 'interp' | 'nearest';

/** Columns of a row that derivatives over time are wanted of. */
export interface DeltaBlock {
  readonly column: number;
  readonly dims: number;
  /** Orders of derivatives to append after the block: 0, 1, 2, ... */
  readonly orders: number;
  /** Frames under the fit; odd. */
  readonly width: number;
  readonly mode: DeltaMode;
}

/**
 * Weights of the Savitzky-Golay filter (1964) for derivative `order` of a polynomial of that degree, shape [width].
 * The highest coefficient of a least-squares fit is the projection on the orthogonal polynomial of that degree.
 */
export function deltaWeights(width: number, order: number): Float64Array {
  const half = (width - 1) / 2;
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const basis: Float64Array[] = [];
  for (let degree = 0; degree <= order; degree++) {
    const power = Float64Array.from({ length: width }, (_, i) => (i - half) ** degree);
    const orthogonal = basis.reduce((rest, lower) => {
      const share = dot(power, lower) / dot(lower, lower);
      return rest.map((value, i) => value - share * lower[i]!);
    }, power);
    basis.push(orthogonal);
  }
  const highest = basis[order]!;
  let factorial = 1;
  for (let i = 2; i <= order; i++) factorial *= i;
  const scale = factorial / dot(highest, highest);
  return highest.map((value) => value * scale);
}

/** Appends derivatives to rows that arrive one by one: a row leaves when the frames after it are known. */
export class DeltaExpander {
  readonly dims: number;
  readonly #inputDims: number;
  readonly #blocks: readonly (DeltaBlock & { readonly weights: readonly Float64Array[] })[];
  readonly #out: RowStore;
  readonly #ring: Float32Array;
  readonly #ringRows: number;
  readonly #lookahead: number;
  readonly #rowsToBegin: number;
  #received = 0;
  #emitted = 0;

  constructor(inputDims: number, blocks: readonly DeltaBlock[], out: RowStore) {
    this.#inputDims = inputDims;
    this.#blocks = blocks.map((block) => ({
      ...block,
      weights: Array.from({ length: block.orders }, (_, i) => deltaWeights(block.width, i + 1)),
    }));
    this.dims = expandedDims(blocks);
    this.#out = out;
    const active = blocks.filter((block) => block.orders > 0);
    this.#ringRows = Math.max(1, ...active.map((block) => block.width));
    this.#lookahead = (this.#ringRows - 1) / 2;
    this.#rowsToBegin = Math.max(1, ...active.filter(({ mode }) => mode === 'interp').map(({ width }) => width));
    this.#ring = new Float32Array(this.#ringRows * inputDims);
  }

  /** Takes the row that starts at `offset`, and emits the rows that it completes. */
  push(values: Float32Array, offset: number): void {
    const to = (this.#received++ % this.#ringRows) * this.#inputDims;
    for (let i = 0; i < this.#inputDims; i++) this.#ring[to + i] = values[offset + i]!;
    if (this.#received < this.#rowsToBegin) return;
    while (this.#emitted + this.#lookahead < this.#received) this.#emit();
  }

  /**
   * Emits the rows that waited for frames after them.
   * @throws UndertoneError FEATURE_CONFIG_INVALID where `interp` has fewer frames than its window.
   */
  finish(): void {
    if (this.#received > 0 && this.#received < this.#rowsToBegin) {
      throw new UndertoneError('FEATURE_CONFIG_INVALID', {
        subject: 'deltaWidth',
        problem: `derivatives over ${this.#rowsToBegin} frames were asked of ${this.#received} frames`,
        remedy: 'Use a shorter deltaWidth, a longer recording, or deltaMode "nearest".',
      });
    }
    while (this.#emitted < this.#received) this.#emit();
  }

  #emit(): void {
    const frame = this.#emitted++;
    const row = this.#out.append();
    const out = this.#out.page(row);
    let at = this.#out.offset(row);
    for (const block of this.#blocks) {
      const from = this.#ringOffset(frame) + block.column;
      for (let i = 0; i < block.dims; i++) out[at++] = this.#ring[from + i]!;
      for (const weights of block.weights) {
        this.#writeDerivative(block, weights, frame, out, at);
        at += block.dims;
      }
    }
  }

  #writeDerivative(block: DeltaBlock, weights: Float64Array, frame: number, out: Float32Array, at: number): void {
    const half = (block.width - 1) / 2;
    const last = this.#received - 1;
    const centre = block.mode === 'interp' ? Math.max(half, Math.min(frame, last - half)) : frame;
    for (let i = 0; i < block.dims; i++) {
      let sum = 0;
      for (let j = 0; j < block.width; j++) {
        const neighbour = Math.max(0, Math.min(last, centre + j - half));
        sum += weights[j]! * this.#ring[this.#ringOffset(neighbour) + block.column + i]!;
      }
      out[at + i] = sum;
    }
  }

  #ringOffset(frame: number): number {
    return (frame % this.#ringRows) * this.#inputDims;
  }
}

/** Values a row once all derivatives are appended. */
export function expandedDims(blocks: readonly DeltaBlock[]): number {
  return blocks.reduce((sum, { dims, orders }) => sum + dims * (orders + 1), 0);
}

/** Appends derivatives to all rows of a matrix; the matrix itself where there are none to append. */
export function expandDeltas(matrix: FeatureMatrix, blocks: readonly DeltaBlock[]): FeatureMatrix {
  if (blocks.every(({ orders }) => orders === 0)) return matrix;
  const out = new RowStore(expandedDims(blocks));
  const expander = new DeltaExpander(matrix.dims, blocks, out);
  for (let row = 0; row < matrix.frames; row++) expander.push(matrix.data, row * matrix.dims);
  expander.finish();
  return out.release();
}

/**
 * Derivative over time of every dimension, as `librosa.feature.delta`: a Savitzky-Golay fit of degree `order` over
 * `width` frames. Same shape as the input.
 * @throws UndertoneError FEATURE_CONFIG_INVALID for an even width, or fewer frames than the width in mode `interp`.
 */
export function delta(
  matrix: FeatureMatrix,
  { width = 9, order = 1, mode = 'interp' }: { width?: number; order?: number; mode?: DeltaMode } = {},
): FeatureMatrix {
  if (!Number.isInteger(width) || width < 3 || width % 2 === 0 || order < 1 || order >= width) {
    throw new UndertoneError('FEATURE_CONFIG_INVALID', {
      subject: 'delta',
      problem: `width ${width} with order ${order} is impossible`,
      remedy: 'Use an odd width of at least 3 and an order from 1 to width - 1.',
    });
  }
  const block = { column: 0, dims: matrix.dims, orders: order, width, mode };
  const { data, frames, dims } = expandDeltas(matrix, [block]);
  const out = new Float32Array(frames * matrix.dims);
  const skip = order * matrix.dims;
  for (let row = 0; row < frames; row++) {
    out.set(data.subarray(row * dims + skip, (row + 1) * dims), row * matrix.dims);
  }
  return { data: out, frames, dims: matrix.dims };
}
