import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataSplit } from '../corpora/data-split.ts';
import { writeFileWhole } from '../whole-file.ts';
import type { Hearing } from './augmentation/index.ts';
import type { TrainingClip } from './batches.ts';
import { assertSameRun, runIdentity, type RunIdentity } from './checkpoint.ts';
import { ClipPredictor, type PredictedClip } from './clip-predictor.ts';
import { CONDITIONS, type ClipPrediction } from './evaluation/index.ts';
import type { TrainingRecipe } from './recipe.ts';
import { openBank, type OpenOptions, type TrainingData } from './training-data.ts';
import { trainNetwork, type TrainedNetwork, type TrainerOptions, type TrainingTask } from './trainer.ts';

/** One fold of an evaluation: a network trained on it, and what that says of clips that it was not trained on. */
export interface FoldResult {
  readonly identity: RunIdentity;
  readonly parameters: number;
  readonly bestEpoch: number;
  readonly validation: readonly ClipPrediction[];
  readonly test: Readonly<Partial<Record<Hearing, readonly ClipPrediction[]>>>;
}

/** How to run a fold. */
export interface FoldOptions {
  readonly recipe: TrainingRecipe;
  readonly seed: number;
  /** Results and checkpoints of all folds lie here. */
  readonly folder: string;
  readonly channels: readonly Hearing[];
  readonly trainer: Omit<TrainerOptions, 'checkpoint' | 'resume'>;
  readonly open: OpenOptions;
}

/** The parts of a split as copies of clips. */
export function splitClips(split: DataSplit): Record<'train' | 'validation' | 'test', readonly TrainingClip[]> {
  if (split.protocol === 'leaky') {
    return { train: split.trainCopies, validation: split.testCopies, test: split.testCopies };
  }
  const clips = (part: readonly number[]): TrainingClip[] => part.map((entry) => ({ entry }));
  return { train: clips(split.train), validation: clips(split.validation), test: clips(split.test) };
}

const fileOf = (folder: string, { fold }: DataSplit, seed: number, ending: string): string =>
  join(folder, `seed-${seed}-fold-${fold}.${ending}`);

/** The training that a fold asks for. */
export function foldTask(data: TrainingData, split: DataSplit, recipe: TrainingRecipe, seed: number): TrainingTask {
  const { manifest, labels, bank } = data;
  const { train, validation } = splitClips(split);
  const { entries, hash } = manifest;
  return { recipe, seed, entries, hash, labels, bank, train, validation, splitHash: split.hash };
}

/**
 * The result of a fold that was run before; undefined where it was not, or not on all channels.
 * @throws UndertoneError CHECKPOINT_MISMATCH where the folder holds that of another recipe or other data
 */
export async function readFold(
  folder: string,
  split: DataSplit,
  seed: number,
  identity: RunIdentity,
  channels: readonly Hearing[],
): Promise<FoldResult | undefined> {
  const path = fileOf(folder, split, seed, 'json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const result = JSON.parse(text) as FoldResult;
  assertSameRun(path, result.identity, identity);
  return channels.every((channel) => result.test[channel]) ? result : undefined;
}

/**
 * Trains a network on a fold, or goes on where a run of it was stopped, and writes down what it says.
 * @throws UndertoneError as {@link trainNetwork}
 */
export async function runFold(data: TrainingData, split: DataSplit, options: FoldOptions): Promise<FoldResult> {
  const { recipe, seed, folder, channels } = options;
  await mkdir(folder, { recursive: true });
  const task = foldTask(data, split, recipe, seed);
  const checkpoint = fileOf(folder, split, seed, 'checkpoint');
  const trained = await trainNetwork(task, { ...options.trainer, checkpoint, resume: true });
  try {
    const { test } = splitClips(split);
    const predictions: Partial<Record<Hearing, readonly ClipPrediction[]>> = {};
    for (const channel of channels) {
      predictions[channel] =
        channel === 'recorded'
          ? await predictAll(trained.predictor, test)
          : await predictThrough(channel, trained, data, test, options);
    }
    const result: FoldResult = {
      identity: runIdentity(recipe, task.hash, split.hash, seed),
      parameters: trained.engine.parameters,
      bestEpoch: trained.bestEpoch,
      validation: await predictAll(trained.predictor, task.validation),
      test: predictions,
    };
    await writeFileWhole(fileOf(folder, split, seed, 'json'), [JSON.stringify(result)]);
    return result;
  } finally {
    await trained.engine.dispose();
  }
}

/** Predictions under every condition, their logits short enough to be kept. */
export async function predictAll(predictor: ClipPredictor, clips: readonly PredictedClip[]): Promise<ClipPrediction[]> {
  const predictions: ClipPrediction[] = [];
  for (const condition of CONDITIONS) predictions.push(...(await predictor.predict(clips, condition)));
  return predictions.map(({ index, logits, condition }) => ({
    index,
    condition,
    logits: Array.from(logits, (logit) => Math.round(1e5 * logit) / 1e5),
  }));
}

/** As {@link predictAll}, of clips that come through a channel. */
async function predictThrough(
  hearing: Hearing,
  { engine, normalisation }: TrainedNetwork,
  { manifest }: TrainingData,
  test: readonly PredictedClip[],
  { recipe, open }: FoldOptions,
): Promise<ClipPrediction[]> {
  const indexes = [...new Set(test.map(({ entry }) => entry))];
  const entries = indexes.map((index) => manifest.entries[index]!);
  const bank = await openBank(entries, recipe, { ...open, hearing, copies: 0 });
  const predictor = new ClipPredictor(engine, bank, entries, normalisation);
  const heard = await predictAll(
    predictor,
    indexes.map((_, entry) => ({ entry })),
  );
  return heard.map((prediction) => ({ ...prediction, index: indexes[prediction.index]! }));
}
