import { describe, expect, test } from '@jest/globals';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { SessionSummariser } from '../../../src/live/summary.ts';
import { summariseTimeline } from '../../../src/live/timeline.ts';
import type { EmotionShares, HeardSegment, SpeakerSummary } from '../../../src/live/types.ts';
import { heapAfter } from '../../helpers/heap.ts';

const LABELS = ['neutral', 'happy', 'angry'];
const FACTS = { sessionId: 's1', model: 'm1', labels: LABELS };
const SEEDS = [1, 2, 3, 4, 5];

/** A segment whose scores are named by their first letters; what is left is neutral. */
function segment(
  startMs: number,
  endMs: number,
  { h = 0, a = 0, uncertain = false }: { h?: number; a?: number; uncertain?: boolean } = {},
): HeardSegment {
  const scores = { neutral: 1 - h - a, happy: h, angry: a };
  const [label, confidence] = Object.entries(scores).reduce((best, next) => (next[1] > best[1] ? next : best));
  return { startMs, endMs, label, confidence, scores, uncertain };
}

/** Segments of one second, one every two seconds, of the moods given. */
const story = (moods: readonly Parameters<typeof segment>[2][]): HeardSegment[] =>
  moods.map((mood, i) => segment(2_000 * i, 2_000 * i + 1_000, mood));

/** What is said of one speaker who alone was heard. */
function alone(segments: readonly HeardSegment[], durationMs = 0): SpeakerSummary {
  const summariser = new SessionSummariser(FACTS);
  for (const each of segments) summariser.addSegment('a', each);
  return summariser.summary(durationMs).speakers[0]!;
}

/** What somebody says at random: never at the same time twice, up to 30 s apart. */
function randomStory(random: RandomGenerator, length: number): HeardSegment[] {
  let atMs = uniformInt(random, 0, 60_000);
  return Array.from({ length }, () => {
    const startMs = atMs + uniformInt(random, 0, 30_000);
    atMs = startMs + uniformInt(random, 200, 6_000);
    const [x, y] = [uniformFloat64(random), uniformFloat64(random)];
    const mood = { h: Math.min(x, y), a: Math.abs(x - y), uncertain: uniformInt(random, 0, 4) === 0 };
    return segment(startMs, atMs, mood);
  });
}

const HIGH = { a: 0.9 };
const GLAD = { h: 0.9 };
const CALM = {};
const repeat = <T>(times: number, value: T): T[] => Array.from({ length: times }, () => value);

