import type { DecidedClip } from './scoring.ts';
import type { ClassScore, Scores, Summary } from './types.ts';

/** Counts decisions: row = true label, column = predicted label. */
export function confusionMatrix(
  clips: readonly Pick<DecidedClip, 'truth' | 'predicted'>[],
  labels: number,
): number[][] {
  const counts = Array.from({ length: labels }, () => new Array<number>(labels).fill(0));
  for (const { truth, predicted } of clips) counts[truth]![predicted]!++;
  return counts;
}

/** Adds matrices of the same size. */
export function addMatrices(matrices: readonly (readonly (readonly number[])[])[]): number[][] {
  return matrices[0]!.map((row, i) => row.map((_, j) => sum(matrices.map((matrix) => matrix[i]![j]!))));
}

/** The rows and columns of the labels wanted. */
export function subMatrix(matrix: readonly (readonly number[])[], wanted: readonly boolean[]): number[][] {
  return matrix.filter((_, i) => wanted[i]).map((row) => row.filter((_, j) => wanted[j]));
}

/**
 * All scores that a confusion matrix holds, as scikit-learn defines them: UAR (unweighted average recall, balanced
 * accuracy) is the mean recall of the labels that occur, macro F1 the mean over the labels that occur or are predicted,
 * weighted F1 the mean weighted by how often a label occurs. What would be divided by 0 is 0.
 */
export function scoresOf(confusion: readonly (readonly number[])[], labels: readonly string[]): Scores {
  const support = confusion.map(sum);
  const predicted = confusion.map((_, column) => sum(confusion.map((row) => row[column]!)));
  const clips = sum(support);
  const correct = sum(confusion.map((row, i) => row[i]!));
  const classes = confusion.map((row, i) => classScore(row[i]!, support[i]!, predicted[i]!));
  const occurring = classes.filter((_, i) => support[i]! > 0);
  const named = classes.filter((_, i) => support[i]! + predicted[i]! > 0);
  return {
    clips,
    uar: mean(occurring.map(({ recall }) => recall)),
    accuracy: share(correct, clips),
    macroF1: mean(named.map(({ f1 }) => f1)),
    weightedF1: share(sum(classes.map(({ f1 }, i) => f1 * support[i]!)), clips),
    labels,
    perClass: Object.fromEntries(labels.map((label, i) => [label, classes[i]!])),
    confusion,
  };
}

function classScore(correct: number, support: number, predicted: number): ClassScore {
  const f1 = share(2 * correct, support + predicted);
  return { precision: share(correct, predicted), recall: share(correct, support), f1, support };
}

/** Mean and the sample's standard deviation. */
export function summarise(values: readonly number[]): Summary {
  const centre = mean(values);
  const squares = sum(values.map((value) => (value - centre) ** 2));
  return { mean: centre, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0, values };
}

/** The sum. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The mean; 0 of nothing. */
export function mean(values: readonly number[]): number {
  return share(sum(values), values.length);
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
