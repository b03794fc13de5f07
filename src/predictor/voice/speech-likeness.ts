import type { SoundBlocks } from '../block-meter.ts';
import { soundTraits } from './sound-traits.ts';
import { SPEECH_WEIGHTS, type SpeechWeights } from './speech-weights.ts';

/** Traits further from what is usual count as this many deviations. */
const FARTHEST = 5;

/**
 * How much a stretch of sound moves like speech: a small network on its {@link soundTraits}.
 * @param blocks of sound at 16 kHz
 * @returns the logarithm of the odds of speech: 0 for as likely as not
 */
export function speechLikeness(blocks: SoundBlocks): number {
  return logOddsOfSpeech(soundTraits(blocks), SPEECH_WEIGHTS);
}

/** What the network makes of traits. */
export function logOddsOfSpeech(traits: Float64Array, weights: SpeechWeights): number {
  const { hidden, hiddenBias, output, outputBias } = weights;
  const scaled = scaledTraits(traits, weights);
  return hidden.reduce((sum, unit, index) => {
    const activation = unit.reduce((total, weight, trait) => total + weight * scaled[trait]!, hiddenBias[index]!);
    return sum + output[index]! * Math.tanh(activation);
  }, outputBias);
}

/** Traits as the network takes them: in deviations from what is usual. */
export function scaledTraits(
  traits: Float64Array,
  { mean, deviation }: { readonly mean: ArrayLike<number>; readonly deviation: ArrayLike<number> },
): Float64Array {
  return traits.map((trait, index) =>
    Math.max(-FARTHEST, Math.min(FARTHEST, (trait - mean[index]!) / deviation[index]!)),
  );
}
