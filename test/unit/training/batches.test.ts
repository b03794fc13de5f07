import { beforeAll, expect, test } from '@jest/globals';
import type { ManifestEntry } from '../../../src/corpora/manifest.ts';
import { BatchDrawer } from '../../../src/training/batches.ts';
import { NO_AUGMENTATION } from '../../../src/training/recipe.ts';
import { Targets } from '../../../src/training/targets.ts';
import type { TrainingData, TrainingRecipe } from '../../../src/training/index.ts';
import { tinyData, tinyRecipe } from '../../helpers/tiny-training.ts';

const plain = {
  crop: { frames: 24, stretch: [1, 1], padding: 'repeat' },
  augmentation: NO_AUGMENTATION,
} satisfies Partial<TrainingRecipe>;
let data: TrainingData;

beforeAll(async () => {
  data = await tinyData(tinyRecipe(), { actors: 2, takes: 2 });
});

function drawer(
  changes: Partial<TrainingRecipe> = {},
  seed = 1,
  entries: readonly ManifestEntry[] = data.manifest.entries,
): BatchDrawer {
  const recipe = tinyRecipe(changes);
  const { bank, labels } = data;
  const clips = entries.map((_, entry) => ({ entry }));
  const normalisation = { ...bank.corpusStatistics(clips.map(({ entry }) => entry)), views: recipe.input.views };
  const targets = new Targets(entries, labels, recipe.targets);
  return new BatchDrawer({ recipe, entries, bank, clips, targets, normalisation, seed });
}

/** Copied: a batch lives until the next is drawn. */
const inputsOf = (from: BatchDrawer, epoch: number, step: number) => from.draw(epoch, step).inputs.slice();

/** What is drawn for the rows after it hangs on how much this one drew. */
function firstRow(changes: Partial<TrainingRecipe>, entries?: readonly ManifestEntry[]): Float32Array {
  const inputs = inputsOf(drawer(changes, 1, entries), 0, 0);
  return inputs.subarray(0, inputs.length / tinyRecipe().batch);
}

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
  const recorded = firstRow({ ...plain, input });
  firstRow({ ...plain, input, augmentation: { ...NO_AUGMENTATION, gainDb: 12 } }).forEach((value, i) => {
    expect(value).toBeCloseTo(recorded[i]!, 4);
  });
});

const fewVoices = { frequencyWarp: 0, clipGainDb: 12, clipTiltDb: 12 };
const augmentation = { ...NO_AUGMENTATION, fewVoices };

test('of a clip that is all that is known of its voice, no gain and no tilt shows', () => {
  const input = { ...tinyRecipe().input, views: [{ speaker: { shrinkFrames: 0 } }] };
  const alone = { ...plain, input, speakerClips: { least: 1, most: 1 } };
  const recorded = firstRow(alone);
  firstRow({ ...alone, augmentation }).forEach((value, i) => {
    expect(value).toBeCloseTo(recorded[i]!, 4);
  });
});

test('features without a logarithm get no gain', () => {
  const input = { ...tinyRecipe().input, logFloor: null };
  const loud = { ...augmentation, gainDb: 12 };
  expect(firstRow({ ...plain, input, augmentation: loud })).toEqual(firstRow({ ...plain, input }));
});

test('what the clips of one voice get, those of four get a quarter of', () => {
  const input = { ...tinyRecipe().input, views: [{ clipMean: 0, clipLevel: 0 }] };
  const change = (voices: number): number => {
    const entries = data.manifest.entries.map((entry, i) => ({ ...entry, speaker: `voice ${i % voices}` }));
    const settings = { ...plain, input, balance: { speaker: 0, corpus: 0, emotion: 0 } };
    const recorded = firstRow(settings, entries);
    return Math.max(
      ...firstRow({ ...settings, augmentation }, entries).map((value, i) => Math.abs(value - recorded[i]!)),
    );
  };
  expect(change(1)).toBeGreaterThan(0);
  expect(change(4) / change(1)).toBeCloseTo(1 / 4, 3);
});

test.each([
  ['stretch', { crop: { ...plain.crop, stretch: [0.8, 0.8] as [number, number] } }],
  ['frequencyWarp', { augmentation: { ...plain.augmentation, frequencyWarp: 0.2 } }],
  ['fewVoices', { augmentation }],
  ['gainDb', { augmentation: { ...plain.augmentation, gainDb: 6 } }],
  [
    'masks',
    { augmentation: { ...plain.augmentation, masks: { ...NO_AUGMENTATION.masks, timeMasks: 2, timeFrames: 8 } } },
  ],
  ['mixupAlpha', { augmentation: { ...plain.augmentation, mixupAlpha: 1, mixupShare: 1 } }],
  ['speakerClips', { speakerClips: { least: 1, most: 1 } }],
])('%s changes what the network sees', (_, changes) => {
  const recorded = inputsOf(drawer(plain), 0, 0);
  const changed = inputsOf(drawer({ ...plain, ...changes }), 0, 0);
  expect(changed).not.toEqual(recorded);
  expect(changed.every(Number.isFinite)).toBe(true);
});
