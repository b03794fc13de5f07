import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { ManifestEntry } from '../../corpora/manifest.ts';
import { speakerIntervals } from './bootstrap.ts';
import { fitTemperature, reliability, riskCoverage, selectiveGain } from './calibration.ts';
import { corpusProbe } from './corpus-probe.ts';
import { addMatrices, confusionMatrix, scoresOf, subMatrix, summarise } from './metrics.ts';
import { describeSplit, PROTOCOL_WORDS } from './protocols.ts';
import { competingLabels, decide, groupByCondition, invalid, judge, type DecidedClip } from './scoring.ts';
import { CONDITIONS, type ClipPrediction, type Condition, type ConditionReport, type CorpusProbe } from './types.ts';
import type { EvaluationInput, EvaluationReport, EvaluationRun, GroupReport, RunReport } from './types.ts';

/** One network's decisions under one condition. */
interface DecidedRun {
  readonly run: EvaluationRun;
  readonly temperature: number;
  readonly fittedUnder: Condition;
  /** With the temperature, and without. */
  readonly clips: readonly DecidedClip[];
  readonly uncalibrated: readonly DecidedClip[];
}

/** What is the same for all groups of a report. */
interface Frame {
  readonly labels: readonly string[];
  readonly seed: number;
}

/**
 * Judges the networks of a protocol: all its folds under one or more seeds. A seed's folds are put together before they
 * are scored, means and deviations are over seeds, intervals over resampled speakers. Each condition is judged by itself.
 * @throws UndertoneError `EVALUATION_INVALID` without predictions, with runs of different protocols, or with predictions
 *   that do not fit the manifest or the labels
 */
export function evaluateRuns(input: EvaluationInput): EvaluationReport {
  const { manifest, labels, runs, model, title } = input;
  const protocols = new Set(runs.map(({ split }) => split.protocol));
  const [protocol] = protocols;
  if (protocol === undefined) throw invalid(title, 'has no trained networks to judge');
  if (protocols.size > 1) throw invalid(title, `mixes the protocols ${[...protocols].join(' and ')}`);
  const frame = { labels, seed: input.seed ?? 1 };
  const measured = CONDITIONS.filter((condition) =>
    runs.some(({ test }) => test.some((p) => p.condition === condition)),
  );
  if (measured.length === 0) throw invalid(title, 'has no predictions to judge');
  const conditions = measured.map((condition) => {
    const decided = runs.map((run) => decideRun(manifest.entries, labels, run, condition));
    return [condition, conditionReport(condition, decided, frame)] as const;
  });
  const probe = probeCorpora(input, frame.seed);
  const splits = new Map(runs.map(({ split }) => [split.hash, describeSplit(manifest.entries, split)]));
  return {
    format: 'undertone-evaluation',
    version: 1,
    title,
    createdAt: input.createdAt.toISOString(),
    model,
    protocol,
    leaky: protocol === 'leaky',
    explanation: PROTOCOL_WORDS[protocol].explanation,
    channel: input.channel ?? 'as recorded',
    labels,
    manifest: { hash: manifest.hash, clips: manifest.entries.length, speakers: countSpeakers(manifest.entries) },
    seeds: distinct(runs.map(({ seed }) => seed)),
    splits: [...splits.values()].sort((a, b) => a.fold - b.fold),
    conditions: Object.fromEntries(conditions),
    ...(probe === undefined ? {} : { corpusProbe: probe }),
  };
}

function decideRun(
  entries: readonly ManifestEntry[],
  labels: readonly string[],
  run: EvaluationRun,
  condition: Condition,
): DecidedRun {
  const test = groupByCondition(run.test)[condition] ?? [];
  if (test.length === 0) throw invalid(`${run.split.name}, seed ${run.seed}`, `was not measured under "${condition}"`);
  const validations = groupByCondition(run.validation);
  const fittedUnder = validations[condition] === undefined ? 'clip' : condition;
  const trained = new Set(run.split.train.map((index) => entries[index]!.emotion));
  const competing = competingLabels(entries, labels, trained);
  const judged = (predictions: readonly ClipPrediction[]) => judge(entries, predictions, labels, competing);
  const temperature = fitTemperature(judged(validations[fittedUnder] ?? []), labels);
  const clips = judged(test);
  return {
    run,
    temperature,
    fittedUnder,
    clips: decide(clips, labels, temperature),
    uncalibrated: decide(clips, labels),
  };
}

