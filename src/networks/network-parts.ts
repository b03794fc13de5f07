import type { NetworkConfig } from './network-config.ts';
import { SPECTRAL_KERNEL } from './spectral-block.ts';

/** A trainable tensor. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** Whether weight decay applies: to matrices, not to biases and scales. */
  readonly decays: boolean;
  /** The first value of the element at `index`; `uniform` draws from [0, 1). */
  readonly initial: (index: number, uniform: () => number) => number;
}

/** A running statistic of the batch normalisation. */
export interface StatisticSpec {
  readonly name: string;
  readonly size: number;
  readonly initial: number;
}

/** A dropout mask: its elements are 0 with probability `rate`, else 1 / (1 - rate). */
export interface MaskSpec {
  readonly name: string;
  /** For a batch of so many clips. */
  readonly shape: (batch: number) => number[];
  readonly rate: number;
}

/** What a network consists of, in a fixed order. */
export interface NetworkParts {
  readonly parameters: readonly ParameterSpec[];
  readonly statistics: readonly StatisticSpec[];
  readonly masks: readonly MaskSpec[];
}

/** Uniform with the variance `gain / inputs`. */
function matrix(name: string, shape: readonly number[], inputs: number, gain: number): ParameterSpec {
  const limit = Math.sqrt((3 * gain) / inputs);
  return { name, shape, decays: true, initial: (_index, uniform) => limit * (2 * uniform() - 1) };
}

function constant(name: string, size: number, value: number): ParameterSpec {
  return { name, shape: [size], decays: false, initial: () => value };
}

/** For layers followed by a ReLU (He et al. 2015), and for others. */
const RECTIFIED = 2;
const LINEAR = 1;

/** What a network is fed with and what it answers. */
export interface NetworkShape {
  /** Numbers a frame. */
  readonly dims: number;
  /** Equal parts of a frame that are the same frequencies, seen in different ways. */
  readonly views: number;
  readonly labels: number;
}

/** Lists a network's parts; see {@link NetworkParts}. */
export function networkParts(config: NetworkConfig, { dims, views, labels }: NetworkShape): NetworkParts {
  const parameters: ParameterSpec[] = [];
  const statistics: StatisticSpec[] = [];
  const masks: MaskSpec[] = [];
  const { dropout } = config;
  const mask = (name: string, rate: number, shape: MaskSpec['shape']) => {
    if (rate > 0) masks.push({ name, rate, shape });
  };
  const dense = (name: string, inputs: number, outputs: number, gain: number) => {
    parameters.push(matrix(`${name}.w`, [inputs, outputs], inputs, gain), constant(`${name}.b`, outputs, 0));
  };

  /** A convolution with batch normalisation; the shape of its filters ends with inputs and outputs. */
  const block = (name: string, shape: readonly number[]) => {
    const filters = shape.at(-1)!;
    const inputs = shape.slice(0, -1).reduce((product, size) => product * size);
    parameters.push(
      matrix(`${name}.w`, shape, inputs, RECTIFIED),
      constant(`${name}.gamma`, filters, 1),
      constant(`${name}.beta`, filters, 0),
    );
    statistics.push(
      { name: `${name}.mean`, size: filters, initial: 0 },
      { name: `${name}.variance`, size: filters, initial: 1 },
    );
  };

  let width = dims;
  if (config.kind !== 'lstm') {
    let channels = views;
    let frequencies = dims / views;
    for (const [i, { filters, frequencyStride }] of config.spectral.entries()) {
      block(`spectral${i}`, [SPECTRAL_KERNEL, SPECTRAL_KERNEL, channels, filters]);
      channels = filters;
      frequencies = Math.ceil(frequencies / frequencyStride);
    }
    width = channels * frequencies;
    for (const [i, { filters, kernel }] of config.convolutions.entries()) {
      const name = `convolution${i}`;
      block(name, [kernel, width, filters]);
      mask(name, dropout.convolution, (batch) => [batch, 1, filters]);
      width = filters;
    }
  }
  if (config.kind !== 'cnn') {
    const units = config.lstmUnits;
    parameters.push(
      matrix('lstm.w', [2, 4 * units, width], width, LINEAR),
      matrix('lstm.u', [2, 4 * units, units], units, LINEAR),
      { name: 'lstm.b', shape: [2, 4 * units], decays: false, initial: (index) => forgetBias(index, units) },
    );
    width = 2 * units;
    mask('lstm', dropout.lstm, (batch) => [batch, 1, 2 * units]);
  }
  if (config.attentionUnits > 0) dense('attention', width, config.attentionUnits, LINEAR);
  const scored = config.attentionUnits || width;
  parameters.push(matrix('attention.score', [scored, config.attentionHeads], scored, LINEAR));
  const pooled = 2 * width * config.attentionHeads;
  mask('pooled', dropout.pooled, (batch) => [batch, pooled]);
  if (config.hiddenUnits > 0) {
    dense('hidden', pooled, config.hiddenUnits, RECTIFIED);
    mask('hidden', dropout.pooled, (batch) => [batch, config.hiddenUnits]);
  }
  dense('output', config.hiddenUnits || pooled, labels, LINEAR);
  return { parameters, statistics, masks };
}

/** Forget gates, the third of four blocks in each direction, begin open (Jozefowicz et al. 2015). */
const forgetBias = (index: number, units: number): number => (Math.floor(index / units) % 4 === 2 ? 1 : 0);
