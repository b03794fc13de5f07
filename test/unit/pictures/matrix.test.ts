import { describe, expect, test } from '@jest/globals';
import { checkMatrix, finiteRange, reduceFrames, scaleAroundMedian } from '../../../src/pictures/matrix.ts';

const matrix = (rows: readonly (readonly number[])[]) => ({
  data: Float32Array.from(rows.flat()),
  frames: rows.length,
  dims: rows[0]?.length ?? 0,
});

describe('reduceFrames', () => {
  const five = matrix([
    [1, 10],
    [3, 0],
    [NaN, 2],
    [5, 6],
    [NaN, 7],
  ]);

  test('joins runs, skips NaN, and leaves NaN where there is nothing else', () => {
    expect(Array.from(reduceFrames(five, 3, 'mean').matrix.data)).toEqual([2, 5, 5, 4, NaN, 7]);
    expect(Array.from(reduceFrames(five, 3, 'max').matrix.data)).toEqual([3, 10, 5, 6, NaN, 7]);
    expect(reduceFrames(five, 3, 'max').run).toBe(2);
  });

  test('leaves a matrix that fits as it is', () => {
    expect(reduceFrames(five, 5, 'mean')).toEqual({ matrix: five, run: 1 });
  });

  test('-Infinity (the level of silence) stays lowest', () => {
    const silent = matrix([[-Infinity], [-Infinity]]);
    expect(Array.from(reduceFrames(silent, 1, 'max').matrix.data)).toEqual([-Infinity]);
  });
});

describe('scaleAroundMedian', () => {
  const scaled = (values: readonly number[]) =>
    Array.from(scaleAroundMedian(matrix(values.map((value) => [value]))).data);

  test('the result does not depend on a dim’s size or place', () => {
    const values = Array.from({ length: 101 }, (_, index) => Math.sin(index * 7.3));
    const moved = scaled(values.map((value) => -500 + 80 * value));
    scaled(values).forEach((value, index) => {
      expect(moved[index]).toBeCloseTo(value, 4);
    });
  });

  test('for 0..100 the median 50 is 0, and the 5th and 95th percentile are -1 and 1', () => {
    const values = scaled(Array.from({ length: 101 }, (_, index) => index));
    expect([values[50], values[5], values[95]]).toEqual([0, -1, 1]);
    expect(values.filter((value) => Math.abs(value) <= 1)).toHaveLength(91);
  });

  test('an outlier changes nothing for the others', () => {
    const values = Array.from({ length: 101 }, (_, index) => index);
    expect(scaled([...values.slice(0, 100), 1e6]).slice(0, 100)).toEqual(scaled(values).slice(0, 100));
  });

  test('a short event in long silence reaches 1, and what never moves is 0', () => {
    expect(scaled([...new Array<number>(99).fill(-3), 5]).at(-1)).toBe(1);
    expect(scaled([4, 4, 4])).toEqual([0, 0, 0]);
    expect(scaled([NaN, 4])).toEqual([NaN, 0]);
  });
});

test('finiteRange sees finite values only', () => {
  expect(finiteRange([NaN, 3, -Infinity, -2, Infinity])).toEqual([-2, 3]);
  expect(finiteRange([NaN])).toBeUndefined();
});

test('a matrix of another size than it says is refused by name', () => {
  const wrong = { data: new Float32Array(5), frames: 2, dims: 3 };
  expect(() => {
    checkMatrix('mfcc', wrong);
  }).toThrow(expect.objectContaining({ code: 'PICTURE_INVALID', subject: 'mfcc' }));
});
