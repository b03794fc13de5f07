import { describe, expect, test } from '@jest/globals';
import {
  addMatrices,
  confusionMatrix,
  scoresOf,
  subMatrix,
  summarise,
} from '../../../../src/training/evaluation/metrics.ts';

describe('scores of a confusion matrix', () => {
  // Three labels; the third is predicted once and never true. Worked out by hand.
  const scores = scoresOf(
    [
      [6, 2, 0],
      [1, 0, 1],
      [0, 0, 0],
    ],
    ['sad', 'angry', 'happy'],
  );

  test('each label', () => {
    expect(scores.perClass).toEqual({
      sad: { precision: 6 / 7, recall: 6 / 8, f1: 12 / 15, support: 8 },
      angry: { precision: 0, recall: 0, f1: 0, support: 2 },
      happy: { precision: 0, recall: 0, f1: 0, support: 0 },
    });
  });

  test('all labels', () => {
    expect(scores.clips).toBe(10);
    expect(scores.accuracy).toBeCloseTo(0.6, 12);
    // Happy does not occur, so that it has no recall; but it was predicted, so that it has an F1.
    expect(scores.uar).toBeCloseTo((0.75 + 0) / 2, 12);
    expect(scores.macroF1).toBeCloseTo((0.8 + 0 + 0) / 3, 12);
    expect(scores.weightedF1).toBeCloseTo((8 * 0.8 + 2 * 0) / 10, 12);
  });

  test('perfect, always one label, and nothing', () => {
    const labels = ['a', 'b', 'c', 'd'];
    const perfect = labels.map((_, i) => labels.map((_, j) => (i === j ? i + 1 : 0)));
    expect(scoresOf(perfect, labels)).toMatchObject({ uar: 1, accuracy: 1, macroF1: 1, weightedF1: 1, clips: 10 });
    const constant = labels.map(() => [5, 0, 0, 0]);
    expect(scoresOf(constant, labels)).toMatchObject({ uar: 0.25, accuracy: 0.25 });
    expect(scoresOf([[0]], ['a'])).toMatchObject({ uar: 0, accuracy: 0, macroF1: 0, weightedF1: 0, clips: 0 });
  });

  test('UAR does not see how often a label occurs; accuracy does', () => {
    const [few, many] = [1, 50].map((times) => scoresOf([[9 * times, times], [4, 6]], ['a', 'b'])); // prettier-ignore
    expect(many!.uar).toBeCloseTo(few!.uar, 12);
    expect(many!.accuracy).toBeGreaterThan(few!.accuracy);
  });
});

test('counts decisions by truth and prediction', () => {
  const decided = [
    [0, 0],
    [0, 1],
    [2, 1],
    [0, 1],
  ].map(([truth, predicted]) => ({ truth: truth!, predicted: predicted! }));
  const counts = confusionMatrix(decided, 3);
  expect(counts).toEqual([
    [1, 2, 0],
    [0, 0, 0],
    [0, 1, 0],
  ]);
  expect(subMatrix(counts, [true, true, false])).toEqual([
    [1, 2],
    [0, 0],
  ]);
  expect(addMatrices([counts, counts, counts])[0]).toEqual([3, 6, 0]);
});

test('mean and deviation of a sample', () => {
  expect(summarise([2, 4, 4, 4, 5, 5, 7, 9])).toMatchObject({ mean: 5, deviation: Math.sqrt(32 / 7) });
  expect(summarise([3])).toEqual({ mean: 3, deviation: 0, values: [3] });
});
