import { describe, expect, test } from '@jest/globals';
import { categoryAxis, linearAxis, melAxis, PITCH_CLASSES, timeAxis } from '../../../src/pictures/axes.ts';
import { estimateTextWidth } from '../../../src/pictures/text.ts';

describe('timeAxis', () => {
  test.each([
    [500, 'Time (s)', '0.00', '0.05', '0.50'],
    [3_000, 'Time (s)', '0.0', '0.2', '3.0'],
    [60_000, 'Time (s)', '0', '5', '60'],
    [90_000, 'Time (min:s)', '0:00', '0:10', '1:30'],
    [3_600_000, 'Time (h:min:s)', '0:00:00', '0:05:00', '1:00:00'],
  ])('%d ms', (durationMs, label, first, second, last) => {
    const axis = timeAxis(durationMs);
    const ticks = axis.ticks(824);
    expect(axis.label).toBe(label);
    expect([ticks[0]!.label, ticks[1]!.label, ticks.at(-1)!.label]).toEqual([first, second, last]);
    expect(ticks.at(-1)!.at).toBeCloseTo(durationMs, 6);
  });

  test('a label says the time at which it stands', () => {
    const seconds = (label: string) => label.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
    for (const durationMs of [40, 730, 8_200, 61_000, 754_321, 5_000_000, 90_000_000]) {
      const ticks = timeAxis(durationMs).ticks(824);
      expect(ticks.length).toBeGreaterThan(3);
      for (const { at, label } of ticks) expect(seconds(label)).toBeCloseTo(at / 1000, 6);
    }
  });

  test.each([180, 480, 824, 1_900])('labels never touch on %d px', (widthPx) => {
    for (let durationMs = 5; durationMs < 4e8; durationMs *= 1.07) {
      const axis = timeAxis(durationMs);
      const ticks = axis.ticks(widthPx);
      for (let index = 1; index < ticks.length; index++) {
        const apart = ((ticks[index]!.at - ticks[index - 1]!.at) / durationMs) * widthPx;
        expect(apart).toBeGreaterThan(estimateTextWidth(ticks[index]!.label, { sizePx: 10.5 }));
      }
    }
  });

  test.each([0, -1, NaN, Infinity])('%d ms still make an axis', (durationMs) => {
    expect(timeAxis(durationMs).domain).toEqual([0, 1000]);
  });
});

describe('melAxis', () => {
  const htk = (hz: number) => 2595 * Math.log10(1 + hz / 700);
  const htkCentres = (bands: number, low: number, high: number) =>
    Float64Array.from({ length: bands }, (_, band) => {
      const mel = htk(low) + ((htk(high) - htk(low)) * (band + 1)) / (bands + 1);
      return 700 * (10 ** (mel / 2595) - 1);
    });

  test('puts a frequency where the mel scale puts it', () => {
    const ticks = melAxis(htkCentres(128, 0, 8000)).ticks(148);
    expect(ticks.map(({ label }) => label)).toEqual(['8', '4', '2', '1', '0.5', '0.25', '0']);
    for (const { at, label } of ticks) {
      const exact = (htk(Number(label) * 1000) / htk(8000)) * 129 - 1;
      expect(at).toBeCloseTo(Math.min(127.5, Math.max(-0.5, exact)), 1);
    }
  });

  test('shows only frequencies within its range', () => {
    const ticks = melAxis(htkCentres(40, 300, 3400)).ticks(148);
    expect(ticks.map(({ label }) => label)).toEqual(['2', '1', '0.5']);
  });

  test('counts in Hz where 1 kHz is never reached', () => {
    const axis = melAxis(htkCentres(20, 0, 900));
    expect(axis.label).toBe('Hz');
    expect(axis.ticks(148).map(({ label }) => label)).toEqual(['500', '250', '125', '0']);
  });
});

describe('categoryAxis', () => {
  test('names every pitch class where there is room', () => {
    expect(
      categoryAxis(PITCH_CLASSES, 'pitch class')
        .ticks(144)
        .map(({ label }) => label),
    ).toEqual([...PITCH_CLASSES]);
  });

  test('thins out evenly where there is none', () => {
    const labels = Array.from({ length: 20 }, (_, index) => String(index));
    const ticks = categoryAxis(labels, 'coefficient').ticks(120);
    expect(ticks.map(({ at }) => at)).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
  });
});

test('a linear axis always has two ticks to read a scale from', () => {
  for (let high = 1e-6; high < 1e6; high *= 1.13) {
    expect(linearAxis([-high, high]).ticks(72).length).toBeGreaterThanOrEqual(2);
    expect(linearAxis([0, high]).ticks(72).length).toBeGreaterThanOrEqual(2);
  }
});