describe('talk time and shares', () => {
  test('of nobody, and of somebody who was silent', () => {
    const summariser = new SessionSummariser(FACTS);
    const none = { neutral: 0, happy: 0, angry: 0 };
    expect(summariser.summary(5_000)).toEqual({
      sessionId: 's1',
      model: 'm1',
      durationMs: 5_000,
      speechMs: 0,
      speakers: [],
      shares: none,
      alerts: 0,
    });
    summariser.addSpeaker({ speaker: 'a', role: 'customer', name: 'Ludmilla' });
    expect(summariser.summary(5_000).speakers).toEqual([
      {
        speaker: 'a',
        name: 'Ludmilla',
        role: 'customer',
        talkMs: 0,
        talkShare: 0,
        segments: 0,
        shares: none,
        dominant: null,
        confidence: 0,
        uncertainShare: 0,
        turningPoints: [],
        peaks: [],
        longestStreaks: [],
        halves: [none, none],
        gapMs: 0,
      },
    ]);
  });

  test('are weighted by duration; uncertain speech counts, and is told', () => {
    const summariser = new SessionSummariser(FACTS);
    summariser.addSegment('a', segment(0, 3_000, { a: 0.8 }));
    summariser.addSegment('a', segment(4_000, 5_000, { a: 0.4, uncertain: true }));
    summariser.addSegment('b', segment(5_000, 11_000, { h: 1 }));
    summariser.addAlert();
    const { speakers, shares, speechMs, durationMs, alerts } = summariser.summary(20_000);
    expect([speechMs, durationMs, alerts]).toEqual([10_000, 20_000, 1]);
    expect(speakers.map(({ speaker, talkMs, talkShare }) => [speaker, talkMs, talkShare])).toEqual([
      ['b', 6_000, 0.6],
      ['a', 4_000, 0.4],
    ]);
    const a = speakers[1]!;
    expect(a.shares.angry).toBeCloseTo(0.7, 12);
    expect(a).toMatchObject({ segments: 2, dominant: 'angry', uncertainShare: 0.25, role: 'participant', name: 'a' });
    expect(a.confidence).toBeCloseTo((3 * 0.8 + 0.6) / 4, 12);
    expect(shares.happy).toBeCloseTo(0.6, 12);
    expect(shares.angry).toBeCloseTo(0.28, 12);
  });

  test('gaps that overlap count once', () => {
    const summariser = new SessionSummariser(FACTS);
    summariser.addGap('a', 0, 1_000);
    summariser.addGap('a', 500, 1_500);
    summariser.addGap('a', 600, 700);
    summariser.addGap('a', 3_000, 3_100);
    expect(summariser.summary(10_000).speakers[0]!.gapMs).toBe(1_600);
  });

  test('a segment without a length, or with one that is none, says nothing', () => {
    const odd = [segment(5, 5), segment(9, 2), segment(0, Infinity), segment(NaN, 7), segment(-5, 7)];
    const summariser = new SessionSummariser(FACTS);
    for (const each of odd) summariser.addSegment('a', each);
    expect(summariser.summary(10).speechMs).toBe(0);
    expect(summariseTimeline(odd, LABELS, 10)).toEqual([]);
  });

  test('the halves are those of the whole session', () => {
    const halves = (durationMs: number): readonly [EmotionShares, EmotionShares] =>
      alone([...story([HIGH, HIGH]), segment(70_000, 75_000, GLAD)], durationMs).halves;
    expect(halves(80_000)[0]).toMatchObject({ angry: expect.closeTo(0.9) as unknown, happy: 0 });
    expect(halves(80_000)[1]).toMatchObject({ angry: 0, happy: expect.closeTo(0.9) as unknown });
    expect(halves(200_000)[0].happy).toBeGreaterThan(0.5);
    expect(halves(200_000)[1]).toEqual({ neutral: 0, happy: 0, angry: 0 });
  });
});

describe('peaks', () => {
  test('are medians of three segments: one outlier is none, two of three are', () => {
    const peakOf = (moods: Parameters<typeof story>[0]) => alone(story(moods)).peaks.find((p) => p.label === 'angry')!;
    expect(peakOf([CALM, CALM, HIGH, CALM, CALM]).score).toBe(0);
    expect(peakOf([CALM, CALM, HIGH, { a: 0.7 }, CALM])).toEqual({ label: 'angry', score: 0.7, atMs: 6_500 });
    expect(peakOf([{ a: 0.5 }, { a: 0.6 }]).score).toBe(0.5);
    expect(peakOf([HIGH]).score).toBe(0.9);
    // Three segments on, what the first alone had been is forgotten.
    expect(peakOf([HIGH, CALM, CALM]).score).toBe(0);
  });

  test('come the strongest first', () => {
    expect(alone(story([...repeat(3, { h: 0.6 }), ...repeat(3, HIGH)])).peaks.map(({ label }) => label)).toEqual([
      'angry',
      'happy',
      'neutral',
    ]);
  });
});

