import { access } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, resolve } from 'node:path';
import { Command } from 'commander';
import { splitManifest } from '../corpora/splits.ts';
import { UndertoneError } from '../errors.ts';
import {
  checkpointOf,
  everything,
  labelledClips,
  openTrainingData,
  readJudgement,
  readRecipe,
  trainModel,
  type TrainedModel,
  type TrainingData,
  type TrainingRecipe,
} from '../training/index.ts';
import { numberOption } from './arguments.ts';
import { untilInterrupted } from './interrupt.ts';
import { table } from './output.ts';
import { progressBar } from './progress.ts';
import { warn } from './recording.ts';
import { trainingDisplay } from './training-progress.ts';

/** What `train` and `evaluate` have in common. */
export interface RecipeOptions {
  readonly recipe: string;
  readonly epochs?: number;
  readonly threads?: number;
}

interface TrainOptions extends RecipeOptions {
  readonly out: string;
  readonly resume?: boolean;
  readonly seed?: number;
  readonly all?: string;
  readonly json?: boolean;
}

/** One part in five is held out to judge the model. */
const FOLDS = 5;

export function trainCommand(): Command {
  return addRecipeOptions(new Command('train'))
    .description('Train a model on labelled recordings, judge it on speakers that it has not heard, and write it down.')
    .argument('<data>', 'a folder of corpora, or a manifest (.jsonl) that `corpora scan` wrote')
    .option('--out <folder>', 'the model’s folder; its last part is the model’s id', 'models/my-model')
    .option('--resume', 'go on with a training that was stopped')
    .option('--seed <number>', 'of all that is drawn; default the recipe’s', numberOption)
    .option('--all <folder>', 'train on all clips, none held out; figures from the folder that `evaluate` wrote')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  undertone train corpora/ --out models/my-model
  undertone train manifest.jsonl --recipe tiny --epochs 3 --out models/trial
  undertone train manifest.jsonl --out models/my-model --resume
  undertone train manifest.jsonl --all reports/speaker --out models/default

A training that was stopped, killed or lost its power goes on with --resume and comes to the same weights.
Recipes lie in config/recipes; --recipe takes a name of one there or a file.`,
    )
    .action(train);
}

/** The options that say how networks are trained. */
export function addRecipeOptions(command: Command): Command {
  return command
    .option('--recipe <name or file>', 'how the network is trained', 'default')
    .option('--epochs <number>', 'instead of the recipe’s number', numberOption)
    .option('--threads <number>', 'of the CPU; default all', numberOption);
}

/** The recipe that the options describe. */
export async function recipeOf({ recipe, epochs }: RecipeOptions): Promise<TrainingRecipe> {
  return readRecipe(recipe, epochs === undefined ? {} : { epochs });
}

/** Finds and hears the clips of a folder or a manifest, with a bar each. */
export async function openData(
  path: string,
  recipe: TrainingRecipe,
  { threads, signal }: { readonly threads?: number; readonly signal: AbortSignal },
): Promise<TrainingData> {
  // No more of the command's options than these: its seed is the networks', and must not become that of the copies.
  const options = { signal, ...(threads !== undefined && { threads }) };
  const scanning = progressBar(undefined, 'recordings scanned');
  const manifest = await labelledClips(path, { ...options, onProgress: scanning.update }).finally(scanning.stop);
  const hearing = progressBar(undefined, 'recordings heard');
  return openTrainingData(manifest, recipe, { ...options, onProgress: hearing.update, onWarning: warn }).finally(
    hearing.stop,
  );
}

async function train(path: string, options: TrainOptions): Promise<void> {
  const recipe = await recipeOf(options);
  const { out, seed = recipe.seed, threads = availableParallelism(), resume = false, json } = options;
  if (!resume) await refuseUnfinished(out);
  const judgement = options.all === undefined ? undefined : await readJudgement(options.all);
  const trained = await untilInterrupted(async (signal) => {
    const data = await openData(path, recipe, { threads, signal });
    const split = judgement
      ? everything(data.manifest)
      : splitManifest(data.manifest.entries, { protocol: 'speaker', folds: FOLDS, seed })[0]!;
    const { stop, ...display } = trainingDisplay(recipe.epochs);
    return trainModel(data, split, {
      recipe,
      seed,
      folder: out,
      id: basename(resolve(out)),
      resume,
      createdAt: new Date(),
      trainer: { threads, signal, ...display },
      ...(judgement && { judgement }),
    }).finally(stop);
  });
  if (json) console.log(JSON.stringify(resultOf(trained)));
  else console.log(describe(trained));
}

/** Hours of work must not be lost to a forgotten --resume. */
async function refuseUnfinished(out: string): Promise<void> {
  const checkpoint = checkpointOf(out);
  const isThere = await access(checkpoint).then(
    () => true,
    () => false,
  );
  if (!isThere) return;
  throw new UndertoneError('USAGE', {
    subject: out,
    problem: 'holds a training that was stopped',
    remedy: `Go on with it by --resume, or delete ${checkpoint} to train anew.`,
  });
}

function resultOf({ folder, training, judgement }: TrainedModel) {
  const { bestEpoch, epochs, stopped, seed, model } = training;
  const conditions = Object.entries(judgement.report.conditions).map(
    ([condition, { pooled, byCorpus, calibration }]) => {
      const corpora = Object.entries(byCorpus).map(([corpus, { uar }]) => [corpus, uar.mean]);
      const ofCorpora = Object.fromEntries(corpora) as Record<string, number>;
      const uar = pooled.uar.mean;
      return [
        condition,
        { uar, accuracy: pooled.accuracy.mean, ece: calibration.after.ece, byCorpus: ofCorpora },
      ] as const;
    },
  );
  return {
    model: folder,
    seed,
    parameters: model.parameters,
    epochs: epochs.length,
    bestEpoch,
    stopped,
    seconds: epochs.reduce((sum, { seconds }) => sum + seconds, 0),
    calibration: judgement.calibration,
    conditions: Object.fromEntries(conditions),
  };
}

function describe(trained: TrainedModel): string {
  const { model, epochs, bestEpoch, seconds, conditions } = resultOf(trained);
  const corpora = [...new Set(Object.values(conditions).flatMap(({ byCorpus }) => Object.keys(byCorpus)))];
  const percent = (share: number | undefined): string => (share === undefined ? '-' : (100 * share).toFixed(1));
  const rows = Object.entries(conditions).map(([condition, { uar, accuracy, byCorpus }]) => {
    return [condition, ...[uar, accuracy, ...corpora.map((corpus) => byCorpus[corpus])].map(percent)];
  });
  return `${model}: trained ${epochs} epochs in ${(seconds / 60).toFixed(1)} minutes; the weights are those of epoch ${bestEpoch}
UAR and accuracy on clips of speakers that were not trained on, in per cent:

${table([['condition', 'UAR', 'accuracy', ...corpora.map((corpus) => `UAR ${corpus}`)], ...rows])}

training.html shows how it went; the model's README.md says what it is good for.`;
}
