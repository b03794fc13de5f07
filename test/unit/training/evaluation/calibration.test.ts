import { describe, expect, test } from '@jest/globals';
import {
  abstentionThreshold,
  decide,
  fitTemperature,
  reliability,
  riskCoverage,
  scoreWithLabels,
  selectiveGain,
  type DecidedClip,
  type JudgedClip,
} from '../../../../src/training/evaluation/index.ts';
import { madeUpClips } from '../../../helpers/labelled-clips.ts';
import { gaussian } from '../../../helpers/predictions.ts';
import { seededRandom } from '../../../helpers/signals.ts';

const LABELS = ['neutral', 'calm', 'happy', 'sad', 'angry'];
const [entry] = madeUpClips({ corpus: 'A', women: 1, men: 0, emotions: ['sad'], sentences: 1 });

/** Clips whose true label is drawn with the very probabilities of their logits, which are then made too sure. */
function overconfident(count: number, temperature: number, competing: readonly boolean[], seed = 5): JudgedClip[] {
  const random = seededRandom(seed);
  const noise = gaussian(random);
  return Array.from({ length: count }, (_, index) => {
    const honest = LABELS.map(() => 1.5 * noise());
    const chances = scoreWithLabels(honest, LABELS, competing);
    let left = random();
    const truth = chances.findIndex((chance) => (left -= chance) < 0);
    return { index, entry: entry!, logits: honest.map((logit) => logit * temperature), truth, competing };
  });
}

const decided = (outcomes: readonly (readonly [confidence: number, right: boolean])[]): DecidedClip[] =>
  outcomes.map(([confidence, right], index) => {
    return { index, entry: entry!, truth: 0, predicted: right ? 0 : 1, confidence, competing: [true, true] };
  });

describe('fitTemperature', () => {
  const all = LABELS.map(() => true);
  test.each([0.4, 1, 2.5])('recovers a temperature of %d', (temperature) => {
    const fitted = fitTemperature(overconfident(1500, temperature, all), LABELS);
    expect(Math.abs(Math.log(fitted / temperature))).toBeLessThan(0.1);
  });

  test('recovers it where calm counts as neutral', () => {
    const withoutCalm = all.with(1, false);
    const fitted = fitTemperature(overconfident(1500, 2, withoutCalm), LABELS);
    expect(Math.abs(Math.log(fitted / 2))).toBeLessThan(0.15);
  });

  test('brings the calibration error of other clips down', () => {
    const temperature = fitTemperature(overconfident(1500, 3, all, 1), LABELS);
    const others = overconfident(3000, 3, all, 2);
    expect(reliability(decide(others, LABELS)).ece).toBeGreaterThan(0.15);
    expect(reliability(decide(others, LABELS, temperature)).ece).toBeLessThan(0.025);
  });

  test('needs validation clips', () => {
    expect(() => fitTemperature([], LABELS)).toThrow(/no validation predictions/);
  });
});

describe('reliability', () => {
  test('the expected calibration error, by hand', () => {
    const clips = decided([
      [0.95, true],
      [0.95, false],
      [0.55, true],
      [1, true],
    ]);
    const { ece, bins } = reliability(clips);
    // The last bin holds 0.95, 0.95 and 1: confidence 0.9667, accuracy 2/3; the bin of 0.55 is 0.45 off.
    expect(ece).toBeCloseTo((3 * (2.9 / 3 - 2 / 3) + 1 * 0.45) / 4, 12);
    expect(bins).toHaveLength(15);
    expect(bins.map(({ clips: count }) => count).reduce((a, b) => a + b)).toBe(4);
    expect(bins[14]).toMatchObject({ clips: 3, accuracy: 2 / 3 });
  });
});

describe('risk and coverage', () => {
  test('by hand', () => {
    const clips = decided([
      [0.6, false],
      [0.9, true],
      [0.8, false],
      [0.7, true],
    ]);
    const { aurc, points } = riskCoverage(clips);
    expect(points.map(({ risk }) => risk)).toEqual([0, 1 / 2, 1 / 3, 2 / 4]);
    expect(points.map(({ coverage }) => coverage)).toEqual([0.25, 0.5, 0.75, 1]);
    expect(aurc).toBeCloseTo((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4, 12);
    expect(selectiveGain(clips, 0.75)).toBeCloseTo(1 / 2 - 1 / 3, 12);
  });

  test('equal confidence gives the order no say', () => {
    const outcomes = [true, false, true, true].map((right) => [0.5, right] as const);
    for (const order of [outcomes, outcomes.toReversed()]) {
      expect(riskCoverage(decided(order)).points.map(({ risk }) => risk)).toEqual([0.25, 0.25, 0.25, 0.25]);
    }
  });

  test('confidence that knows its errors reaches the least area, a confidence that knows nothing the error rate', () => {
    const random = seededRandom(2);
    const rights = Array.from({ length: 4000 }, () => random() < 0.7);
    const knowing = riskCoverage(decided(rights.map((right) => [right ? 0.9 : 0.1, right])));
    const blind = riskCoverage(decided(rights.map((right) => [random(), right])));
    // With an error rate of e the least area is e + (1 - e) ln(1 - e).
    expect(knowing.aurc).toBeCloseTo(0.3 + 0.7 * Math.log(0.7), 1);
    expect(blind.aurc).toBeCloseTo(0.3, 1);
    expect(blind.points).toHaveLength(100);
  });
});

describe('abstentionThreshold', () => {
  const random = seededRandom(9);
  const confidences = Array.from({ length: 1001 }, random);

  test.each([0.1, 0.7, 0.95])('answers a share of %d', (coverage) => {
    const threshold = abstentionThreshold(confidences, coverage);
    const answered = confidences.filter((confidence) => confidence >= threshold).length;
    expect(answered).toBe(Math.ceil(coverage * confidences.length));
  });

  test('answers everything at a coverage of 1, and knows no coverage of 0', () => {
    expect(abstentionThreshold(confidences, 1)).toBe(0);
    expect(() => abstentionThreshold(confidences, 0)).toThrow(/not above 0/);
  });
});