describe('turning points', () => {
  const turns = (moods: Parameters<typeof story>[0]) => alone(story(moods)).turningPoints;

  test('are where the new mood began', () => {
    expect(turns([...repeat(5, CALM), ...repeat(5, HIGH), ...repeat(5, GLAD)])).toEqual([
      { atMs: 10_000, from: 'neutral', to: 'angry' },
      { atMs: 20_000, from: 'angry', to: 'happy' },
    ]);
  });

  test.each([
    ['one outlier', [...repeat(5, CALM), HIGH, ...repeat(5, CALM)]],
    ['a change that does not last', [...repeat(5, CALM), HIGH, HIGH, ...repeat(5, CALM)]],
    ['a new mood at every segment', repeat(20, [CALM, HIGH]).flat()],
    ['a new mood every two segments', repeat(20, [CALM, CALM, HIGH, HIGH]).flat()],
    ['a mood that leads by too little', [...repeat(5, { a: 0.48 }), ...repeat(20, { a: 0.54 })]],
    ['uncertain speech', [...repeat(5, CALM), ...repeat(9, { a: 0.9, uncertain: true }), ...repeat(5, CALM)]],
    ['too little speech', [CALM, HIGH, HIGH, HIGH]],
  ])('%s is none', (_, moods) => {
    expect(turns(moods)).toEqual([]);
  });

  test('need the change and two more windows, not one fewer', () => {
    expect(turns([...repeat(5, CALM), ...repeat(3, HIGH)])).toEqual([]);
    expect(turns([...repeat(5, CALM), ...repeat(4, HIGH)])).toHaveLength(1);
  });

  test('a lead once gained may shrink while it lasts', () => {
    const shrinks = [...repeat(5, CALM), HIGH, HIGH, ...repeat(5, { a: 0.52 })];
    expect(turns(shrinks)).toEqual([{ atMs: 10_000, from: 'neutral', to: 'angry' }]);
  });
});

test('streaks: the longest of each label; pauses and uncertain speech do not count, another label ends it', () => {
  const moods = [HIGH, HIGH, CALM, HIGH, { a: 0.9, uncertain: true }, HIGH, HIGH, CALM, CALM];
  expect(alone(story(moods)).longestStreaks).toEqual([
    { label: 'angry', startMs: 6_000, endMs: 13_000, speechMs: 3_000 },
    { label: 'neutral', startMs: 14_000, endMs: 17_000, speechMs: 2_000 },
  ]);
});

