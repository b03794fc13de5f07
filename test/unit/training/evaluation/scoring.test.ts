import { describe, expect, test } from '@jest/globals';
import { EMOTIONS } from '../../../../src/corpora/emotions.ts';
import {
  competingLabels,
  decide,
  groupByCondition,
  judge,
  scoreWithLabels,
} from '../../../../src/training/evaluation/index.ts';
import { madeUpClips } from '../../../helpers/labelled-clips.ts';

const LABELS = ['neutral', 'calm', 'happy', 'sad'];
const softmax = (logits: readonly number[]) => {
  const powers = logits.map(Math.exp);
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
};
const expectClose = (actual: ArrayLike<number>, expected: readonly number[]) => {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    expect(actual[i]).toBeCloseTo(value, 12);
  });
};

describe('scoreWithLabels', () => {
  const logits = [0.5, 1.5, -1, 2];
  const [neutral, calm, happy, sad] = softmax(logits) as [number, number, number, number];

  test('with all labels it is softmax', () => {
    expectClose(scoreWithLabels(logits, LABELS, [true, true, true, true]), [neutral, calm, happy, sad]);
  });

  test('where a corpus has no calm, calm counts as neutral', () => {
    expectClose(scoreWithLabels(logits, LABELS, [true, false, true, true]), [neutral + calm, 0, happy, sad]);
    // So a clip can be neutral that is neither the likeliest calm nor the likeliest neutral.
    const torn = scoreWithLabels([1, 1, 0, 1.2], LABELS, [true, false, true, true]);
    expect(torn.indexOf(Math.max(...torn))).toBe(0);
  });

  test('another label that a corpus lacks is out of the running, and the rest sums to 1', () => {
    const rest = neutral + calm + happy;
    const scores = scoreWithLabels(logits, LABELS, [true, true, true, false]);
    expectClose(scores, [neutral / rest, calm / rest, happy / rest, 0]);
  });

  test('calm is not given to a neutral that does not compete', () => {
    expectClose(scoreWithLabels(logits, LABELS, [false, false, true, true]), [
      0,
      0,
      happy / (happy + sad),
      sad / (happy + sad),
    ]);
  });

  test('the temperature divides logits', () => {
    const scores = scoreWithLabels(logits, LABELS, [true, true, true, true], 2);
    expectClose(scores, softmax(logits.map((logit) => logit / 2)));
  });

  test('huge logits neither overflow nor vanish', () => {
    expectClose(scoreWithLabels([5000, 0, 4999, -5000], LABELS, [true, true, true, true]), [
      ...softmax([1, -4999, 0]),
      0,
    ]);
    expectClose(scoreWithLabels([9000, 0, 0, 0], LABELS, [false, true, true, true]), [0, 1 / 3, 1 / 3, 1 / 3]);
  });
});

describe('competingLabels', () => {
  const own = madeUpClips({ corpus: 'mine', women: 1, men: 0, emotions: ['sad', 'happy'], sentences: 1 });
  const crema = madeUpClips({ corpus: 'CREMA-D', women: 1, men: 0, emotions: ['sad'], sentences: 1 });

  test('a known corpus has its published labels, another those that occur', () => {
    const competing = competingLabels([...own, ...crema], EMOTIONS);
    const names = (corpus: string) => EMOTIONS.filter((_, label) => competing.get(corpus)![label]);
    expect(names('CREMA-D')).toEqual(['neutral', 'happy', 'sad', 'angry', 'fearful', 'disgust']);
    expect(names('mine')).toEqual(['happy', 'sad']);
  });

  test('what was not trained does not compete', () => {
    expect(competingLabels(crema, LABELS, new Set(['sad', 'neutral'])).get('CREMA-D')).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });
});

describe('judge and decide', () => {
  const entries = madeUpClips({ corpus: 'mine', women: 1, men: 0, emotions: ['sad', 'happy'], sentences: 1 });
  const competing = competingLabels(entries, LABELS);
  const condition = 'clip' as const;

  test('the likeliest competing label wins', () => {
    const clips = judge(entries, [{ index: 1, logits: [9, 9, 1, 2], condition }], LABELS, competing);
    expect(decide(clips, LABELS)).toMatchObject([
      { index: 1, truth: 2, predicted: 3, confidence: 1 / (1 + Math.exp(-1)) },
    ]);
  });

  test.each([
    ['no clip', { index: 7, logits: [1, 2, 3, 4] }, /has no clip in the manifest/],
    ['too few numbers', { index: 0, logits: [1, 2, 3] }, /3 predicted numbers for 4 labels/],
    ['NaN', { index: 0, logits: [1, NaN, 3, 4] }, /not a number/],
  ])('%s is an error', (_, prediction, message) => {
    expect(() => judge(entries, [{ ...prediction, condition }], LABELS, competing)).toThrow(message);
  });

  test('an emotion without a label is an error', () => {
    const labels = ['neutral', 'happy'];
    const judging = () =>
      judge(entries, [{ index: 0, logits: [1, 2], condition }], labels, competingLabels(entries, labels));
    expect(judging).toThrow(expect.objectContaining({ code: 'EVALUATION_INVALID' }));
    expect(judging).toThrow(/labelled "sad", which the network has no label for/);
  });

  test('conditions are kept apart', () => {
    const predictions = (['clip', 'adapted-all', 'clip'] as const).map((own, index) => ({
      index,
      logits: [],
      condition: own,
    }));
    const groups = groupByCondition(predictions);
    expect(groups.clip?.map(({ index }) => index)).toEqual([0, 2]);
    expect(groups['adapted-all']?.map(({ index }) => index)).toEqual([1]);
    expect(groups['adapted-8']).toBeUndefined();
  });
});
