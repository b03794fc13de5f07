import { describe, expect, test } from '@jest/globals';
import {
  maskSpectrum,
  mixUp,
  readDrawnWindow,
  readWindow,
  warpFrequency,
  type WindowSource,
} from '../../../../src/training/augmentation/index.ts';
import { derivedRandom, symmetricBeta } from '../../../../src/training/random.ts';

/** A clip whose frame f has the value f in its first dim and 2 f in its second. */
function ramp(frames: number): WindowSource {
  const data = Float16Array.from({ length: 2 * frames }, (_, i) => (1 + (i % 2)) * Math.floor(i / 2));
  return { data, frames, dims: 2 };
}

/** The first dim over time. */
const places = (window: Float32Array): number[] => Array.from(window).filter((_, i) => i % 2 === 0);

describe('windows', () => {
  test('frames are read with the rate asked for, between frames on a straight line', () => {
    const window = new Float32Array(2 * 5);
    expect(readWindow(ramp(20), window, 2.5, 1.25, 'repeat')).toBe(5);
    expect(places(window)).toEqual([2.5, 3.75, 5, 6.25, 7.5]);
    expect(window[1]).toBe(5);
  });

  test('a clip shorter than the window begins again, or zeros follow', () => {
    const window = new Float32Array(2 * 8).fill(9);
    expect(readWindow(ramp(3), window, 0, 1, 'repeat')).toBe(3);
    expect(places(window)).toEqual([0, 1, 2, 0, 1, 2, 0, 1]);
    expect(readWindow(ramp(3), window, 0, 1, 'zero')).toBe(3);
    expect(places(window)).toEqual([0, 1, 2, 0, 0, 0, 0, 0]);
    expect(readWindow(ramp(3), window, 1, 0.5, 'zero')).toBe(4);
    // After the last frame there is nothing to come nearer to.
    expect(places(window)).toEqual([1, 1.5, 2, 2, 0, 0, 0, 0]);
    expect(readWindow(ramp(1), window, 0, 1.25, 'repeat')).toBe(1);
    expect(places(window)).toEqual(Array(8).fill(0));
  });

  test('a drawn window lies anywhere in the clip, never beyond it, at every rate', () => {
    const source = ramp(100);
    const window = new Float32Array(2 * 40);
    const random = derivedRandom('windows');
    const rates: number[] = [];
    const starts: number[] = [];
    for (let i = 0; i < 300; i++) {
      expect(readDrawnWindow(source, window, { stretch: [0.8, 1.25], padding: 'zero' }, random)).toBe(40);
      const read = places(window);
      expect(read[39]!).toBeLessThan(100);
      starts.push(read[0]!);
      rates.push((read[39]! - read[0]!) / 39);
    }
    expect(Math.min(...rates)).toBeGreaterThan(0.799);
    expect(Math.min(...rates)).toBeLessThan(0.82);
    expect(Math.max(...rates)).toBeGreaterThan(1.23);
    expect(Math.max(...rates)).toBeLessThan(1.251);
    expect(Math.min(...starts)).toBeLessThan(3);
    expect(Math.max(...starts)).toBeGreaterThan(55);
  });

  test('a short clip is read from its beginning, and stretched too', () => {
    const window = new Float32Array(2 * 100);
    const lengths = Array.from({ length: 100 }, (_, i) => {
      const settings = { stretch: [0.8, 1.25], padding: 'zero' } as const;
      const whole = readDrawnWindow(ramp(40), window, settings, derivedRandom(i));
      expect(window[0]).toBe(0);
      expect(places(window).slice(whole)).toEqual(Array(100 - whole).fill(0));
      return whole;
    });
    expect(Math.min(...lengths)).toBe(33);
    expect(Math.max(...lengths)).toBe(50);
  });

  test('the same generator draws the same window', () => {
    const [a, b] = [new Float32Array(2 * 30), new Float32Array(2 * 30)];
    const settings = { stretch: [0.8, 1.25], padding: 'repeat' } as const;
    readDrawnWindow(ramp(90), a, settings, derivedRandom(5));
    readDrawnWindow(ramp(90), b, settings, derivedRandom(5));
    expect(a).toEqual(b);
  });
});

describe('frequency warp', () => {
  const DIMS = 64;
  const peakOf = (frame: Float32Array): number => frame.indexOf(Math.max(...frame));

  test.each([
    [0.9, 27, 30],
    [1.1, 33, 30],
    [1, 20, 20],
    [0.5, 10, 20],
  ])('times %f, a peak at dim %i comes to dim %i', (factor, from, to) => {
    const window = new Float32Array(3 * DIMS);
    window[DIMS + from] = 1;
    warpFrequency(window, DIMS, factor);
    expect(peakOf(window.subarray(DIMS, 2 * DIMS))).toBe(to);
    expect(window.subarray(0, DIMS).every((value) => value === 0)).toBe(true);
    expect(window.subarray(2 * DIMS).every((value) => value === 0)).toBe(true);
  });

  test.each([0.87, 0.93, 1.05, 1.2])('times %f, a slope gets another steepness, level above the last dim', (factor) => {
    const window = Float32Array.from({ length: 2 * DIMS }, (_, i) => i % DIMS);
    warpFrequency(window, DIMS, factor);
    for (let i = 0; i < window.length; i++) {
      expect(window[i]).toBeCloseTo(Math.min(DIMS - 1, (i % DIMS) * factor), 4);
    }
  });
});

