import type { ManifestEntry } from '../../corpora/manifest.ts';
import { reliability } from './calibration.ts';
import { confusionMatrix, scoresOf, subMatrix } from './metrics.ts';
import { competingLabels, decide, invalid, judge, type DecidedClip } from './scoring.ts';
import type { ClipPrediction, Condition, ModelEvaluation } from './types.ts';

/** What a finished model said of a labelled folder. */
export interface ModelPredictions<C extends Condition = Condition> {
  /** The model's id. */
  readonly model: string;
  readonly labels: readonly string[];
  /** Of the model's calibration; 1 where it has none. */
  readonly temperature: number;
  readonly entries: readonly ManifestEntry[];
  /** Of one condition. */
  readonly predictions: readonly ClipPrediction<C>[];
}

/**
 * Judges a finished model on a labelled folder. Clips of an emotion that the model has no label for are counted in
 * `unscored` and are in no other figure. The key order is that of the command's JSON.
 * @throws UndertoneError `EVALUATION_INVALID` where there is nothing to score, or predictions of several conditions
 */
export function modelEvaluation(given: ModelPredictions): ModelEvaluation {
  const { model, labels, temperature, entries, predictions } = given;
  const conditions = new Set(predictions.map(({ condition }) => condition));
  if (conditions.size > 1)
    throw invalid(model, `has predictions of several conditions (${[...conditions].join(', ')})`);
  const { scored = [], unscored = [] } = Object.groupBy(predictions, ({ index }) => {
    const emotion = entries[index]?.emotion;
    return emotion === undefined || labels.includes(emotion) ? 'scored' : 'unscored';
  });
  if (scored.length === 0) throw invalid(model, 'has no prediction of a clip whose emotion it has a label for');
  const competing = competingLabels(entries, labels);
  const clips = decide(judge(entries, scored, labels, competing), labels, temperature);
  const { uar, accuracy, macroF1, weightedF1, perClass, confusion } = scoresOf(
    confusionMatrix(clips, labels.length),
    labels,
  );
  return {
    model,
    clips: clips.length,
    uar,
    accuracy,
    macroF1,
    ece: reliability(clips).ece,
    perClass,
    labels,
    confusion,
    byCorpus: byCorpus(clips, labels),
    condition: [...conditions][0]!,
    weightedF1,
    unscored: countBy(unscored.map(({ index }) => entries[index]!.emotion)),
  };
}

function byCorpus(clips: readonly DecidedClip[], labels: readonly string[]): ModelEvaluation['byCorpus'] {
  const corpora = [...Map.groupBy(clips, ({ entry }) => entry.corpus)].sort(([a], [b]) => (a < b ? -1 : 1));
  const figures = corpora.map(([name, own]) => {
    const { competing } = own[0]!;
    const names = labels.filter((_, label) => competing[label]);
    const { uar, accuracy } = scoresOf(subMatrix(confusionMatrix(own, labels.length), competing), names);
    return [name, { clips: own.length, labels: names, uar, accuracy }] as const;
  });
  return Object.fromEntries(figures);
}

function countBy(words: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    Array.from(
      Map.groupBy(words, (word) => word),
      ([word, all]) => [word, all.length],
    ),
  );
}
