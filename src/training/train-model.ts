import { join } from 'node:path';
import { mkdir, rm } from 'node:fs/promises';
import type { CleanSplit, DataSplit } from '../corpora/data-split.ts';
import type { Manifest } from '../corpora/manifest.ts';
import { UndertoneError } from '../errors.ts';
import type { ModelConfig } from '../predictor/index.ts';
import { unwritable } from '../whole-file.ts';
import { calibrate } from './calibrate.ts';
import {
  confusionMatrix,
  competingLabels,
  decide,
  describeSplit,
  evaluateRuns,
  judge,
  renderTrainingReport,
  scoresOf,
  type ClipPrediction,
  type EvaluationReport,
  type ModelDescription,
  type TrainingReport,
} from './evaluation/index.ts';
import { foldTask, predictAll, splitClips } from './fold-run.ts';
import { modelCard } from './model-card.ts';
import { writeModel } from './model-directory.ts';
import type { TrainingRecipe } from './recipe.ts';
import type { TrainingData } from './training-data.ts';
import { trainNetwork, type TrainedNetwork, type TrainerOptions } from './trainer.ts';

/** How well a recipe hears clips that were not trained on, and what follows for confidences. */
export interface Judgement {
  readonly report: EvaluationReport;
  readonly calibration: ModelConfig['calibration'];
}

/** How a model is trained and what it is called. */
export interface TrainModelOptions {
  readonly recipe: TrainingRecipe;
  readonly seed: number;
  /** Where the model is written to, and the checkpoint until then. */
  readonly folder: string;
  readonly id: string;
  readonly resume: boolean;
  readonly trainer: Omit<TrainerOptions, 'checkpoint' | 'resume'>;
  readonly createdAt: Date;
  /** Of other networks of the same recipe; needed where the split holds nothing out. */
  readonly judgement?: Judgement;
}

/** What came of a training. */
export interface TrainedModel {
  readonly folder: string;
  readonly training: TrainingReport;
  readonly judgement: Judgement;
}

/** The file in a model's folder by which a training goes on. It is there until the model is. */
export const checkpointOf = (folder: string): string => join(folder, 'training.checkpoint');

/** A split that trains on everything, for a model that is judged by others of its recipe. */
export function everything({ entries, hash }: Manifest): CleanSplit {
  return {
    name: 'everything',
    protocol: 'speaker',
    fold: 0,
    train: Array.from(entries.keys()),
    validation: [],
    test: [],
    dropped: [],
    notes: ['Nothing is held out: the weights of the last epoch are kept.'],
    chosenOn: 'nothing',
    textDisjoint: [],
    hash: `everything of ${hash}`,
  };
}

/**
 * Trains a network on a split, or goes on with it, judges and calibrates it and writes a model's folder: model.onnx,
 * config.json, metrics.json (an evaluation), training.json, training.html and README.md.
 * @throws UndertoneError as `trainNetwork`
 */
export async function trainModel(
  data: TrainingData,
  split: DataSplit,
  options: TrainModelOptions,
): Promise<TrainedModel> {
  const { recipe, seed, folder, id } = options;
  if (options.judgement) assertSameLabels(options.judgement, data.labels);
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw unwritable(folder, cause);
  });
  const task = foldTask(data, split, recipe, seed);
  const checkpoint = checkpointOf(folder);
  const trained = await trainNetwork(task, { ...options.trainer, checkpoint, resume: options.resume });
  try {
    const model = {
      name: id,
      network: recipe.network.kind,
      parameters: trained.engine.parameters,
      recipe: recipe.name,
    };
    const validation = await predictAll(trained.predictor, task.validation);
    const judgement = options.judgement ?? (await judgeModel(data, split, options, trained, validation, model));
    const training = trainingReport(data, split, options, trained, validation, model);
    await writeModel(folder, id, {
      name: id,
      description: recipe.description ?? `Trained by the recipe "${recipe.name}".`,
      recipe,
      labels: data.labels,
      normalisation: trained.normalisation,
      calibration: judgement.calibration,
      onnx: trained.engine.exportOnnx(),
      files: {
        'metrics.json': `${JSON.stringify(judgement.report)}\n`,
        'training.json': `${JSON.stringify({ ...training, settings: recipe }, null, 2)}\n`,
        'training.html': renderTrainingReport(training),
        'README.md': modelCard({
          name: id,
          description: recipe.description ?? '',
          recipe,
          labels: data.labels,
          parameters: trained.engine.parameters,
          trained: split.train.map((index) => data.manifest.entries[index]!),
          evaluation: judgement.report,
        }),
      },
    });
    await rm(checkpoint, { force: true });
    return { folder, training, judgement };
  } finally {
    await trained.engine.dispose();
  }
}

/** Confidences that were found for other labels mean nothing for these. */
function assertSameLabels({ report }: Judgement, labels: readonly string[]): void {
  if (report.labels.join() === labels.join()) return;
  throw new UndertoneError('EVALUATION_INVALID', {
    subject: report.title,
    problem: `is about ${report.labels.join(', ')}, the clips to train on are ${labels.join(', ')}`,
    remedy: 'Evaluate the recipe on the same clips first.',
  });
}

async function judgeModel(
  { manifest, labels }: TrainingData,
  split: DataSplit,
  { recipe, seed, id, createdAt }: TrainModelOptions,
  { predictor }: TrainedNetwork,
  validation: readonly ClipPrediction[],
  model: ModelDescription,
): Promise<Judgement> {
  const test = await predictAll(predictor, splitClips(split).test);
  const runs = [{ seed, split, validation, test }];
  return {
    report: evaluateRuns({ title: id, model, manifest, labels, runs, createdAt }),
    calibration: calibrate(validation, manifest.entries, labels, recipe.coverage),
  };
}

function trainingReport(
  { manifest, labels }: TrainingData,
  split: DataSplit,
  { seed, id, createdAt }: TrainModelOptions,
  { epochs, bestEpoch, stopped }: TrainedNetwork,
  validation: readonly ClipPrediction[],
  model: ModelDescription,
): TrainingReport {
  const { entries } = manifest;
  const alone = validation.filter(({ condition }) => condition === 'clip');
  const decided = decide(judge(entries, alone, labels, competingLabels(entries, labels)), labels);
  return {
    format: 'undertone-training',
    version: 1,
    title: id,
    createdAt: createdAt.toISOString(),
    model,
    seed,
    manifestHash: manifest.hash,
    split: describeSplit(entries, split),
    protocol: split.protocol,
    epochs,
    bestEpoch,
    stopped,
    ...(decided.length > 0 && {
      validation: { condition: 'clip', scores: scoresOf(confusionMatrix(decided, labels.length), labels) },
    }),
  };
}
