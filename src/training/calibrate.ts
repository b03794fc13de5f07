import type { ManifestEntry } from '../corpora/manifest.ts';
import type { ModelConfig } from '../predictor/index.ts';
import { abstentionThreshold, fitTemperature } from './evaluation/calibration.ts';
import { competingLabels, decide, judge } from './evaluation/scoring.ts';
import type { ClipPrediction } from './evaluation/index.ts';

/**
 * The temperature and the threshold of confidence for a model.
 * @param predictions of clips that the network was not trained on
 * @param coverage the share of them that is to be answered, above 0 to 1
 */
export function calibrate(
  predictions: readonly ClipPrediction[],
  entries: readonly ManifestEntry[],
  labels: readonly string[],
  coverage: number,
): ModelConfig['calibration'] {
  const judged = judge(entries, predictions, labels, competingLabels(entries, labels));
  const temperature = fitTemperature(judged, labels);
  const confidences = decide(judged, labels, temperature).map(({ confidence }) => confidence);
  return { temperature, abstainBelow: abstentionThreshold(confidences, coverage) };
}
