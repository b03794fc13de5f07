import { describe, expect, test } from '@jest/globals';
import { FrameHearing, FramePast } from '../../../src/predictor/frame-past.ts';
import {
  ClipFeatures,
  hearingSchema,
  samplePages,
  SamplePast,
  type HearingConfig,
} from '../../../src/predictor/index.ts';
import { buzz, whiteNoise } from '../../helpers/signals.ts';

const RATE = 16_000;
const BLOCK = 256;
const hearing = hearingSchema.parse({});

/** 20 s of a voice that grows louder and pauses every three, in 16 bits. */
function voice(): Float32Array {
  const noise = whiteNoise(20 * RATE, 5, 1e-3);
  return buzz(20, RATE).map((sample, i) => {
    const spoken = i % (3 * RATE) < 2.6 * RATE ? (sample * (i + RATE)) / (21 * RATE) : 0;
    return Math.round(32_768 * (spoken + noise[i]!)) / 32_768;
  });
}

describe('FramePast', () => {
  const sound = voice();

  /** Hears clips (in blocks) of the sound once it has come so far; expects each to be what it is on its own. */
  function expectSameClips(config: HearingConfig, clips: readonly (readonly [start: number, end: number])[]): void {
    const features = new ClipFeatures(config);
    const past = new SamplePast(RATE, samplePages(RATE, true));
    const frames = new FramePast(new FrameHearing(features), past);
    clips.forEach(([start, end], index) => {
      const known = past.end;
      if (end * BLOCK > known) past.add(sound.subarray(known, Math.ceil(end) * BLOCK));
      past.forget(Math.min(...clips.slice(index).map(([from]) => from)));
      const heard = frames.hear(start * BLOCK, end * BLOCK);
      const alone = features.hear(sound.subarray(start * BLOCK, end * BLOCK));
      expect([heard.frames, heard.dims]).toEqual([alone.frames, alone.dims]);
      const apart = heard.data.reduce((most, value, i) => Math.max(most, Math.abs(value - alone.data[i]!)), 0);
      expect(apart).toBeLessThan(2e-5);
    });
  }

  test('gives every clip as it is heard alone: windows that overlap, segments, speech after a pause', () => {
    expectSameClips(hearing, [[0, 62], [0, 125], [60, 185], [0, 190], [190, 250], [190, 300], [500, 560], [510, 700]]); // prettier-ignore
  });

  test('also where earlier frames are asked for again, and where a clip is short or ends within a block', () => {
    expectSameClips(hearing, [[100, 200], [40, 210], [205, 207], [205, 206], [205, 240.5], [205, 260]]); // prettier-ignore
  });

  test('also without trim and level', () => {
    expectSameClips({ ...hearing, trim: null, level: null }, [[0, 62], [20, 145], [145, 300]]); // prettier-ignore
  });

  test('is for features of single frames that the level only scales', () => {
    const [mel] = hearing.features.features;
    const withFeature = (change: object): HearingConfig => ({
      ...hearing,
      features: { ...hearing.features, features: [{ ...mel, ...change } as NonNullable<typeof mel>] },
    });
    expect(FrameHearing.suits(hearing)).toBe(true);
    expect(FrameHearing.suits(withFeature({ deltas: 1 }))).toBe(false);
    expect(FrameHearing.suits(withFeature({ name: 'rms' }))).toBe(false);
    expect(FrameHearing.suits({ ...hearing, logFloor: null })).toBe(false);
    expect(FrameHearing.suits({ ...hearing, features: { ...hearing.features, hopLength: 160 } })).toBe(false);
  });

  test('memory that a sound has given back holds nothing of it', () => {
    const pages = samplePages(RATE, true);
    const past = new SamplePast(RATE, pages);
    past.add(sound.subarray(0, RATE));
    past.free();
    const next = new SamplePast(RATE, pages);
    next.addUnheard(RATE);
    expect(next.copy(0, RATE)).toEqual(new Float32Array(RATE));
  });
});
