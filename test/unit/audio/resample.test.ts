import { describe, expect, test } from '@jest/globals';
import { createResampler, createResamplerFactory, resample, type Resampler } from '../../../src/audio/resample.ts';
import { seededRandom, whiteNoise } from '../../helpers/signals.ts';
import { fitTone, rms, toDecibels, unitTone } from '../../helpers/tones.ts';

const RATES = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 24_414, 32_000, 44_100, 48_000, 96_000];
const PAIRS = RATES.flatMap((from) => RATES.filter((to) => to !== from).map((to): [number, number] => [from, to]));
/** One of each kind: whole ratios, large tables, interpolated rows, up and down. */
const KINDS: [number, number][] = [
  [48_000, 16_000],
  [8_000, 16_000],
  [44_100, 16_000],
  [24_414, 16_000],
  [16_000, 24_414],
  [11_025, 96_000],
  [192_000, 4_000],
  [4_000, 191_999],
];

const SECONDS = 0.06;
/** The filter's reach at both ends, where a tone that begins and stops is no tone. */
const margin = (from: number, to: number) => Math.ceil((52 / Math.min(from, to)) * to);
const lowerNyquist = (from: number, to: number) => Math.min(from, to) / 2;
/** What a stream delivers of a tone; a resampler that was flushed begins anew. */
function convertTone(resampler: Resampler, hz: number): Float32Array {
  const { fromHz } = resampler;
  const delivered = resampler.process(unitTone(hz, Math.round(fromHz * SECONDS), fromHz));
  resampler.flush();
  return delivered;
}

/** All outputs of a stream fed in chunks of random sizes, empty ones among them. */
function inChunks(resampler: Resampler, samples: Float32Array, largest: number, seed: number): number[] {
  const random = seededRandom(seed);
  const outputs: number[] = [];
  for (let at = 0; at < samples.length;) {
    const size = Math.floor(random() * (largest + 1));
    outputs.push(...resampler.process(samples.subarray(at, at + size)));
    at += size;
  }
  outputs.push(...resampler.flush());
  return outputs;
}

describe.each(PAIRS)('from %i to %i Hz', (from, to) => {
  const resampler = createResampler(from, to);

  test('tones up to 0.9 of the lower Nyquist keep amplitude and phase, without images', () => {
    for (const part of [0.02, 0.25, 0.6, 0.9]) {
      const hz = part * lowerNyquist(from, to);
      const fit = fitTone(convertTone(resampler, hz), hz, to, margin(from, to));
      expect(Math.abs(toDecibels(fit.amplitude))).toBeLessThan(part < 0.9 ? 0.002 : 0.05);
      expect(Math.abs(fit.phase)).toBeLessThan(1e-3);
      expect(toDecibels(fit.residual)).toBeLessThan(-80);
    }
  });

  test('in the transition band a tone may be weaker, but brings no other', () => {
    const hz = 0.98 * lowerNyquist(from, to);
    const fit = fitTone(convertTone(resampler, hz), hz, to, margin(from, to));
    expect(fit.amplitude).toBeLessThan(1);
    expect(toDecibels(fit.residual)).toBeLessThan(-80);
  });

  if (from > to) {
    test('tones above the lower Nyquist vanish', () => {
      const parts = [1.005, 1.03, 1.1, 1.3, 1.7, 2, 2.4, 3, 4.1, 5.5, 7, 9, 11.5];
      for (const part of parts) {
        const hz = part * lowerNyquist(from, to);
        if (hz < 0.995 * (from / 2)) {
          expect(toDecibels(rms(convertTone(resampler, hz), margin(from, to)))).toBeLessThan(-80);
        }
      }
    });
  }
});

