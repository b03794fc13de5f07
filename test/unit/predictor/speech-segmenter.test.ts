import { describe, expect, test } from '@jest/globals';
import { SamplePast, SpeechSegmenter, type SpeechSegment } from '../../../src/predictor/index.ts';
import { buzz, sine, whiteNoise } from '../../helpers/signals.ts';

const RATE = 16_000;

/** A recording of a voice that speaks from and to these seconds, over a background of noise. */
function conversation(seconds: number, spoken: readonly (readonly [number, number])[], noise = 1e-4): Float32Array {
  const samples = whiteNoise(Math.round(seconds * RATE), 7, noise);
  const voice = buzz(seconds, RATE);
  for (const [from, to] of spoken) for (let i = from * RATE; i < to * RATE; i++) samples[i]! += voice[i]!;
  return samples;
}

/** A segment with a copy of its samples. */
type FoundSegment = SpeechSegment & { samples: Float32Array };

function segmentsOf(samples: Float32Array, chunk = samples.length, maxMs?: number): FoundSegment[] {
  const past = new SamplePast(RATE);
  const segmenter = new SpeechSegmenter(past, maxMs);
  const found: FoundSegment[] = [];
  const keep = (segments: readonly SpeechSegment[]): void => {
    for (const { start, end } of segments) found.push({ start, end, samples: past.copy(start, end) });
  };
  for (let at = 0; at < samples.length; at += chunk) keep(segmenter.push(samples.subarray(at, at + chunk)));
  keep(segmenter.finish());
  return found;
}

const seconds = (segments: readonly SpeechSegment[]): [number, number][] =>
  segments.map(({ start, end }) => [start / RATE, end / RATE]);

/** Expects segments to begin and end within 0.15 s of where the voice does. */
function expectSpoken(samples: Float32Array, spoken: readonly (readonly [number, number])[]): void {
  const found = seconds(segmentsOf(samples));
  expect(found).toHaveLength(spoken.length);
  found.forEach(([from, to], index) => {
    expect(Math.abs(from - spoken[index]![0])).toBeLessThan(0.15);
    expect(Math.abs(to - spoken[index]![1])).toBeLessThan(0.15);
  });
}

describe('SpeechSegmenter', () => {
  test.each([
    ['in silence', 0],
    ['in a quiet room', 1e-3],
    ['in noise', 0.03],
  ])('finds who speaks when, %s', (_, noise) => {
    const spoken = [
      [1, 3.5],
      [5, 6.5],
      [8, 11],
    ] as const;
    expectSpoken(conversation(13, spoken, noise), spoken);
  });

  test('finds a voice that speaks from the first sample to the last', () => {
    expectSpoken(conversation(3, [[0, 3]]), [[0, 3]]);
  });

  test('finds nothing in silence, in steady noise, in a hum and in a click', () => {
    const click = new Float32Array(3 * RATE);
    click.fill(0.5, RATE, RATE + 400);
    const hum = sine(20, 3 * RATE, RATE, 0.3);
    for (const samples of [new Float32Array(3 * RATE), whiteNoise(5 * RATE, 2, 0.1), click, hum, new Float32Array(0)]) {
      expect(segmentsOf(samples)).toEqual([]);
    }
  });

  test('a background that grows louder is background again after a while', () => {
    const samples = conversation(40, [[36, 38]], 1e-4);
    whiteNoise(30 * RATE, 3, 0.01).forEach((value, i) => (samples[10 * RATE + i]! += value));
    const found = seconds(segmentsOf(samples));
    expect(found.at(-1)![0]).toBeGreaterThan(35.8);
    expect(found.filter(([from]) => from > 30)).toHaveLength(1);
  });

  test('short words join over a pause that would end a sentence', () => {
    const joined = conversation(8, [
      [1, 1.4],
      [2.1, 2.6],
    ]);
    expect(segmentsOf(joined)).toHaveLength(1);
    const apart = conversation(8, [
      [1, 3],
      [3.7, 5],
    ]);
    expect(segmentsOf(apart)).toHaveLength(2);
  });

  test('long speech is cut at its quietest points, into segments of at most 6 s that leave nothing out', () => {
    const samples = conversation(20, [[0.5, 19.5]]);
    // A breath at 4 s: as quiet as the voice gets.
    samples.fill(0, 4 * RATE, 4.2 * RATE);
    const found = segmentsOf(samples);
    expect(found[0]!.end / RATE).toBeGreaterThan(4);
    expect(found[0]!.end / RATE).toBeLessThan(4.2);
    found.forEach(({ start, end }, index) => {
      expect((end - start) / RATE).toBeLessThanOrEqual(6);
      expect((end - start) / RATE).toBeGreaterThanOrEqual(1);
      if (index > 0) expect(start).toBe(found[index - 1]!.end);
    });
    expect(found.at(-1)!.end / RATE).toBeGreaterThan(19.4);
  });

  test('a segment holds the samples of its time, however they come', () => {
    const samples = conversation(20, [
      [1, 3],
      [5, 15],
    ]);
    // A fan is switched off: what is heard first must not depend on how much comes at once.
    samples.set(conversation(6, [[1, 3]], 0.03));
    const whole = segmentsOf(samples);
    expect(whole.length).toBeGreaterThan(2);
    for (const chunk of [samples.length, 320, 1_000, 70_001]) {
      const segments = segmentsOf(samples, chunk);
      expect(seconds(segments)).toEqual(seconds(whole));
      for (const { start, end, samples: own } of segments) {
        expect(own).toHaveLength(end - start);
        expect(own.every((sample, i) => sample === samples[start + i])).toBe(true);
      }
    }
  });

  test('the longest segment is an option', () => {
    const found = segmentsOf(conversation(20, [[1, 19]]), undefined, 2_000);
    expect(Math.max(...found.map(({ start, end }) => end - start))).toBeLessThanOrEqual(2 * RATE);
    expect(Math.min(...found.map(({ start, end }) => end - start))).toBeGreaterThan(0.3 * RATE);
  });
});
