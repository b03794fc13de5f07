import { beforeAll, expect, test } from '@jest/globals';
import { BatchDrawer } from '../../../src/training/batches.ts';
import { Targets } from '../../../src/training/targets.ts';
import type { TrainingData, TrainingRecipe } from '../../../src/training/index.ts';
import { tinyData, tinyRecipe } from '../../helpers/tiny-training.ts';

const noMasks = { timeMasks: 0, timeFrames: 0, frequencyMasks: 0, frequencyDims: 0 };
const plain = {
  crop: { frames: 24, stretch: [1, 1], padding: 'repeat' },
  augmentation: { frequencyWarp: 0, gainDb: 0, masks: noMasks, mixupAlpha: 0, mixupShare: 1 },
} satisfies Partial<TrainingRecipe>;
let data: TrainingData;

beforeAll(async () => {
  data = await tinyData(tinyRecipe(), { actors: 2, takes: 2 });
});

function drawer(changes: Partial<TrainingRecipe> = {}, seed = 1): BatchDrawer {
  const recipe = tinyRecipe(changes);
  const { manifest, bank, labels } = data;
  const clips = manifest.entries.map((_, entry) => ({ entry }));
  const normalisation = { ...bank.corpusStatistics(clips.map(({ entry }) => entry)), views: recipe.input.views };
  const targets = new Targets(manifest.entries, labels, recipe.targets);
  return new BatchDrawer({ recipe, entries: manifest.entries, bank, clips, targets, normalisation, seed });
}

/** Copied: a batch lives until the next is drawn. */
const inputsOf = (from: BatchDrawer, epoch: number, step: number) => from.draw(epoch, step).inputs.slice();

test('a batch hangs on seed, epoch and step, not on what was drawn before', () => {
  const one = drawer();
  const first = inputsOf(one, 0, 0);
  const second = inputsOf(one, 0, 1);
  const later = inputsOf(one, 3, 1);
  const another = drawer();
  expect(inputsOf(another, 3, 1)).toEqual(later);
  expect(inputsOf(another, 0, 1)).toEqual(second);
  expect(inputsOf(another, 0, 0)).toEqual(first);
  expect(second).not.toEqual(first);
  expect(inputsOf(drawer({}, 2), 0, 0)).not.toEqual(first);
});

test('an epoch has each clip once, with its label, and fills a batch that is too large for the clips', () => {
  const one = drawer(plain);
  expect(one.stepsPerEpoch).toBe(2);
  const sums = new Float64Array(data.labels.length);
  for (let step = 0; step < 2; step++) {
    const { targets, allowed } = one.draw(0, step);
    targets.forEach((target, i) => (sums[i % data.labels.length]! += target));
    // RAVDESS has all the labels.
    expect(allowed.every((competes) => competes === 1)).toBe(true);
  }
  expect(Array.from(sums)).toEqual(data.labels.map(() => expect.closeTo(4)));
  expect(drawer({ ...plain, batch: 64 }).stepsPerEpoch).toBe(1);
  expect(drawer({ ...plain, batch: 64 }).draw(0, 0).targets).toHaveLength(64 * data.labels.length);
});

test('without augmentation, a voice that is known whole comes to mean 0 and deviation 1 in its own view', () => {
  const recipe = tinyRecipe();
  const input = { ...recipe.input, views: [{ speaker: { shrinkFrames: 0 } }] };
  const inputs = inputsOf(drawer({ ...plain, input, speakerClips: { least: 64, most: 64 }, batch: 16 }), 0, 0);
  const mean = inputs.reduce((sum, value) => sum + value / inputs.length, 0);
  const power = inputs.reduce((sum, value) => sum + value ** 2 / inputs.length, 0);
  // Crops, not whole clips.
  expect(mean).toBeCloseTo(0, 0);
  expect(power).toBeCloseTo(1, 0);
});

test('a gain is the microphone’s: against the voice’s own statistics, it changes nothing', () => {
  const input = { ...tinyRecipe().input, views: [{ speaker: { shrinkFrames: 0 } }] };
  const firstRow = (gainDb: number): Float32Array => {
    const augmentation = { ...plain.augmentation, gainDb };
    const inputs = inputsOf(drawer({ ...plain, input, augmentation }), 0, 0);
    return inputs.subarray(0, inputs.length / tinyRecipe().batch);
  };
  const recorded = firstRow(0);
  firstRow(12).forEach((value, i) => {
    expect(value).toBeCloseTo(recorded[i]!, 4);
  });
});

test.each([
  ['stretch', { crop: { ...plain.crop, stretch: [0.8, 0.8] as [number, number] } }],
  ['frequencyWarp', { augmentation: { ...plain.augmentation, frequencyWarp: 0.2 } }],
  ['gainDb', { augmentation: { ...plain.augmentation, gainDb: 6 } }],
  ['masks', { augmentation: { ...plain.augmentation, masks: { ...noMasks, timeMasks: 2, timeFrames: 8 } } }],
  ['mixupAlpha', { augmentation: { ...plain.augmentation, mixupAlpha: 1 } }],
  ['speakerClips', { speakerClips: { least: 1, most: 1 } }],
])('%s changes what the network sees', (_, changes) => {
  const recorded = inputsOf(drawer(plain), 0, 0);
  const changed = inputsOf(drawer({ ...plain, ...changes }), 0, 0);
  expect(changed).not.toEqual(recorded);
  expect(changed.every(Number.isFinite)).toBe(true);
});
