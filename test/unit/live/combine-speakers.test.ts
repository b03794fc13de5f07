import { expect, test } from '@jest/globals';
import { combineSpeakers, type SpeakerSummary } from '../../../src/live/index.ts';

const one = (speaker: string, talkMs: number, angry: number): SpeakerSummary => ({
  ...{ speaker, name: speaker, role: 'participant', talkMs, talkShare: 0, segments: 1 },
  ...{ shares: { angry, neutral: 1 - angry }, dominant: 'angry', confidence: 0.5, uncertainShare: 0 },
  ...{ turningPoints: [], peaks: [{ label: 'angry', atMs: 500, score: angry }], longestStreaks: [] },
  ...{ halves: [{}, {}], gapMs: 10 },
});

test('speakers of several sessions are summed, weighted by how long they talked', () => {
  const [anne, bert] = combineSpeakers([one('anne', 1_000, 1), one('bert', 2_000, 0), one('anne', 3_000, 0.5)]);
  expect(anne).toMatchObject({ talkMs: 4_000, talkShare: 4 / 6, segments: 2, gapMs: 20, dominant: 'angry' });
  expect(anne!.shares.angry).toBeCloseTo(0.625);
  expect(bert).toMatchObject({ talkMs: 2_000, talkShare: 2 / 6 });
});

test('moments stay with whoever was in one session only; nobody is told to sound like anything without a word', () => {
  const [bert, anne] = combineSpeakers([one('anne', 0, 0), one('anne', 0, 0), one('bert', 1_000, 1)]);
  expect(bert!.peaks).toHaveLength(1);
  expect(anne).toMatchObject({ talkMs: 0, dominant: null, peaks: [], confidence: 0 });
  expect(combineSpeakers([])).toEqual([]);
});
