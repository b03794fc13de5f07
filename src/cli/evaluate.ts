import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { writeManifest } from '../corpora/index.ts';
import { PROTOCOLS, type Protocol } from '../corpora/splits.ts';
import { UndertoneError } from '../errors.ts';
import {
  CHANNELS,
  CONDITION_WORDS,
  evaluationJobs,
  finishedJob,
  foldsFolder,
  leakageMarkdown,
  leakageRows,
  runFold,
  writeReports,
  percent,
  percentWithDeviation,
  readJudgement,
  recipeFor,
  type ChannelName,
  type EvaluationJob,
  type EvaluationPlan,
  type FoldResult,
  type ReportsByChannel,
  type TrainingData,
} from '../training/index.ts';
import { writeFileWhole } from '../whole-file.ts';
import { numberOption } from './arguments.ts';
import { evaluateModel, type ModelOptions } from './evaluate-model.ts';
import { runAtOnce, runInProcess } from './fold-jobs.ts';
import { untilInterrupted } from './interrupt.ts';
import { table } from './output.ts';
import { addRecipeOptions, openData, recipeOf, type RecipeOptions } from './train.ts';
import { trainingDisplay } from './training-progress.ts';

interface EvaluateOptions extends RecipeOptions, ModelOptions {
  readonly protocol: Protocol;
  readonly folds: number;
  readonly seeds: number;
  readonly seed?: number;
  readonly fold?: number;
  readonly testCorpora?: readonly string[];
  readonly channel?: readonly ChannelName[];
  readonly jobs: number;
  readonly out: string;
  readonly table?: readonly string[];
}

