import { soundTraits } from './sound-traits.ts';
import { SPEECH_WEIGHTS } from './speech-weights.ts';

/** Traits further from what is usual count as this many deviations. */
const FARTHEST = 5;

/**
 * How much a stretch of sound moves like speech: a small network on its {@link soundTraits}.
 * @param samples mono, at 16 kHz
 * @returns the logarithm of the odds of speech: 0 for as likely as not
 */
export function speechLikeness(samples: Float32Array): number {
  const { mean, deviation, hidden, hiddenBias, output, outputBias } = SPEECH_WEIGHTS;
  const traits = soundTraits(samples).map((trait, index) =>
    Math.max(-FARTHEST, Math.min(FARTHEST, (trait - mean[index]!) / deviation[index]!)),
  );
  return hidden.reduce((sum, weights, unit) => {
    const activation = weights.reduce((total, weight, index) => total + weight * traits[index]!, hiddenBias[unit]!);
    return sum + output[unit]! * Math.tanh(activation);
  }, outputBias);
}
