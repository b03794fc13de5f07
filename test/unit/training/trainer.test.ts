import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { decodeAudio } from '../../../src/audio/index.ts';
import { writeManifest } from '../../../src/corpora/index.ts';
import { splitManifest, type DataSplit } from '../../../src/corpora/splits.ts';
import { EmotionPredictor } from '../../../src/predictor/index.ts';
import { foldTask } from '../../../src/training/fold-run.ts';
import {
  checkpointOf,
  trainModel,
  trainNetwork,
  type TrainerOptions,
  type TrainingData,
  type TrainingTask,
} from '../../../src/training/index.ts';
import { tinyData, tinyRecipe } from '../../helpers/tiny-training.ts';

const recipe = tinyRecipe();
let data: TrainingData;
let split: DataSplit;
let folder: string;

beforeAll(async () => {
  data = await tinyData(recipe);
  split = splitManifest(data.manifest.entries, { protocol: 'speaker', folds: 3, seed: 1 })[0]!;
  folder = await mkdtemp(join(tmpdir(), 'undertone-training-'));
}, 60_000);

/** The weights that a training comes to. */
async function weightsOf(task: TrainingTask, options: Partial<TrainerOptions> = {}): Promise<Float32Array> {
  const { engine } = await trainNetwork(task, { threads: 1, ...options });
  const { average } = engine.state();
  await engine.dispose();
  return average;
}

