import { describe, expect, test } from '@jest/globals';
import { reduceEnvelope, RunningEnvelope } from '../../../src/pictures/envelope.ts';

const saw = (length: number) => Float32Array.from({ length }, (_, index) => ((index * 7919) % 10_007) / 10_007 - 0.5);

describe('reduceEnvelope', () => {
  test('keeps the lowest and highest value of each part', () => {
    const samples = [1, -1, 0, 5, NaN, 2, -3, 0, 0, 4];
    const { min, max } = reduceEnvelope({ min: samples, max: samples }, 5);
    expect([Array.from(min), Array.from(max)]).toEqual([
      [-1, 0, 2, -3, 0],
      [1, 5, 2, 0, 4],
    ]);
  });

  test('makes no parts that there are no values for', () => {
    expect(reduceEnvelope({ min: [1], max: [2] }, 800)).toEqual({ min: Float32Array.of(1), max: Float32Array.of(2) });
    expect(reduceEnvelope({ min: [], max: [] }, 800).min).toHaveLength(0);
  });
});

describe('RunningEnvelope', () => {
  test('a short signal is kept whole', () => {
    const running = new RunningEnvelope();
    running.add(saw(500));
    expect(running.envelope()).toEqual({ min: saw(500), max: saw(500) });
  });

  test.each([8192, 8193, 100_000, 1_000_000])('%d samples: the same as at once, however they arrive', (length) => {
    const samples = saw(length);
    const running = new RunningEnvelope();
    for (let at = 0, size = 1; at < length; at += size, size = (size * 3) % 1009) {
      running.add(samples.subarray(at, at + size));
    }
    const perPart = 2 ** Math.max(0, Math.ceil(Math.log2(length / 8192)));
    const { min, max } = running.envelope();
    expect(running.samples).toBe(length);
    expect(min).toHaveLength(Math.ceil(length / perPart));
    for (let part = 0; part < min.length; part += 97) {
      const own = samples.subarray(part * perPart, (part + 1) * perPart);
      expect([min[part], max[part]]).toEqual([Math.min(...own), Math.max(...own)]);
    }
  });
});
