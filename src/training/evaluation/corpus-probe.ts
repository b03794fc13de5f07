import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { EMOTIONS } from '../../corpora/emotions.ts';
import type { ManifestEntry } from '../../corpora/manifest.ts';
import { confusionMatrix, scoresOf } from './metrics.ts';
import type { CorpusProbe } from './types.ts';

const STEPS = 300;
const DECAY = 1e-3;
/** More clips of a corpus than this change nothing but the time. */
const MOST_CLIPS = 500;

/** A clip's vector, and whose clip it is. */
export interface ProbeSample {
  readonly vector: ArrayLike<number>;
  readonly entry: ManifestEntry;
}

/**
 * Asks how well a linear classifier tells the corpus from what a network makes of a clip, on speakers that it was not
 * fitted on. Only emotions that every corpus has take part, for labels alone would give a corpus away; corpora with one
 * speaker are left out.
 * @returns undefined where fewer than two corpora remain
 */
export function corpusProbe(
  samples: readonly ProbeSample[],
  on: CorpusProbe['on'],
  random: RandomGenerator,
): CorpusProbe | undefined {
  const corpora = [...Map.groupBy(samples, ({ entry }) => entry.corpus)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, own]) => own)
    .filter((own) => new Set(own.map(({ entry }) => entry.speaker)).size > 1);
  if (corpora.length < 2) return undefined;
  const isShared = (emotion: string) => corpora.every((own) => own.some(({ entry }) => entry.emotion === emotion));
  const shared = new Set(EMOTIONS.filter(isShared));
  const fitted: Row[] = [];
  const judged: Row[] = [];
  for (const [corpus, own] of corpora.entries()) {
    const comparable = own.filter(({ entry }) => shared.has(entry.emotion));
    const speakers = [...new Set(comparable.map(({ entry }) => entry.speaker))].sort();
    const known = new Set(drawn(speakers, Math.ceil(speakers.length / 2), random));
    const rows = comparable.map(({ vector, entry }) => ({ vector, corpus, known: known.has(entry.speaker) }));
    fitted.push(
      ...drawn(
        rows.filter((row) => row.known),
        MOST_CLIPS,
        random,
      ),
    );
    judged.push(...rows.filter((row) => !row.known));
  }
  if (fitted.length === 0 || judged.length === 0) return undefined;
  const classify = fitSoftmax(fitted, corpora.length);
  const decided = judged.map(({ vector, corpus }) => ({ truth: corpus, predicted: classify(vector) }));
  const names = corpora.map(([first]) => first!.entry.corpus);
  const { uar } = scoresOf(confusionMatrix(decided, corpora.length), names);
  return { on, uar, chance: 1 / corpora.length, clips: judged.length };
}

interface Row {
  readonly vector: ArrayLike<number>;
  readonly corpus: number;
}

/** At most `count` of the items, by chance. */
function drawn<T>(items: readonly T[], count: number, random: RandomGenerator): T[] {
  const pool = [...items];
  const taken = Math.min(count, pool.length);
  for (let at = 0; at < taken; at++) {
    const other = uniformInt(random, at, pool.length - 1);
    [pool[at], pool[other]] = [pool[other]!, pool[at]!];
  }
  return pool.slice(0, taken);
}

/**
 * Softmax regression on standardised vectors, every class of the same weight, by gradient descent with momentum.
 * @returns the classifier
 */
function fitSoftmax(rows: readonly Row[], classes: number): (vector: ArrayLike<number>) => number {
  const dims = rows[0]!.vector.length;
  const scale = standardiser(rows, dims);
  const inputs = rows.map(({ vector }) => scale(vector));
  const counts = rows.reduce(
    (all, { corpus }) => all.with(corpus, all[corpus]! + 1),
    new Array<number>(classes).fill(0),
  );
  // The loss bends by at most half the squared length of an input, which is dims + 1 on average: this cannot diverge.
  const rate = 2 / (dims + 1);
  const weights = new Float64Array(classes * (dims + 1));
  const momentum = new Float64Array(weights.length);
  const gradient = new Float64Array(weights.length);
  const scores = new Float64Array(classes);
  for (let step = 0; step < STEPS; step++) {
    gradient.fill(0);
    for (const [at, input] of inputs.entries()) {
      softmax(weights, input, scores);
      const { corpus } = rows[at]!;
      const weight = 1 / (classes * counts[corpus]!);
      for (let label = 0; label < classes; label++) {
        const slope = weight * (scores[label]! - Number(label === corpus));
        for (let dim = 0, w = label * (dims + 1); dim <= dims; dim++, w++) gradient[w]! += slope * input[dim]!;
      }
    }
    for (let w = 0; w < weights.length; w++) {
      momentum[w] = 0.9 * momentum[w]! + gradient[w]! + DECAY * weights[w]!;
      weights[w]! -= rate * momentum[w]!;
    }
  }
  return (vector) => {
    softmax(weights, scale(vector), scores);
    return scores.indexOf(Math.max(...scores));
  };
}

/** Brings each dim to mean 0 and deviation 1, and adds a constant 1 for the bias. */
function standardiser(rows: readonly Row[], dims: number): (vector: ArrayLike<number>) => Float64Array {
  const means = new Float64Array(dims);
  const deviations = new Float64Array(dims);
  for (let dim = 0; dim < dims; dim++) {
    let sum = 0;
    let squares = 0;
    for (const { vector } of rows) sum += vector[dim]!;
    const mean = sum / rows.length;
    for (const { vector } of rows) squares += (vector[dim]! - mean) ** 2;
    means[dim] = mean;
    deviations[dim] = Math.sqrt(squares / rows.length) || 1;
  }
  return (vector) =>
    Float64Array.from({ length: dims + 1 }, (_, dim) =>
      dim === dims ? 1 : (vector[dim]! - means[dim]!) / deviations[dim]!,
    );
}

function softmax(weights: Float64Array, input: Float64Array, scores: Float64Array): void {
  let sum = 0;
  let most = -Infinity;
  for (let label = 0, w = 0; label < scores.length; label++) {
    let score = 0;
    for (let dim = 0; dim < input.length; dim++) score += weights[w++]! * input[dim]!;
    scores[label] = score;
    most = Math.max(most, score);
  }
  for (let label = 0; label < scores.length; label++) sum += scores[label] = Math.exp(scores[label]! - most);
  for (let label = 0; label < scores.length; label++) scores[label]! /= sum;
}
