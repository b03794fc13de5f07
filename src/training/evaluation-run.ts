import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataSplit } from '../corpora/data-split.ts';
import { splitManifest, type Protocol } from '../corpora/splits.ts';
import type { Manifest } from '../corpora/manifest.ts';
import { UndertoneError } from '../errors.ts';
import type { ModelConfig } from '../predictor/index.ts';
import { unwritable, writeFileWhole } from '../whole-file.ts';
import type { Hearing } from './augmentation/index.ts';
import { calibrate } from './calibrate.ts';
import { runIdentity } from './checkpoint.ts';
import { evaluateRuns, renderEvaluationReport, type EvaluationReport } from './evaluation/index.ts';
import { readFold, type FoldResult } from './fold-run.ts';
import { NO_AUGMENTATION, type TrainingRecipe } from './recipe.ts';
import type { Judgement } from './train-model.ts';
import { occurringLabels } from './training-data.ts';

/** The speakers are dealt to the folds in the same way for all seeds, so that results can be compared. */
const SPLIT_SEED = 1;
/** Copies of a clip that the leaky protocol deals out, the recording included. */
const LEAKY_COPIES = 4;

/** What is evaluated, and how. */
export interface EvaluationPlan {
  readonly recipe: TrainingRecipe;
  readonly manifest: Manifest;
  readonly protocol: Protocol;
  readonly folds: number;
  readonly seeds: readonly number[];
  readonly channels: readonly Hearing[];
  /** Only folds that test clips of these corpora; none: all folds. */
  readonly testCorpora: readonly string[];
}

/** One network to be trained: a fold under a seed. */
export interface EvaluationJob {
  readonly split: DataSplit;
  readonly seed: number;
}

/**
 * The recipe under a protocol: the leaky one deals out copies that have to be made, and they are, as where it was
 * published, all the augmentation there is.
 */
export function recipeFor(protocol: Protocol, recipe: TrainingRecipe): TrainingRecipe {
  if (protocol !== 'leaky') return recipe;
  const { heard, crop } = recipe;
  return {
    ...recipe,
    heard: { ...heard, copies: Math.max(heard.copies, LEAKY_COPIES - 1) },
    crop: { ...crop, stretch: [1, 1] },
    augmentation: NO_AUGMENTATION,
  };
}

/** All networks that a plan trains. @throws UndertoneError SPLIT_IMPOSSIBLE, USAGE */
export function evaluationJobs({ manifest, protocol, folds, seeds, testCorpora }: EvaluationPlan): EvaluationJob[] {
  const { entries } = manifest;
  const isTested = ({ test }: DataSplit): boolean =>
    testCorpora.length === 0 || test.some((index) => testCorpora.includes(entries[index]!.corpus));
  const splits = splitManifest(entries, { protocol, folds, seed: SPLIT_SEED, copiesPerClip: LEAKY_COPIES });
  const wanted = splits.filter(isTested);
  if (wanted.length === 0) {
    throw new UndertoneError('USAGE', {
      subject: testCorpora.join(', '),
      problem: 'is tested in no fold',
      remedy: `The data has ${[...new Set(entries.map(({ corpus }) => corpus))].join(', ')}.`,
    });
  }
  return seeds.flatMap((seed) => wanted.map((split) => ({ split, seed })));
}

/** Where the results of an evaluation's networks lie. */
export const foldsFolder = (folder: string): string => join(folder, 'folds');

/** The result of a job that was done before, if it was. @throws UndertoneError CHECKPOINT_MISMATCH */
export function finishedJob(
  folder: string,
  { recipe, manifest, channels }: EvaluationPlan,
  { split, seed }: EvaluationJob,
): Promise<FoldResult | undefined> {
  const identity = runIdentity(recipe, manifest.hash, split.hash, seed);
  return readFold(foldsFolder(folder), split, seed, identity, channels);
}

/** Reports by the channel that test clips came through. */
export type ReportsByChannel = Readonly<Partial<Record<Hearing, EvaluationReport>>>;

/**
 * Judges the networks of a plan and writes report.json and report.html (report-g711.json and so on for other channels),
 * and calibration.json for a model that is trained on everything by the same recipe.
 */
export async function writeReports(
  folder: string,
  plan: EvaluationPlan,
  results: readonly (EvaluationJob & { readonly result: FoldResult })[],
  createdAt: Date,
): Promise<ReportsByChannel> {
  const { recipe, manifest, channels, protocol } = plan;
  const labels = occurringLabels(manifest);
  const model = {
    name: recipe.name,
    network: recipe.network.kind,
    parameters: results[0]!.result.parameters,
    recipe: recipe.name,
  };
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw unwritable(folder, cause);
  });
  const reports: Partial<Record<Hearing, EvaluationReport>> = {};
  for (const channel of channels) {
    const runs = results.map(({ split, seed, result }) => {
      return { seed, split, validation: result.validation, test: result.test[channel]! };
    });
    const name = channel === 'recorded' ? 'report' : `report-${channel}`;
    const title = `${recipe.name}: ${protocol}${channel === 'recorded' ? '' : ` through ${channel}`}`;
    const report = evaluateRuns({
      title,
      model,
      manifest,
      labels,
      runs,
      createdAt,
      ...(channel !== 'recorded' && { channel }),
    });
    reports[channel] = report;
    await writeFileWhole(join(folder, `${name}.json`), [`${JSON.stringify(report)}\n`]);
    await writeFileWhole(join(folder, `${name}.html`), [renderEvaluationReport(report)]);
  }
  const heldOut = results.flatMap(({ result }) => result.test.recorded ?? []);
  const calibration = calibrate(heldOut, manifest.entries, labels, recipe.coverage);
  await writeFileWhole(join(folder, 'calibration.json'), [`${JSON.stringify(calibration)}\n`]);
  return reports;
}

/**
 * What an evaluation found, for the model card and the confidences of a model of the same recipe.
 * @throws UndertoneError EVALUATION_INVALID where the folder has no finished evaluation
 */
export async function readJudgement(folder: string): Promise<Judgement> {
  try {
    const [report, calibration] = await Promise.all(
      ['report.json', 'calibration.json'].map(
        async (file) => JSON.parse(await readFile(join(folder, file), 'utf8')) as unknown,
      ),
    );
    return { report: report as EvaluationReport, calibration: calibration as ModelConfig['calibration'] };
  } catch (cause) {
    throw new UndertoneError('EVALUATION_INVALID', {
      subject: folder,
      problem: 'holds no finished evaluation',
      remedy: 'Name the --out folder of an `undertone evaluate` that ran to its end.',
      cause,
    });
  }
}
