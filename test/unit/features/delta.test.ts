import { describe, expect, test } from '@jest/globals';
import { delta, deltaWeights } from '../../../src/features/delta.ts';

const matrix = (rows: number[][]) => ({
  data: Float32Array.from(rows.flat()),
  frames: rows.length,
  dims: rows[0]!.length,
});

describe('derivatives over time', () => {
  const t = Array.from({ length: 20 }, (_, i) => i);

  test('of a line is its slope everywhere, edges included', () => {
    const { data } = delta(matrix(t.map((i) => [3 * i + 1, -2 * i])));
    t.forEach((i) => {
      expect(data[2 * i]).toBeCloseTo(3, 5);
      expect(data[2 * i + 1]).toBeCloseTo(-2, 5);
    });
  });

  test('the second one of a parabola is its curvature', () => {
    const { data } = delta(matrix(t.map((i) => [i * i])), { order: 2 });
    for (const value of data) expect(value).toBeCloseTo(2, 4);
  });

  test('the third one of a cubic is constant too', () => {
    const { data } = delta(matrix(t.map((i) => [i ** 3])), { order: 3, width: 7 });
    for (const value of data) expect(value).toBeCloseTo(6, 2);
  });

  test('nearest: flattens towards the edges, where values repeat', () => {
    const { data } = delta(matrix(t.map((i) => [i])), { mode: 'nearest', width: 3 });
    expect([...data.slice(0, 2)]).toEqual([0.5, 1]);
    expect(data[19]).toBe(0.5);
  });

  test('weights of the first derivative are j / sum j^2', () => {
    expect([...deltaWeights(5, 1)]).toEqual([-0.2, -0.1, 0, 0.1, 0.2]);
  });

  test('interp needs as many frames as its window; the error says what to do', () => {
    expect(() => delta(matrix(t.slice(0, 8).map((i) => [i])))).toThrow(/9 frames were asked of 8.*nearest/);
    expect(delta(matrix(t.slice(0, 8).map((i) => [i])), { mode: 'nearest' }).frames).toBe(8);
  });

  test.each([[{ width: 4 }], [{ width: 1 }], [{ order: 0 }], [{ order: 9 }]])(
    'impossible settings are refused: %j',
    (settings) => {
      expect(() => delta(matrix(t.map((i) => [i])), settings)).toThrow(/impossible/);
    },
  );
});