function conditionReport<C extends Condition>(
  condition: C,
  runs: readonly DecidedRun[],
  frame: Frame,
): ConditionReport<C> {
  const clips = runs.flatMap((run) => run.clips);
  const group = (keep: (entry: ManifestEntry) => boolean) => groupReport(runs, keep, frame);
  const corpora = distinct(clips.map(({ entry }) => entry.corpus));
  const sexes = distinct(clips.flatMap(({ entry }) => entry.sex ?? []));
  return {
    condition,
    pooled: group(() => true),
    byCorpus: Object.fromEntries(corpora.map((name) => [name, group(({ corpus }) => corpus === name)])),
    bySex: Object.fromEntries(sexes.map((name) => [name, group(({ sex }) => sex === name)])),
    calibration: {
      temperature: summarise(runs.map(({ temperature }) => temperature)),
      fittedUnder: runs[0]!.fittedUnder,
      before: reliability(runs.flatMap(({ uncalibrated }) => uncalibrated)),
      after: reliability(clips),
    },
    riskCoverage: riskCoverage(clips),
    gainAt70: selectiveGain(clips, 0.7),
    runs: runs.map((run) => runReport(run, frame.labels)),
  };
}

function groupReport(runs: readonly DecidedRun[], keep: (entry: ManifestEntry) => boolean, frame: Frame): GroupReport {
  const { labels, seed } = frame;
  const kept = runs.map(({ run, clips }) => ({ seed: run.seed, clips: clips.filter(({ entry }) => keep(entry)) }));
  const all = kept.flatMap(({ clips }) => clips);
  const competes = labels.map((_, label) => all.some(({ competing }) => competing[label]));
  const names = labels.filter((_, label) => competes[label]);
  const bySeed = Map.groupBy(kept, (run) => run.seed);
  const matrices = Array.from(bySeed.values(), (seedRuns) => {
    const counts = confusionMatrix(
      seedRuns.flatMap(({ clips }) => clips),
      labels.length,
    );
    return subMatrix(counts, competes);
  });
  const scores = matrices.map((matrix) => scoresOf(matrix, names));
  const { perClass, confusion } = scoresOf(addMatrices(matrices), names);
  const interval = speakerIntervals(all, labels.length, xoroshiro128plus(seed));
  return {
    clips: new Set(all.map(({ index }) => index)).size,
    speakers: countSpeakers(all.map(({ entry }) => entry)),
    uar: summarise(scores.map(({ uar }) => uar)),
    accuracy: summarise(scores.map(({ accuracy }) => accuracy)),
    macroF1: summarise(scores.map(({ macroF1 }) => macroF1)),
    weightedF1: summarise(scores.map(({ weightedF1 }) => weightedF1)),
    ...(interval === undefined ? {} : { interval }),
    labels: names,
    perClass,
    confusion,
  };
}

function runReport({ run, clips }: DecidedRun, labels: readonly string[]): RunReport {
  const figures = (own: readonly DecidedClip[]) => {
    const { uar, accuracy } = scoresOf(confusionMatrix(own, labels.length), labels);
    return { uar, accuracy };
  };
  const corpora = Map.groupBy(clips, ({ entry }) => entry.corpus);
  return {
    seed: run.seed,
    fold: run.split.fold,
    split: run.split.name,
    pooled: figures(clips),
    byCorpus: Object.fromEntries(Array.from(corpora, ([name, own]) => [name, figures(own)])),
  };
}

/** Probes what the first seed's networks say of clips that they were not trained on. */
function probeCorpora({ manifest, runs, embeddings }: EvaluationInput, seed: number): CorpusProbe | undefined {
  const predictions = runs.filter((run) => run.seed === runs[0]!.seed).flatMap(({ test }) => test);
  const [first] = predictions;
  const samples = predictions
    .filter(({ condition }) => condition === first!.condition)
    .flatMap(({ index, logits }) => {
      const vector = embeddings === undefined ? logits : embeddings.get(index);
      return vector === undefined ? [] : [{ vector, entry: manifest.entries[index]! }];
    });
  return corpusProbe(samples, embeddings === undefined ? 'logits' : 'embeddings', xoroshiro128plus(seed));
}

function countSpeakers(entries: readonly ManifestEntry[]): number {
  return new Set(entries.map(({ speaker }) => speaker)).size;
}

function distinct<T extends string | number>(values: readonly T[]): T[] {
  return [...new Set(values)].sort((a, b) => (a < b ? -1 : 1));
}