describe('training', () => {
  test('learns 32 clips by heart', async () => {
    const plain = tinyRecipe({
      crop: { frames: 36, stretch: [1, 1], padding: 'repeat' },
      augmentation: {
        ...recipe.augmentation,
        frequencyWarp: 0,
        masks: { timeMasks: 0, timeFrames: 0, frequencyMasks: 0, frequencyDims: 0 },
        mixupAlpha: 0,
      },
      targets: { ...recipe.targets, labelSmoothing: 0 },
      epochs: 40,
    });
    const small = { ...plain, network: tinyRecipe({}, 'cnn').network };
    const task = foldTask(data, split, small, 1);
    const clips = Array.from({ length: 32 }, (_, i) => ({ entry: i * 2 }));
    const trained = await trainNetwork({ ...task, train: clips, validation: [] }, { threads: 1 });
    const predictions = await trained.predictor.predict(clips, 'clip');
    const right = predictions.filter(({ index, logits }) => {
      const best = Array.from(logits).indexOf(Math.max(...Array.from(logits)));
      return data.labels[best] === data.manifest.entries[index]!.emotion;
    });
    await trained.engine.dispose();
    expect(right).toHaveLength(32);
  });

  test('under the same seed comes to the same weights, under another to others', async () => {
    const first = await weightsOf(foldTask(data, split, recipe, 1));
    expect(await weightsOf(foldTask(data, split, recipe, 1))).toEqual(first);
    expect(await weightsOf(foldTask(data, split, recipe, 2))).not.toEqual(first);
  });

  test.each([1, 5, 7])('that is stopped after step %i goes on to the same weights', async (last) => {
    const task = foldTask(data, split, recipe, 1);
    const checkpoint = join(folder, `stopped-${last}`);
    const stop = new AbortController();
    const stopped = trainNetwork(task, {
      threads: 1,
      checkpoint,
      signal: stop.signal,
      onProgress: ({ step }) => {
        if (step === last) stop.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: 'TRAINING_INTERRUPTED' });
    const steps: number[] = [];
    const resumed = await weightsOf(task, { checkpoint, resume: true, onProgress: ({ step }) => steps.push(step) });
    expect(steps[0] ?? last + 1).toBe(last + 1);
    expect(resumed).toEqual(await weightsOf(task));
  });

  test('stops where the validation part sees no more progress, and keeps the best weights', async () => {
    const impatient = tinyRecipe({ epochs: 30, patience: 2, optimiser: { ...recipe.optimiser, learningRate: 1e-9 } });
    const trained = await trainNetwork(foldTask(data, split, impatient, 1), { threads: 1 });
    await trained.engine.dispose();
    expect(trained.stopped).toBe('no more progress on the validation part');
    expect(trained.epochs).toHaveLength(trained.bestEpoch + 2);
    const losses = trained.epochs.map(({ validationLoss }) => validationLoss!);
    expect(losses[trained.bestEpoch - 1]).toBe(Math.min(...losses));
  });

  test('that diverges says so', async () => {
    const wild = tinyRecipe({ optimiser: { ...recipe.optimiser, learningRate: 1e30, clipNorm: 1e30, warmUp: 0 } });
    await expect(weightsOf(foldTask(data, split, wild, 1))).rejects.toMatchObject({ code: 'TRAINING_DIVERGED' });
  });
});

describe('a training that is killed', () => {
  const run = (...args: string[]) => {
    const script = new URL('../../helpers/training-run.ts', import.meta.url).pathname;
    return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  };

  test('goes on, however often it is killed, and comes to the same model', async () => {
    const manifest = join(folder, 'manifest.jsonl');
    await writeManifest(manifest, data.manifest);
    const cache = join(dirname(data.manifest.entries[0]!.path), '../cache');
    const [whole, broken] = [join(folder, 'whole'), join(folder, 'broken')];
    const unbroken = { recipe: tinyRecipe({ epochs: 6 }), seed: 1, folder: whole, id: 'killed', resume: false };
    await trainModel(data, split, { ...unbroken, createdAt: new Date(0), trainer: { threads: 1 } });
    for (const [kill, step] of [4, 17].entries()) {
      const child = run(manifest, cache, broken, kill === 0 ? 'anew' : 'resume');
      for await (const line of createInterface(child.stdout)) if (parseInt(line) >= step) child.kill('SIGKILL');
      expect(child.signalCode ?? (await once(child, 'close'))[1]).toBe('SIGKILL');
    }
    expect(existsSync(checkpointOf(broken))).toBe(true);
    const last = run(manifest, cache, broken, 'resume');
    const steps: string[] = [];
    for await (const line of createInterface(last.stdout)) steps.push(line);
    expect(parseInt(steps[0]!)).toBeGreaterThanOrEqual(17);
    for (const file of ['model.onnx', 'config.json', 'metrics.json']) {
      expect(await readFile(join(broken, file), 'utf8')).toBe(
        (await readFile(join(whole, file), 'utf8')).replaceAll(whole, broken),
      );
    }
    expect(existsSync(checkpointOf(broken))).toBe(false);
  }, 60_000);

  test('from a damaged checkpoint, or one of another training, does not go on', async () => {
    const out = join(folder, 'damaged');
    const task = foldTask(data, split, recipe, 1);
    const checkpoint = join(folder, 'saved');
    await weightsOf(task, { checkpoint });
    await expect(weightsOf({ ...task, seed: 2 }, { checkpoint, resume: true })).rejects.toMatchObject({
      code: 'CHECKPOINT_MISMATCH',
    });
    await writeFile(checkpoint, (await readFile(checkpoint)).subarray(0, 1_000));
    await expect(weightsOf(task, { checkpoint, resume: true })).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED' });
    expect(existsSync(out)).toBe(false);
  });
});

describe('a trained model', () => {
  test.each(['cnn', 'lstm', 'cnn-lstm'] as const)('%s serves what the trainer heard', async (kind) => {
    const recipeOfKind = tinyRecipe({ epochs: 1 }, kind);
    const out = join(folder, kind);
    const options = { recipe: recipeOfKind, seed: 1, folder: out, id: kind, resume: false, createdAt: new Date(0) };
    const { judgement } = await trainModel(data, split, { ...options, trainer: { threads: 1 } });
    const task = foldTask(data, split, recipeOfKind, 1);
    const trained = await trainNetwork(task, { threads: 1 });
    const heard = await trained.predictor.predict([{ entry: split.test[0]! }], 'clip');
    await trained.engine.dispose();
    const predictor = await EmotionPredictor.load(out);
    const { samples } = await decodeAudio(data.manifest.entries[split.test[0]!]!.path, { sampleRateHz: 16_000 });
    const { scores } = await predictor.predictClip(samples);
    await predictor.close();
    const { temperature } = judgement.calibration;
    const exps = Array.from(heard[0]!.logits, (logit) => Math.exp(logit / temperature));
    const sum = exps.reduce((all, value) => all + value);
    data.labels.forEach((label, i) => {
      // Features lie in the bank in half precision.
      expect(scores[label]).toBeCloseTo(exps[i]! / sum, 2);
    });
    for (const file of ['README.md', 'training.html', 'training.json', 'metrics.json'])
      expect(existsSync(join(out, file))).toBe(true);
  });
});
