import { CORPORA } from '../../corpora/corpora.ts';
import type { ManifestEntry } from '../../corpora/manifest.ts';
import { UndertoneError } from '../../errors.ts';
import type { ClipPrediction, Condition, PredictionsByCondition } from './types.ts';

/** For each corpus, which of the network's labels compete for its clips. */
export type CompetingLabels = ReadonlyMap<string, readonly boolean[]>;

/**
 * Finds the labels that each corpus has: those that a known corpus is published with, and those that occur where the
 * corpus is somebody's own. Labels that a training never saw can be taken out for all.
 * @param trained the emotions that were trained; default all
 */
export function competingLabels(
  entries: readonly ManifestEntry[],
  labels: readonly string[],
  trained: ReadonlySet<string> = new Set(labels),
): CompetingLabels {
  const groups = Map.groupBy(entries, ({ corpus }) => corpus);
  return new Map(
    Array.from(groups, ([name, clips]) => {
      const published = CORPORA.find((corpus) => corpus.name === name)?.labels;
      const own = new Set<string>(published ?? clips.map(({ emotion }) => emotion));
      return [name, labels.map((label) => own.has(label) && trained.has(label))];
    }),
  );
}

/**
 * Turns logits into the probabilities of the labels that compete: a corpus without calm hears calm as neutral, other
 * labels that it does not have are out of the running, and the rest sums to 1.
 * @param logits one a label
 * @param labels the names of the logits
 * @param competing one a label; at least one is true
 * @param temperature divides the logits; above 0
 * @param out where to write; default a new array
 */
export function scoreWithLabels(
  logits: ArrayLike<number>,
  labels: readonly string[],
  competing: readonly boolean[],
  temperature = 1,
  out = new Float64Array(labels.length),
): Float64Array {
  let most = -Infinity;
  for (let label = 0; label < labels.length; label++) most = Math.max(most, logits[label]!);
  const calm = labels.indexOf('calm');
  const neutral = labels.indexOf('neutral');
  for (let label = 0; label < labels.length; label++) out[label] = Math.exp((logits[label]! - most) / temperature);
  if (calm >= 0 && neutral >= 0 && !competing[calm]! && competing[neutral]!) out[neutral]! += out[calm]!;
  let sum = 0;
  for (let label = 0; label < labels.length; label++) {
    if (!competing[label]!) out[label] = 0;
    sum += out[label]!;
  }
  // Where all that compete are smaller than a float can say, none of them is likelier than another.
  if (sum === 0) return scoreWithLabels(new Float64Array(labels.length), labels, competing, 1, out);
  for (let label = 0; label < labels.length; label++) out[label]! /= sum;
  return out;
}

/** A prediction ready to be scored: what was said, what is true, and what was in the running. */
export interface JudgedClip {
  /** Index into the manifest's entries. */
  readonly index: number;
  readonly entry: ManifestEntry;
  readonly logits: ArrayLike<number>;
  /** The true label's index. */
  readonly truth: number;
  readonly competing: readonly boolean[];
}

/** A decision: the likeliest label and how likely it is. */
export interface DecidedClip extends Omit<JudgedClip, 'logits'> {
  readonly predicted: number;
  /** 0..1. */
  readonly confidence: number;
}

/** Takes the likeliest label of each clip. */
export function decide(clips: readonly JudgedClip[], labels: readonly string[], temperature = 1): DecidedClip[] {
  const scores = new Float64Array(labels.length);
  return clips.map(({ logits, ...clip }) => {
    scoreWithLabels(logits, labels, clip.competing, temperature, scores);
    let predicted = clip.competing.indexOf(true);
    for (let label = predicted + 1; label < scores.length; label++) {
      if (scores[label]! > scores[predicted]!) predicted = label;
    }
    return { ...clip, predicted, confidence: scores[predicted]! };
  });
}

/**
 * Puts predictions beside the truth.
 * @throws UndertoneError `EVALUATION_INVALID` for a prediction of the wrong length or without a clip, numbers that are
 *   none, and an emotion that is not among the labels
 */
export function judge(
  entries: readonly ManifestEntry[],
  predictions: readonly ClipPrediction[],
  labels: readonly string[],
  competing: CompetingLabels,
): JudgedClip[] {
  return predictions.map(({ index, logits }) => {
    const entry = entries[index];
    if (entry === undefined) throw invalid(`prediction of clip ${index}`, 'has no clip in the manifest');
    if (logits.length !== labels.length) {
      throw invalid(entry.id, `has ${logits.length} predicted numbers for ${labels.length} labels`);
    }
    // An infinity would be harmless here, but a network that answers one is broken.
    if (!Array.from(logits).every(Number.isFinite)) throw invalid(entry.id, 'has a prediction that is not a number');
    const truth = labels.indexOf(entry.emotion);
    if (truth < 0) throw invalid(entry.id, `is labelled "${entry.emotion}", which the network has no label for`);
    const own = competing.get(entry.corpus);
    if (own?.includes(true) !== true) throw invalid(entry.corpus, 'has no label that the network was trained for');
    return { index, entry, logits, truth, competing: own };
  });
}

/** Sorts predictions by condition, the only way into the evaluation: what has another condition cannot slip in. */
export function groupByCondition(predictions: readonly ClipPrediction[]): PredictionsByCondition {
  return Object.groupBy(predictions, ({ condition }: ClipPrediction): Condition => condition) as PredictionsByCondition;
}

/** The error of predictions that cannot be scored. */
export function invalid(subject: string, problem: string): UndertoneError {
  return new UndertoneError('EVALUATION_INVALID', {
    subject,
    problem,
    remedy: 'Evaluate with the manifest, the labels and the network that belong together.',
  });
}
