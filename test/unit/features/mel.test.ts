import { describe, expect, test } from '@jest/globals';
import { hzToMel, melFilterBank, melFrequencies, melToHz } from '../../../src/features/mel.ts';

const settings = { nMels: 40, fmin: 0, fmax: null, htk: false, norm: 'slaney' } as const;

describe('mel scales', () => {
  test('Slaney: linear below 1 kHz, 27 steps for a factor of 6.4 above', () => {
    expect(hzToMel(200)).toBeCloseTo(3, 12);
    expect(hzToMel(1_000)).toBeCloseTo(15, 12);
    expect(hzToMel(6_400)).toBeCloseTo(42, 12);
  });

  test('HTK: 1000 Hz is 1000 mel', () => {
    expect(hzToMel(1_000, true)).toBeCloseTo(1_000, 1);
  });

  test.each([false, true])('there and back again (htk %s)', (htk) => {
    for (const hz of [0, 60, 999, 1_000, 1_001, 7_600, 20_000])
      expect(melToHz(hzToMel(hz, htk), htk)).toBeCloseTo(hz, 6);
  });

  test('frequencies reach from fmin to fmax', () => {
    const frequencies = melFrequencies(10, 50, 7_600);
    expect(frequencies[0]).toBeCloseTo(50, 9);
    expect(frequencies[9]).toBeCloseTo(7_600, 9);
  });
});

describe('mel filters', () => {
  test('Slaney norm: every triangle has an area of 1', () => {
    const hzPerBin = 16_000 / 65_536;
    for (const filter of melFilterBank(16_000, 65_536, settings)) {
      expect(filter.reduce((sum, weight) => sum + weight, 0) * hzPerBin).toBeCloseTo(1, 3);
    }
  });

  test('without a norm every triangle peaks at 1', () => {
    for (const filter of melFilterBank(16_000, 65_536, { ...settings, norm: null })) {
      expect(Math.max(...filter)).toBeGreaterThan(0.99);
      expect(Math.max(...filter)).toBeLessThanOrEqual(1);
    }
  });

  test('between the first and the last centre, unnormed triangles add up to 1 everywhere', () => {
    const filters = melFilterBank(16_000, 2_048, { ...settings, norm: null });
    const edges = melFrequencies(42, 0, 8_000);
    for (let bin = 0; bin < 1_025; bin++) {
      const hz = (bin * 16_000) / 2_048;
      if (hz < edges[1]! || hz > edges[40]!) continue;
      expect(filters.reduce((sum, filter) => sum + filter[bin]!, 0)).toBeCloseTo(1, 5);
    }
  });
});
