import { describe, expect, test } from '@jest/globals';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { ManifestEntry } from '../../../../src/corpora/manifest.ts';
import { corpusProbe, speakerIntervals, type DecidedClip } from '../../../../src/training/evaluation/index.ts';
import { fourCorpora, madeUpClips } from '../../../helpers/labelled-clips.ts';
import { gaussian } from '../../../helpers/predictions.ts';
import { seededRandom } from '../../../helpers/signals.ts';

const EMOTIONS = ['sad', 'angry', 'happy', 'neutral'] as const;

/** Decisions on clips of voices, each heard as well as its own chance says. */
function decisions(entries: readonly ManifestEntry[], random: () => number, spread: number): DecidedClip[] {
  const chances = new Map<string, number>();
  return entries.map((entry, index) => {
    if (!chances.has(entry.speaker)) chances.set(entry.speaker, 0.6 + spread * (2 * random() - 1));
    const truth = EMOTIONS.indexOf(entry.emotion as (typeof EMOTIONS)[number]);
    const predicted = random() < chances.get(entry.speaker)! ? truth : (truth + 1) % EMOTIONS.length;
    return { index, entry, truth, predicted, confidence: 0.5, competing: [true, true, true, true] };
  });
}

describe('speaker-bootstrap intervals', () => {
  const corpus = (speakers: number) =>
    madeUpClips({ corpus: 'A', women: speakers, men: 0, emotions: EMOTIONS, sentences: 5 });

  test('cover the truth about 95 times in 100', () => {
    const random = seededRandom(17);
    const entries = corpus(25);
    const rounds = 60;
    let covered = 0;
    for (let round = 0; round < rounds; round++) {
      const { uar } = speakerIntervals(decisions(entries, random, 0.3), 4, xoroshiro128plus(round))!;
      if (uar.low <= 0.6 && uar.high >= 0.6) covered++;
    }
    // Percentile intervals of few speakers are a little short: of 60, about 56 cover.
    expect(covered).toBeGreaterThanOrEqual(51);
    expect(covered).toBeLessThan(rounds);
  });

  test('are as wide as the voices differ, not as the clips are many', () => {
    const width = (spread: number) => {
      const { uar } = speakerIntervals(decisions(corpus(25), seededRandom(4), spread), 4, xoroshiro128plus(1))!;
      return uar.high - uar.low;
    };
    expect(width(0.35)).toBeGreaterThan(1.5 * width(0));
  });

  test('are the same for the same seed, and none for two voices', () => {
    const clips = decisions(corpus(10), seededRandom(1), 0.2);
    const again = [1, 1, 2].map((seed) => speakerIntervals(clips, 4, xoroshiro128plus(seed)));
    expect(again[0]).toEqual(again[1]);
    expect(again[0]).not.toEqual(again[2]);
    expect(again[0]!.accuracy.speakers).toBe(10);
    expect(speakerIntervals(decisions(corpus(2), seededRandom(1), 0.2), 4, xoroshiro128plus(1))).toBeUndefined();
  });

  test('of voices that are all alike have no width', () => {
    const clips = decisions(corpus(5), () => 0.1, 0);
    expect(speakerIntervals(clips, 4, xoroshiro128plus(1))!.uar).toEqual({ low: 1, high: 1, speakers: 5 });
  });
});

describe('corpusProbe', () => {
  const entries = fourCorpora().filter((_, index) => index % 11 === 0);
  const probe = (vector: (entry: ManifestEntry) => number[]) => {
    const samples = entries.map((entry) => ({ entry, vector: vector(entry) }));
    return corpusProbe(samples, 'logits', xoroshiro128plus(3))!;
  };
  const noise = gaussian(seededRandom(8));
  const names = ['CREMA-D', 'RAVDESS', 'SAVEE', 'TESS'];

  test('finds a corpus that is there to be found', () => {
    const { uar, chance } = probe(({ corpus }) => names.map((name) => noise() + (name === corpus ? 5 : 0)));
    expect(chance).toBe(0.25);
    expect(uar).toBeGreaterThan(0.97);
  });

  test('finds nothing in noise', () => {
    expect(Math.abs(probe(() => names.map(noise)).uar - 0.25)).toBeLessThan(0.08);
  });

  test('is not fooled by what it knows of voices', () => {
    const voices = new Map<string, number[]>();
    const { uar } = probe(({ speaker }) => {
      if (!voices.has(speaker)) voices.set(speaker, names.map(() => 5 * noise())); // prettier-ignore
      return voices.get(speaker)!.map((value) => value + 0.1 * noise());
    });
    expect(uar).toBeLessThan(0.6);
  });

  test('needs two corpora of two speakers', () => {
    const one = entries.filter(({ speaker, corpus }) => corpus === 'CREMA-D' || speaker === 'TESS/000');
    const samples = one.map((entry) => ({ entry, vector: [1] }));
    expect(corpusProbe(samples, 'logits', xoroshiro128plus(1))).toBeUndefined();
  });
});
