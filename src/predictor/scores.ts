/** What was heard: the most likely label, and how likely it and every other is. */
export interface EmotionPrediction {
  readonly label: string;
  /** The calibrated probability of `label`, 0..1. */
  readonly confidence: number;
  /** The calibrated probability of every label of the model; they sum to 1. */
  readonly scores: Readonly<Record<string, number>>;
  /** Whether the confidence is below what the model's configuration asks for. */
  readonly uncertain: boolean;
}

/** How raw outputs become predictions: part of a model's configuration. */
export interface ScoreSettings {
  readonly labels: readonly string[];
  readonly output: 'logits' | 'probabilities';
  readonly calibration: { readonly temperature: number; readonly abstainBelow: number };
}

/** Probabilities below are as good as none, and their logarithm must be finite. */
const LEAST_PROBABILITY = 1e-12;

/**
 * Calibrated probabilities of one clip from the outputs for its windows: log-probabilities after temperature scaling
 * (Guo et al., "On Calibration of Modern Neural Networks", 2017), their mean over the windows, and back.
 * @param windows raw outputs, one array a window
 */
export function calibratedScores(windows: readonly Float32Array[], settings: ScoreSettings): Float64Array {
  const { output, calibration } = settings;
  const sums = new Float64Array(settings.labels.length);
  for (const values of windows) {
    const logits = Float64Array.from(values, (value) =>
      output === 'logits' ? value : Math.log(Math.max(LEAST_PROBABILITY, value)),
    );
    const scaled = logits.map((logit) => logit / calibration.temperature);
    const total = logSumExp(scaled);
    for (let i = 0; i < sums.length; i++) sums[i]! += (scaled[i]! - total) / windows.length;
  }
  const total = logSumExp(sums);
  return sums.map((value) => Math.exp(value - total));
}

function logSumExp(values: Float64Array): number {
  let most = -Infinity;
  for (const value of values) if (value > most) most = value;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - most);
  return most + Math.log(sum);
}

/** The prediction that probabilities amount to. */
export function predictionOf(probabilities: Float64Array, settings: ScoreSettings): EmotionPrediction {
  const { labels, calibration } = settings;
  let best = 0;
  probabilities.forEach((value, index) => {
    if (value > probabilities[best]!) best = index;
  });
  const confidence = probabilities[best]!;
  const scores = Object.fromEntries(labels.map((label, index) => [label, probabilities[index]!]));
  return { label: labels[best]!, confidence, scores, uncertain: confidence < calibration.abstainBelow };
}