describe('masks', () => {
  const shape = { dims: 8, views: 2 };
  const settings = { timeMasks: 1, timeFrames: 5, frequencyMasks: 1, frequencyDims: 3 };
  const TIME = 30;

  /** Masks a window of ones: which frames are all 0, and which columns. */
  function mask(
    seed: number,
    change: Partial<typeof settings> = {},
  ): { window: Float32Array; frames: number[]; columns: number[] } {
    const window = new Float32Array(TIME * 16).fill(1);
    maskSpectrum(window, shape, { ...settings, ...change }, derivedRandom(seed));
    const isMasked = (row: number, column: number): boolean => window[row * 16 + column] === 0;
    const rows = Array.from({ length: TIME }, (_, row) => row);
    const columns = Array.from({ length: 16 }, (_, column) => column);
    return {
      window,
      frames: rows.filter((row) => columns.every((column) => isMasked(row, column))),
      columns: columns.filter((column) => rows.every((row) => isMasked(row, column))),
    };
  }

  const isRun = (numbers: number[]): boolean => numbers.every((n, i) => i === 0 || n === numbers[i - 1]! + 1);

  test('one run of frames and one band in each view, within their limits; the rest stays', () => {
    const seen = { frames: new Set<number>(), columns: new Set<number>() };
    for (let seed = 0; seed < 200; seed++) {
      const { window, frames, columns } = mask(seed);
      expect(frames.length).toBeLessThanOrEqual(5);
      expect(isRun(frames)).toBe(true);
      const first = columns.filter((column) => column < 8);
      expect(first.length).toBeLessThanOrEqual(3);
      expect(isRun(first)).toBe(true);
      expect(columns.slice(first.length)).toEqual(first.map((column) => column + 8));
      const kept = (TIME - frames.length) * (16 - columns.length);
      expect(window.reduce((sum, value) => sum + value, 0)).toBe(kept);
      for (const frame of frames) seen.frames.add(frame);
      for (const column of columns) seen.columns.add(column);
    }
    expect(seen.frames.size).toBe(TIME);
    expect(seen.columns.size).toBe(16);
  });

  test('no masks, and masks longer than the window, are no trouble', () => {
    expect(mask(1, { timeMasks: 0, frequencyMasks: 0 }).window.every((value) => value === 1)).toBe(true);
    expect(mask(1, { timeFrames: 1_000, frequencyDims: 1_000 }).window).toHaveLength(TIME * 16);
  });

  test('the same generator draws the same masks', () => {
    expect(mask(4).window).toEqual(mask(4).window);
    expect(mask(4).window).not.toEqual(mask(5).window);
  });
});

describe('mixtures', () => {
  /** Row r of the inputs is all r, of the targets the label r. */
  const batchOf = (rows: number) => ({
    inputs: Float32Array.from({ length: rows * 4 }, (_, i) => Math.floor(i / 4)),
    targets: Float32Array.from({ length: rows * rows }, (_, i) => (i % rows === Math.floor(i / rows) ? 1 : 0)),
    allowed: Float32Array.from({ length: rows * 2 }, (_, i) => (i < rows ? 1 - (i % 2) : 1)),
  });

  test('inputs and labels of a pair are mixed with the same weights, the nearer one first', () => {
    const batch = batchOf(5);
    mixUp(batch, 5, 0.4, derivedRandom('mix'));
    for (const [row, partner] of [
      [0, 4],
      [1, 3],
      [3, 1],
      [4, 0],
    ] as const) {
      const own = batch.targets[row * 5 + row]!;
      expect(own).toBeGreaterThanOrEqual(0.5);
      expect(batch.targets[row * 5 + partner]).toBeCloseTo(1 - own, 6);
      for (let i = 0; i < 4; i++) expect(batch.inputs[row * 4 + i]).toBeCloseTo(own * row + (1 - own) * partner, 5);
    }
    expect(Array.from(batch.inputs.subarray(8, 12))).toEqual([2, 2, 2, 2]);
    expect(batch.targets[2 * 5 + 2]).toBe(1);
    // Rows 0 and 1 allow the first label alone, their partners both.
    expect(Array.from(batch.allowed.subarray(0, 4))).toEqual([1, 1, 1, 1]);
  });

  test.each([0.2, 1, 5])('Beta with the shape %f has its mean and its variance', (shape) => {
    const random = derivedRandom(shape);
    const draws = Array.from({ length: 20_000 }, () => symmetricBeta(random, shape));
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
    expect(variance / (1 / (4 * (2 * shape + 1)))).toBeCloseTo(1, 1);
    expect(draws.every((x) => x >= 0 && x <= 1)).toBe(true);
  });

  test('a shape near 0 is a coin', () => {
    const random = derivedRandom('coin');
    const draws = Array.from({ length: 200 }, () => symmetricBeta(random, 1e-5));
    expect(new Set(draws)).toEqual(new Set([0, 1]));
  });
});
