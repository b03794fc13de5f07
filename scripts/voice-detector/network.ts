import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { scaledTraits } from '../../src/predictor/voice/speech-likeness.ts';
import type { SpeechWeights } from '../../src/predictor/voice/speech-weights.ts';
import { shuffle, uniform } from '../../src/training/random.ts';

/** The traits of a segment, and whether it is speech. */
export interface Example {
  readonly traits: Float64Array;
  readonly isSpeech: boolean;
  /** How much it counts; 1 on average. */
  readonly weight: number;
}

const UNITS = 32;
/** More of them only learn what it is fitted to by heart. */
const EPOCHS = 15;
const BATCH = 64;
const FIRST_RATE = 0.004;
const LAST_RATE = 0.0001;
const WEIGHT_DECAY = 1e-4;
/** What numbers are rounded to. */
const DIGITS = 4;

/** Fits the network of speech-likeness.ts by gradient descent on the cross entropy (Adam, Kingma and Ba 2015). */
export function fitNetwork(examples: readonly Example[], random: RandomGenerator): SpeechWeights {
  const size = examples[0]!.traits.length;
  const { mean, deviation } = spreadOf(examples);
  const inputs = examples.map(({ traits }) => scaledTraits(traits, { mean, deviation }));
  // Of each unit its weights and its bias; then the weights of the output, and its bias.
  const row = size + 1;
  const outputs = UNITS * row;
  const reach = Math.sqrt(3 / size);
  const values = Float64Array.from({ length: outputs + UNITS + 1 }, () => uniform(random, [-reach, reach]));
  const gradient = new Float64Array(values.length);
  const step = adam(values);
  const active = new Float64Array(UNITS);

  const learn = (index: number): void => {
    const input = inputs[index]!;
    const { isSpeech, weight } = examples[index]!;
    let odds = values[outputs + UNITS]!;
    for (let unit = 0; unit < UNITS; unit++) {
      let sum = values[unit * row + size]!;
      for (let trait = 0; trait < size; trait++) sum += values[unit * row + trait]! * input[trait]!;
      active[unit] = Math.tanh(sum);
      odds += values[outputs + unit]! * active[unit]!;
    }
    const error = ((1 / (1 + Math.exp(-odds)) - (isSpeech ? 1 : 0)) * weight) / BATCH;
    gradient[outputs + UNITS]! += error;
    for (let unit = 0; unit < UNITS; unit++) {
      const back = error * values[outputs + unit]! * (1 - active[unit]! ** 2);
      gradient[outputs + unit]! += error * active[unit]!;
      gradient[unit * row + size]! += back;
      for (let trait = 0; trait < size; trait++) gradient[unit * row + trait]! += back * input[trait]!;
    }
  };

  const order = Int32Array.from(examples.keys());
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const rate = LAST_RATE + (FIRST_RATE - LAST_RATE) * 0.5 * (1 + Math.cos((Math.PI * epoch) / EPOCHS));
    shuffle(order, random);
    for (let from = 0; from < order.length; from += BATCH) {
      gradient.fill(0);
      order.subarray(from, from + BATCH).forEach(learn);
      step(gradient, rate);
    }
  }
  const rounded = (numbers: Float64Array): number[] => Array.from(numbers, (value) => +value.toPrecision(DIGITS));
  const units = Array.from({ length: UNITS }, (_, unit) => values.subarray(unit * row, (unit + 1) * row));
  return {
    mean: rounded(mean),
    deviation: rounded(deviation),
    hidden: units.map((unit) => rounded(unit.subarray(0, size))),
    hiddenBias: rounded(Float64Array.from(units, (unit) => unit[size]!)),
    output: rounded(values.subarray(outputs, outputs + UNITS)),
    outputBias: rounded(values.subarray(outputs + UNITS))[0]!,
  };
}

/** Of each trait. */
function spreadOf(examples: readonly Example[]): { mean: Float64Array; deviation: Float64Array } {
  const size = examples[0]!.traits.length;
  const meanOf = (value: (traits: Float64Array, trait: number) => number): Float64Array =>
    Float64Array.from({ length: size }, (_, trait) =>
      examples.reduce((sum, { traits }) => sum + value(traits, trait) / examples.length, 0),
    );
  const mean = meanOf((traits, trait) => traits[trait]!);
  const deviation = meanOf((traits, trait) => (traits[trait]! - mean[trait]!) ** 2).map(Math.sqrt);
  return { mean, deviation };
}

/** Moves values against a gradient. */
function adam(values: Float64Array): (gradient: Float64Array, rate: number) => void {
  const mean = new Float64Array(values.length);
  const square = new Float64Array(values.length);
  let steps = 0;
  return (gradient, rate) => {
    steps++;
    for (let i = 0; i < values.length; i++) {
      const slope = gradient[i]! + WEIGHT_DECAY * values[i]!;
      mean[i] = 0.9 * mean[i]! + 0.1 * slope;
      square[i] = 0.999 * square[i]! + 0.001 * slope * slope;
      const scale = Math.sqrt(square[i]! / (1 - 0.999 ** steps)) + 1e-8;
      values[i]! -= (rate * mean[i]!) / (1 - 0.9 ** steps) / scale;
    }
  };
}
