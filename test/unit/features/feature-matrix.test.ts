import { expect, test } from '@jest/globals';
import { LimitedRows, RowStore, timeMeans } from '../../../src/features/feature-matrix.ts';

/** Appends rows whose every value is the number of its row. */
function fill(store: RowStore, rows: number): void {
  for (let i = 0; i < rows; i++) {
    const row = store.append();
    const offset = store.offset(row);
    store.page(row).fill(row, offset, offset + store.dims);
  }
}

// A few rows, several pages, exactly as many as expected, and so many that they lie in one growing buffer (3.4e7 values).
test.each([
  [0, 3, undefined],
  [5, 3, undefined],
  [50_000, 7, undefined],
  [94, 128, 94],
  [95, 128, 94],
  [33_000, 1_025, undefined],
])('%i rows of %i values come out in their order (expected: %s)', (rows, dims, expected) => {
  const store = new RowStore(dims, expected);
  fill(store, rows);
  const { data, ...shape } = store.release();
  expect(shape).toEqual({ frames: rows, dims });
  expect(data).toHaveLength(rows * dims);
  let wrong = 0;
  for (let i = 0; i < data.length; i++) if (data[i] !== Math.floor(i / dims)) wrong++;
  expect(wrong).toBe(0);
});

test('a drained store begins again with row 0, and what came out stays as it was', () => {
  const store = new RowStore(2, 3);
  fill(store, 4);
  const first = store.drain();
  fill(store, 2);
  expect([...first.data]).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
  expect([...store.drain().data]).toEqual([0, 0, 1, 1]);
  expect(store.drain().frames).toBe(0);
});

test('limited rows are all there or not at all', () => {
  const rows = new LimitedRows(2, 6);
  for (let i = 0; i < 3; i++) rows.add(Float32Array.of(i, -i));
  expect(rows.rows?.rows).toBe(3);
  rows.add(Float32Array.of(3, -3));
  expect(rows.rows).toBeUndefined();
});

test('time means', () => {
  expect([...timeMeans({ data: Float32Array.of(1, 10, 3, 30), frames: 2, dims: 2 })]).toEqual([2, 20]);
  expect([...timeMeans({ data: new Float32Array(0), frames: 0, dims: 2 })]).toEqual([0, 0]);
});
