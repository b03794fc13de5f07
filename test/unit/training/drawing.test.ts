import { describe, expect, test } from '@jest/globals';
import { derivedRandom, drawLogUniform } from '../../../src/training/random.ts';
import { drawEpoch, samplingWeights } from '../../../src/training/sampling.ts';
import { learningRate } from '../../../src/training/schedule.ts';
import { Targets } from '../../../src/training/targets.ts';
import { madeUpClips } from '../../helpers/labelled-clips.ts';

const clips = [
  ...madeUpClips({ corpus: 'Large', women: 10, men: 10, emotions: ['neutral', 'happy'], sentences: 6 }),
  ...madeUpClips({ corpus: 'Large', women: 1, men: 0, emotions: ['sad'], sentences: 24 }),
  ...madeUpClips({ corpus: 'Small', women: 1, men: 1, emotions: ['neutral', 'sad'], sentences: 6 }),
];

function shares(weights: Float64Array, keyOf: (index: number) => string): Record<string, number> {
  const sums: Record<string, number> = {};
  weights.forEach((weight, i) => (sums[keyOf(i)] = (sums[keyOf(i)] ?? 0) + weight / clips.length));
  return sums;
}

describe('sampling', () => {
  test('without balance takes each clip once an epoch, in another order each time', () => {
    const weights = samplingWeights(clips, { speaker: 0, corpus: 0, emotion: 0 });
    const first = drawEpoch(weights, derivedRandom(1, 0));
    const second = drawEpoch(weights, derivedRandom(1, 1));
    expect(Array.from(first).sort((a, b) => a - b)).toEqual(clips.map((_, i) => i));
    expect(first).not.toEqual(second);
    expect(drawEpoch(weights, derivedRandom(1, 0))).toEqual(first);
  });

  test('balances speakers, corpora, and the emotions inside corpora, each by itself', () => {
    const corpora = samplingWeights(clips, { speaker: 0, corpus: 1, emotion: 0 });
    expect(shares(corpora, (i) => clips[i]!.corpus)).toEqual({
      Large: expect.closeTo(0.5),
      Small: expect.closeTo(0.5),
    });
    const speakers = shares(samplingWeights(clips, { speaker: 1, corpus: 0, emotion: 0 }), (i) => clips[i]!.speaker);
    const each = Object.keys(speakers).length;
    expect(Object.values(speakers)).toEqual(Array.from({ length: each }, () => expect.closeTo(1 / each)));
    const emotions = samplingWeights(clips, { speaker: 0, corpus: 0, emotion: 1 });
    const share = (group: string) => shares(emotions, (i) => `${clips[i]!.corpus} ${clips[i]!.emotion}`)[group];
    const large = clips.filter(({ corpus }) => corpus === 'Large').length / clips.length;
    for (const emotion of ['neutral', 'happy', 'sad']) expect(share(`Large ${emotion}`)).toBeCloseTo(large / 3);
  });

  test('draws a clip as often as its weight says', () => {
    const weights = samplingWeights(clips, { speaker: 0.5, corpus: 0.5, emotion: 0.5 });
    const counts = new Float64Array(clips.length);
    const epochs = 200;
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = drawEpoch(weights, derivedRandom(epoch));
      expect(order).toHaveLength(clips.length);
      for (const clip of order) counts[clip]! += 1 / epochs;
    }
    expect(Math.max(...counts.map((count, i) => Math.abs(count - weights[i]!)))).toBeLessThan(0.15);
  });

  test('of the number of a speaker’s clips knows every octave alike', () => {
    const random = derivedRandom('octaves');
    const drawn = Array.from({ length: 4_000 }, () => drawLogUniform(random, 1, 64));
    for (let octave = 0; octave < 6; octave++) {
      const inside = drawn.filter((value) => value >= 2 ** octave && value < 2 ** (octave + 1));
      expect(inside.length / drawn.length).toBeCloseTo(1 / 6, 1);
    }
  });
});

describe('the learning rate', () => {
  const settings = { peak: 1, warmUp: 0.25, decay: 'cosine', final: 0.01 } as const;
  const rates = Array.from({ length: 100 }, (_, step) => learningRate(step, 100, settings));

  test('rises to its peak and falls to its end', () => {
    expect(rates[0]).toBeCloseTo(0.04);
    expect(Math.max(...rates)).toBe(rates[25]);
    expect(rates[25]).toBe(1);
    expect(rates[99]).toBeCloseTo(0.01);
    expect(rates.slice(25).every((rate, i) => i === 0 || rate < rates[24 + i]!)).toBe(true);
  });

  test('falls along a line, or not at all, where that is asked for', () => {
    expect(learningRate(62, 100, { ...settings, decay: 'linear' })).toBeCloseTo(0.505);
    expect(learningRate(99, 100, { ...settings, decay: 'constant' })).toBe(1);
    expect(learningRate(0, 1, { ...settings, warmUp: 0 })).toBe(1);
  });
});

describe('targets', () => {
  const labels = ['neutral', 'happy', 'sad', 'angry'] as const;
  const settings = { labelSmoothing: 0.3, votes: 0.5, byCorpus: true };
  const [first] = clips;

  test('spread the smoothing over the labels that the corpus has', () => {
    const targets = new Targets(clips, labels, settings);
    const out = new Float32Array(4);
    targets.write({ ...first!, emotion: 'happy' }, out);
    expect(Array.from(out)).toEqual([0.1, 0.8, 0.1, 0].map((value) => expect.closeTo(value)));
    expect(Array.from(targets.allowed('Large'))).toEqual([1, 1, 1, 0]);
    expect(Array.from(targets.allowed('Small'))).toEqual([1, 0, 1, 0]);
  });

  test('take their share of the listeners’ votes, of labels that compete', () => {
    const out = new Float32Array(4);
    const entry = { ...first!, emotion: 'happy', votes: { happy: 1, sad: 3, disgust: 5, angry: 7 } } as const;
    new Targets(clips, labels, { ...settings, labelSmoothing: 0 }).write(entry, out);
    expect(Array.from(out)).toEqual([0, 0.5 + 0.5 / 4, 0.5 * 0.75, 0].map((value) => expect.closeTo(value)));
  });

  test('let all labels compete where that is asked for', () => {
    const targets = new Targets(clips, labels, { ...settings, byCorpus: false });
    expect(Array.from(targets.allowed('Small'))).toEqual([1, 1, 1, 1]);
  });
});