export function evaluateCommand(): Command {
  const protocols = new Option('--protocol <name>', 'how clips are held out').choices(PROTOCOLS).default('speaker');
  const channels = new Option('--channel <name...>', 'hear the tested clips through a channel as well');
  return addRecipeOptions(new Command('evaluate'))
    .description('Measure how well a recipe, or a finished model, hears clips that were not trained on.')
    .argument('[data]', 'a folder of corpora, or a manifest (.jsonl) that `corpora scan` wrote')
    .addOption(protocols)
    .option('--folds <number>', 'into which the speakers are dealt', numberOption, 5)
    .option('--seeds <number>', 'how many networks a fold', numberOption, 3)
    .option('--fold <number>', 'this fold alone, the first being 0; with --seed, no report is written', numberOption)
    .option('--seed <number>', 'this seed alone, the first being 1; with --fold, no report is written', numberOption)
    .option('--test-corpora <name...>', 'only folds that test clips of these corpora')
    .addOption(channels.choices(CHANNELS))
    .option('--jobs <number>', 'networks that are trained at once', numberOption, 1)
    .option('--out <folder>', 'the reports’ folder; networks that are done are not trained again', 'reports/evaluation')
    .option('--model <id or folder>', 'judge a finished model instead of a recipe')
    .option('--data <folder>', 'the same as [data]')
    .addOption(
      new Option('--condition <name>', 'for --model: what is known of a voice').choices(Object.keys(CONDITION_WORDS)),
    )
    .option('--table <folders...>', 'put finished evaluations, one a protocol, side by side as a Markdown table')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Examples:
  undertone evaluate manifest.jsonl --out reports/speaker
  undertone evaluate manifest.jsonl --protocol loso --test-corpora SAVEE --seeds 5 --out reports/savee
  undertone evaluate manifest.jsonl --channel g711 opus16 --jobs 2 --out reports/channels
  undertone evaluate --table reports/leaky reports/random reports/speaker reports/corpus
  undertone evaluate --model default --data corpora/ --condition adapted-8 --json

The protocols:
  speaker        nobody who is tested was trained on; the default, and what to quote
  speaker+text   as speaker, and no tested sentence was trained on
  loso           leave one speaker out
  random         clips dealt at random: flatters
  corpus         leave one corpus out
  leaky          copies of clips dealt at random: the mistake behind most figures above 90 %, shown on purpose

An evaluation that was stopped goes on when the same command is run again.`,
    )
    .action(async (path: string | undefined, options: EvaluateOptions) => {
      if (options.table !== undefined) {
        const finished = await Promise.all(options.table.map(readJudgement));
        process.stdout.write(leakageMarkdown(leakageRows(finished.map(({ report }) => report))));
        return;
      }
      const data = path ?? options.data;
      if (data === undefined) {
        throw new UndertoneError('USAGE', {
          problem: 'no data was named',
          remedy: 'Name a folder of corpora or a manifest; --help shows examples.',
        });
      }
      if (options.model === undefined) await evaluateRecipe(data, options);
      else await evaluateModel(data, options.model, options);
    });
}

/** The networks that this command trains, of the plan that the options describe. */
function wantedJobs(plan: EvaluationPlan, { fold }: EvaluateOptions): EvaluationJob[] {
  const jobs = evaluationJobs(plan).filter(({ split }) => fold === undefined || split.fold === fold);
  if (jobs.length > 0) return jobs;
  throw new UndertoneError('USAGE', {
    subject: `--fold ${fold ?? ''}`,
    problem: 'is no fold of this evaluation',
    remedy: 'Folds are counted from 0.',
  });
}

async function evaluateRecipe(path: string, options: EvaluateOptions): Promise<void> {
  const { protocol, folds, seeds, seed, fold, testCorpora = [], channel = [], out, json } = options;
  const recipe = recipeFor(protocol, await recipeOf(options));
  const { plan, results } = await untilInterrupted(async (signal) => {
    const data = await openData(path, recipe, { ...options, signal });
    const plan: EvaluationPlan = {
      recipe,
      manifest: data.manifest,
      protocol,
      folds,
      seeds: seed === undefined ? Array.from({ length: seeds }, (_, i) => i + 1) : [seed],
      channels: ['recorded', ...channel],
      testCorpora,
    };
    return { plan, results: await runJobs(data, plan, options, signal) };
  });
  // One of an evaluation's networks: it is reported with the others.
  if (fold !== undefined && seed !== undefined) return;
  const reports = await writeReports(out, plan, results, new Date());
  if (json) console.log(JSON.stringify(reports.recorded));
  else console.log(describe(reports, out));
}

type FinishedJob = EvaluationJob & { readonly result: FoldResult };

/** Trains the networks that are not there yet, and returns the results of all. */
async function runJobs(
  data: TrainingData,
  plan: EvaluationPlan,
  options: EvaluateOptions,
  signal: AbortSignal,
): Promise<FinishedJob[]> {
  const { out, jobs: atOnce } = options;
  const jobs = wantedJobs(plan, options);
  const results = new Map<EvaluationJob, FoldResult>();
  const isAlone = atOnce === 1;
  if (!isAlone) await prepareProcesses(out, plan);
  await runAtOnce(jobs, atOnce, async (job) => {
    const name = `${job.split.name}, seed ${job.seed}`;
    let result = await finishedJob(out, plan, job);
    if (!result && isAlone) result = await trainHere(data, plan, job, options, signal);
    if (!result) {
      await runInProcess(name, processArguments(job, options), signal);
      result = await finishedJob(out, plan, job);
    }
    results.set(job, result!);
    console.error(`${name}: done, ${results.size} of ${jobs.length}`);
  });
  return jobs.map((job) => ({ ...job, result: results.get(job)! }));
}

async function trainHere(
  data: TrainingData,
  { recipe, channels }: EvaluationPlan,
  { split, seed }: EvaluationJob,
  { out, threads = availableParallelism() }: EvaluateOptions,
  signal: AbortSignal,
): Promise<FoldResult> {
  const { stop, ...display } = trainingDisplay(recipe.epochs);
  const trainer = { threads, signal, ...display };
  const fold = { recipe, seed, folder: foldsFolder(out), channels, trainer, open: { threads, signal } };
  return runFold(data, split, fold).finally(stop);
}

const manifestOf = (out: string): string => join(out, 'manifest.jsonl');
const recipeFileOf = (out: string): string => join(out, 'recipe.json');

/** Writes down what the processes of an evaluation read. */
async function prepareProcesses(out: string, { manifest, recipe }: EvaluationPlan): Promise<void> {
  await mkdir(out, { recursive: true });
  await writeManifest(manifestOf(out), manifest);
  await writeFileWhole(recipeFileOf(out), [`${JSON.stringify(recipe, null, 2)}\n`]);
}

function processArguments({ split, seed }: EvaluationJob, options: EvaluateOptions): string[] {
  const { out, folds, protocol, channel = [], jobs, threads = availableParallelism() } = options;
  const share = Math.max(1, Math.floor(threads / jobs));
  const settings = { recipe: recipeFileOf(out), protocol, folds, fold: split.fold, seed, out, threads: share };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return ['evaluate', manifestOf(out), ...flags, ...(channel.length > 0 ? ['--channel', ...channel] : [])];
}

function describe(reports: ReportsByChannel, out: string): string {
  const rows = Object.entries(reports).flatMap(([channel, report]) =>
    Object.values(report.conditions).flatMap(({ condition, pooled, byCorpus, calibration }) =>
      Object.entries({ 'all corpora': pooled, ...byCorpus }).map(([group, { uar, accuracy, labels, interval }]) => [
        channel,
        condition,
        group,
        String(labels.length),
        percentWithDeviation(uar),
        interval ? `${percent(interval.uar.low)}-${percent(interval.uar.high)}` : '-',
        percentWithDeviation(accuracy),
        group === 'all corpora' ? percent(calibration.after.ece) : '',
      ]),
    ),
  );
  const head = ['channel', 'condition', 'corpus', 'emotions', 'UAR', '95 %', 'accuracy', 'ECE'];
  const [first] = Object.values(reports);
  return `${first!.title}\n${first!.explanation}\n\n${table([head, ...rows], ['left', 'left', 'left'])}\n\n${join(out, 'report.html')} shows it all.`;
}
