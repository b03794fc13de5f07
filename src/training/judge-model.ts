import { decodeAudio } from '../audio/index.ts';
import type { Manifest } from '../corpora/manifest.ts';
import { UndertoneError } from '../errors.ts';
import type { FeatureMatrix } from '../features/index.ts';
import type { EmotionPrediction, EmotionPredictor, FrameStatistics } from '../predictor/index.ts';
import { eightOthers } from './clip-predictor.ts';
import { modelEvaluation, type ClipPrediction, type Condition, type ModelEvaluation } from './evaluation/index.ts';

/** How to judge a model. */
export interface JudgeOptions {
  readonly condition: Condition;
  readonly onProgress?: (done: number, total: number) => void;
  /** Is told of recordings that cannot be heard; they are in no figure. */
  readonly onWarning?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/** Clips of one speaker as the model hears them, by the indexes of their entries. */
type HeardClips = ReadonlyMap<number, FeatureMatrix>;

/**
 * Judges a finished model on labelled clips, through the same predictor that serves.
 * @throws UndertoneError EVALUATION_INVALID where no clip has an emotion that the model knows
 */
export async function judgeModel(
  predictor: EmotionPredictor,
  { entries }: Manifest,
  { condition, onProgress, onWarning, signal }: JudgeOptions,
): Promise<ModelEvaluation> {
  const predictions: ClipPrediction[] = [];
  let done = 0;
  for (const indexes of Map.groupBy(entries.keys(), (index) => entries[index]!.speaker).values()) {
    const heard = new Map<number, FeatureMatrix>();
    for (const index of indexes) {
      signal?.throwIfAborted();
      const clip = await hearFile(predictor, entries[index]!.path, onWarning);
      if (clip) heard.set(index, clip);
      onProgress?.(++done, entries.length);
    }
    for (const [index, { scores }] of await predictSpeaker(predictor, heard, condition, entries)) {
      // Scores are calibrated probabilities: their logarithms are logits of temperature 1.
      const logits = predictor.labels.map((label) => Math.log(Math.max(1e-12, scores[label]!)));
      predictions.push({ index, logits, condition });
    }
  }
  const { id } = predictor.model;
  return modelEvaluation({ model: id, labels: predictor.labels, temperature: 1, entries, predictions });
}

async function hearFile(
  predictor: EmotionPredictor,
  path: string,
  onWarning: JudgeOptions['onWarning'],
): Promise<FeatureMatrix | undefined> {
  try {
    const { samples } = await decodeAudio(path, { sampleRateHz: predictor.sampleRateHz });
    return predictor.hear(samples);
  } catch (error) {
    if (!(error instanceof UndertoneError)) throw error;
    onWarning?.(error.message);
    return undefined;
  }
}

/** Predictions of a speaker's clips under a condition, by the indexes of their entries. */
async function predictSpeaker(
  predictor: EmotionPredictor,
  heard: HeardClips,
  condition: Condition,
  entries: Manifest['entries'],
): Promise<(readonly [number, EmotionPrediction])[]> {
  const indexes = [...heard.keys()];
  const voiceOf = (members: Iterable<number>): FrameStatistics => {
    const voice = predictor.unknownSpeaker();
    for (const index of members) voice.add(heard.get(index)!);
    return voice;
  };
  if (condition === 'adapted-8') {
    const alone = async (index: number): Promise<readonly [number, EmotionPrediction]> => {
      const speaker = voiceOf([index, ...eightOthers(entries, indexes, index)]);
      const [prediction] = await predictor.predictHeard([heard.get(index)!], { speaker });
      return [index, prediction!];
    };
    const predictions: (readonly [number, EmotionPrediction])[] = [];
    for (const index of indexes) predictions.push(await alone(index));
    return predictions;
  }
  const options = condition === 'clip' ? {} : { speaker: voiceOf(indexes) };
  const predictions = await predictor.predictHeard([...heard.values()], options);
  return indexes.map((index, i) => [index, predictions[i]!]);
}
