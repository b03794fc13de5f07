import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { readCheckpoint, runIdentity, writeCheckpoint, type TrainingState } from '../../../src/training/checkpoint.ts';
import { tinyRecipe } from '../../helpers/tiny-training.ts';

const recipe = tinyRecipe();
const identity = runIdentity(recipe, 'data', 'split', 1);
const weights = Float32Array.of(0.1, -2, 1e-30);
const engine = {
  weights,
  firstMoment: weights,
  secondMoment: weights,
  average: weights,
  statistics: weights,
  step: 7,
  random: [1, -2, 3, 4],
};
const epochs = [{ epoch: 1, learningRate: 0.1, trainLoss: 2, seconds: 3 }];
const state: TrainingState = {
  epoch: 1,
  step: 3,
  lossSum: 4.5,
  epochMs: 12,
  epochs,
  best: { epoch: 1, loss: 1.1, state: engine },
  engine,
};
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'undertone-'));
  path = join(folder, 'training.checkpoint');
});

test('a checkpoint is read as it was written, and leaves nothing beside it', async () => {
  expect(await readCheckpoint(path, identity)).toBeUndefined();
  await writeCheckpoint(path, identity, state);
  expect(await readCheckpoint(path, identity)).toEqual(state);
  expect(await readdir(folder)).toEqual(['training.checkpoint']);
});

test('settings in another order are the same recipe', async () => {
  await writeCheckpoint(path, identity, state);
  const turned = Object.fromEntries(Object.entries(recipe).reverse()) as unknown as typeof recipe;
  expect(await readCheckpoint(path, runIdentity(turned, 'data', 'split', 1))).toEqual(state);
});

test.each(['cut short', 'with a flipped bit', 'empty', 'of something else'])(
  'a checkpoint %s is refused',
  async (damage) => {
    await writeCheckpoint(path, identity, state);
    const bytes = await readFile(path);
    if (damage === 'with a flipped bit') bytes[bytes.length - 20]! ^= 1;
    const cut = damage === 'cut short' ? bytes.length - 1 : damage === 'empty' ? 0 : bytes.length;
    await writeFile(path, damage === 'of something else' ? 'a picture' : bytes.subarray(0, cut));
    await expect(readCheckpoint(path, identity)).rejects.toMatchObject({
      code: 'CHECKPOINT_DAMAGED',
      message: expect.stringMatching(/training\.checkpoint: is damaged.*Delete it/),
    });
  },
);

test.each([
  ['recipe', runIdentity({ ...recipe, epochs: 99 }, 'data', 'split', 1)],
  ['data', runIdentity(recipe, 'other', 'split', 1)],
  ['split', runIdentity(recipe, 'data', 'other', 1)],
  ['seed', runIdentity(recipe, 'data', 'split', 2)],
])('a checkpoint of another %s is refused', async (part, other) => {
  await writeCheckpoint(path, identity, state);
  await expect(readCheckpoint(path, other)).rejects.toMatchObject({
    code: 'CHECKPOINT_MISMATCH',
    message: expect.stringContaining(`another ${part}`),
  });
});

test('a folder that is not there cannot be written to', async () => {
  await expect(writeCheckpoint(join(folder, 'none', 'x'), identity, state)).rejects.toMatchObject({
    code: 'OUTPUT_UNWRITABLE',
  });
});