describe.each(KINDS)('from %i to %i Hz, every kind of ratio', (from, to) => {
  test('a constant stays itself', () => {
    const output = resample(new Float32Array(from / 10).fill(0.5), from, to);
    const middle = output.subarray(margin(from, to), -margin(from, to));
    expect(Math.max(...middle.map((sample) => Math.abs(sample - 0.5)))).toBeLessThan(1e-6);
  });

  test('an impulse keeps its weight and its time', () => {
    const at = Math.round(0.05 * from);
    const input = new Float32Array(2 * at + 1);
    input[at] = 1;
    const output = resample(input, from, to);
    let [weight, moment] = [0, 0];
    output.forEach((sample, k) => {
      weight += sample;
      moment += sample * (k / to - at / from);
    });
    expect(weight).toBeCloseTo(to / from, 3);
    expect(Math.abs(moment / weight) * Math.min(from, to)).toBeLessThan(0.01);
  });

  test('chunks of any sizes give bit for bit the whole, also through a resampler that is used again', () => {
    const samples = whiteNoise(Math.round(from * 0.06) + 1, 7);
    const whole = Array.from(resample(samples, from, to));
    const resampler = createResampler(from, to);
    for (const largest of [7, 400, 5_000]) expect(inChunks(resampler, samples, largest, largest)).toEqual(whole);
  });

  test('so do chunks of nothing but zeros between sounds', () => {
    const length = Math.round(from * 0.02);
    const samples = new Float32Array(7 * length);
    for (const at of [length, 5 * length]) samples.set(whiteNoise(length, at), at);
    const whole = Array.from(resample(samples, from, to));
    for (const largest of [7, length]) {
      expect(inChunks(createResampler(from, to), samples, largest, largest)).toEqual(whole);
    }
  });

  test('the number of outputs is the ceiling of the exact ratio', () => {
    const resampler = createResampler(from, to);
    for (const length of [0, 1, 2, 5, 49, 50, 51, 1_023, 1_024, 1_025, 4_410]) {
      const delivered = resampler.process(new Float32Array(length)).length + resampler.flush().length;
      expect(delivered).toBe(Math.ceil((length * to) / from));
    }
  });

  test('a sample that is no number is forgotten once the filter has passed it', () => {
    const samples = whiteNoise(Math.round(from * 0.1), 3);
    const clean = resample(samples, from, to);
    const at = samples.length >> 1;
    samples[at] = NaN;
    const output = resample(samples, from, to);
    const changed = [...output.keys()].filter((k) => !Object.is(output[k], clean[k]));
    const farthest = Math.max(...changed.map((k) => Math.abs(k / to - at / from)));
    expect(changed.length).toBeGreaterThan(0);
    expect(farthest * Math.min(from, to)).toBeLessThan(52);
  });
});

describe('short signals', () => {
  test('a single sample comes out at its place with the filter around it', () => {
    const output = resample(Float32Array.of(1), 8_000, 16_000);
    expect(output).toHaveLength(2);
    expect(output[0]).toBeGreaterThan(0.9);
    expect(output[1]).toBeGreaterThan(0.5);
  });

  test('an ended stream of nothing gives nothing', () => {
    expect(createResampler(48_000, 16_000).flush()).toHaveLength(0);
  });
});

describe('streams', () => {
  test('run less than 7 ms behind at 8 kHz', () => {
    const resampler = createResampler(8_000, 16_000);
    const delivered = resampler.process(new Float32Array(8_000)).length;
    expect(16_000 - delivered).toBeLessThanOrEqual(2 * 52);
  });

  test('that share a table do not hear each other', () => {
    const create = createResamplerFactory(44_100, 16_000);
    const [first, second] = [create(), create()];
    const [a, b] = [whiteNoise(3_000, 1), whiteNoise(3_000, 2)];
    const outputs: [number[], number[]] = [[], []];
    for (let at = 0; at < 3_000; at += 441) {
      outputs[0].push(...first.process(a.subarray(at, at + 441)));
      outputs[1].push(...second.process(b.subarray(at, at + 441)));
    }
    expect([...outputs[0], ...first.flush()]).toEqual(Array.from(resample(a, 44_100, 16_000)));
    expect([...outputs[1], ...second.flush()]).toEqual(Array.from(resample(b, 44_100, 16_000)));
  });

  test('hand out arrays that later calls leave alone, and keep none of the caller’s', () => {
    const resampler = createResampler(48_000, 16_000);
    const chunk = whiteNoise(960, 5);
    const first = resampler.process(chunk);
    const kept = first.slice();
    chunk.fill(99);
    const second = resampler.process(whiteNoise(960, 6));
    expect(first).toEqual(kept);
    expect(Math.max(...second)).toBeLessThan(10);
  });
});

describe('equal rates', () => {
  test('pass samples through unchanged, as the caller’s own', () => {
    const samples = whiteNoise(100, 4);
    const output = resample(samples, 16_000, 16_000);
    expect(output).toEqual(samples);
    output.fill(0);
    expect(rms(samples)).toBeGreaterThan(0);
  });
});

describe('rates that cannot be converted', () => {
  test.each([0, -8_000, 3_999, 192_001, 16_000.5, NaN, Infinity])('%p is refused on either side', (rate) => {
    const refusal = expect.objectContaining({ code: 'AUDIO_INVALID_RATE' });
    expect(() => createResampler(rate, 16_000)).toThrow(refusal);
    expect(() => createResampler(16_000, rate)).toThrow(refusal);
    expect(() => resample(new Float32Array(4), rate, rate)).toThrow(refusal);
    expect(() => createResamplerFactory(rate, 16_000)).toThrow(refusal);
  });
});