describe.each(SEEDS)('whatever is said (seed %i)', (seed) => {
  const random = xoroshiro128plus(seed);
  const stories = new Map(['a', 'b', 'c', 'd'].map((speaker, i) => [speaker, randomStory(random, 200 * (i + 1))]));
  const durationMs = 16 * 3_600_000;

  /** The summary where the speakers' segments, gaps and alerts come in an order drawn at random. */
  function interleaved(order: RandomGenerator) {
    const summariser = new SessionSummariser(FACTS);
    const left = new Map([...stories].map(([speaker, segments]) => [speaker, [...segments]]));
    while (left.size > 0) {
      const speaker = [...left.keys()][uniformInt(order, 0, left.size - 1)]!;
      const next = left.get(speaker)!.shift();
      if (!next) {
        left.delete(speaker);
        summariser.addAlert();
        continue;
      }
      summariser.addSegment(speaker, next);
      summariser.addGap(speaker, next.endMs, next.endMs + 20);
      if (uniformInt(order, 0, 300) === 0) summariser.summary(next.endMs);
    }
    return summariser.summary(durationMs);
  }

  test('how speakers interleave, and who asks meanwhile, changes not a digit', () => {
    const summary = interleaved(xoroshiro128plus(seed));
    expect(summary.alerts).toBe(4);
    for (const other of SEEDS) expect(interleaved(xoroshiro128plus(100 + other))).toEqual(summary);
  });

  test('shares sum to 1, talk time is what was said, halves make the whole', () => {
    const { speakers, shares, speechMs } = interleaved(random);
    const sum = (of: EmotionShares) => Object.values(of).reduce((total, share) => total + share, 0);
    expect(sum(shares)).toBeCloseTo(1, 12);
    expect(speakers.reduce((total, { talkShare }) => total + talkShare, 0)).toBeCloseTo(1, 12);
    expect(speakers.reduce((total, { talkMs }) => total + talkMs, 0)).toBe(speechMs);
    for (const { speaker, talkMs, shares: whole, dominant } of speakers) {
      const said = stories.get(speaker)!;
      expect(talkMs).toBe(said.reduce((total, { startMs, endMs }) => total + endMs - startMs, 0));
      const mean = (label: string) =>
        said.reduce((total, { startMs, endMs, scores }) => total + scores[label]! * (endMs - startMs), 0) / talkMs;
      for (const label of LABELS) expect(whole[label]).toBeCloseTo(mean(label), 10);
      expect(Object.values(whole).every((share) => share <= whole[dominant!]!)).toBe(true);
    }
    for (const [speaker, said] of stories) {
      const lastedMs = said.at(-1)!.endMs;
      const { halves, shares: whole } = alone(said, lastedMs);
      // The exact halves by the segments themselves; the resolution is one bucket in the middle.
      const spoken = said.map(({ startMs, endMs }) => Math.max(0, Math.min(endMs, lastedMs / 2) - startMs));
      const before = spoken.reduce((total, ms) => total + ms, 0);
      const share = before / said.reduce((total, { startMs, endMs }) => total + endMs - startMs, 0);
      for (const label of LABELS) {
        const exact = said.reduce((total, { scores }, i) => total + scores[label]! * spoken[i]!, 0) / before;
        expect([speaker, halves[0][label]]).toEqual([speaker, expect.closeTo(exact, 1.5)]);
        expect(share * halves[0][label]! + (1 - share) * halves[1][label]!).toBeCloseTo(whole[label]!, 2);
      }
    }
  });

  test('a timeline has at most so many buckets, in order, with all of the speech in them', () => {
    const said = [...stories.values()].flat();
    for (const most of [1, 7, 100]) {
      const buckets = summariseTimeline(said, LABELS, most);
      expect(buckets.length).toBeGreaterThan(most / 3);
      expect(buckets.length).toBeLessThanOrEqual(most);
      const spoken = buckets.reduce((total, { speechMs }) => total + speechMs, 0);
      expect(spoken).toBeCloseTo(
        said.reduce((total, { startMs, endMs }) => total + endMs - startMs, 0),
        3,
      );
      buckets.forEach(({ startMs, endMs, speechMs, scores }, i) => {
        expect(startMs).toBeGreaterThanOrEqual(buckets[i - 1]?.endMs ?? 0);
        // Four may speak at once.
        expect(speechMs).toBeLessThanOrEqual(4 * (endMs - startMs));
        expect(Object.values(scores).reduce((total, score) => total + score, 0)).toBeCloseTo(1, 12);
      });
    }
  });
});

test('a timeline shows what was heard where', () => {
  const segments = [segment(0, 1_500, HIGH), segment(6_000, 7_000, GLAD)];
  expect(summariseTimeline(segments, LABELS, 8)).toEqual([
    { startMs: 0, endMs: 1_000, speechMs: 1_000, scores: expect.objectContaining({ angry: 0.9 }) as unknown },
    { startMs: 1_000, endMs: 2_000, speechMs: 500, scores: expect.objectContaining({ angry: 0.9 }) as unknown },
    { startMs: 6_000, endMs: 7_000, speechMs: 1_000, scores: expect.objectContaining({ happy: 0.9 }) as unknown },
  ]);
});

test('memory stays bounded over 100,000 segments of a speaker whose mood turns all the time', () => {
  const summariser = new SessionSummariser(FACTS);
  const moods = [CALM, HIGH, GLAD];
  const feed = (from: number, to: number) => (): void => {
    for (let i = from; i < to; i++) {
      const mood = moods[Math.floor(i / 5) % 3]!;
      summariser.addSegment('a', segment(6_000 * i, 6_000 * i + 5_000, mood));
    }
  };
  const early = heapAfter(feed(0, 5_000));
  const late = heapAfter(feed(5_000, 100_000));
  expect(late - early).toBeLessThan(300_000);
  const [speaker] = summariser.summary(0).speakers;
  expect(speaker!.segments).toBe(100_000);
  expect(speaker!.turningPoints).toHaveLength(100);
  expect(speaker!.turningPoints.at(-1)!.atMs).toBeGreaterThan(599_000_000);
});
