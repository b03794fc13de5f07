import * as tf from '@tensorflow/tfjs-core';
import { attentionPooling } from './attention-pooling.ts';
import { inferenceLstm, trainingLstm } from './bidirectional-lstm.ts';
import { inferenceBlock, maxPool, trainingBlock } from './convolution-block.ts';
import type { NetworkConfig } from './network-config.ts';
import { networkParts, type NetworkParts, type NetworkShape } from './network-parts.ts';
import { inferenceSpectralBlock, trainingSpectralBlock } from './spectral-block.ts';

/** Tensors by the names of {@link NetworkParts}. */
export type NamedTensors = Readonly<Record<string, tf.Tensor>>;

/** A forward pass in training: dropout by given masks, normalisation by the batch, whose statistics are told. */
export interface TrainingPass {
  readonly training: true;
  readonly parameters: NamedTensors;
  readonly masks: NamedTensors;
  observe(statistic: string, value: tf.Tensor): void;
}

/** A forward pass in use: no dropout, normalisation by running statistics. */
export interface InferencePass {
  readonly training: false;
  readonly parameters: NamedTensors;
  readonly statistics: NamedTensors;
}

/** A network: what it consists of, and how it computes. */
export interface Network extends NetworkParts {
  /** Frames below which pooling leaves nothing of a clip. */
  readonly shortestTime: number;
  /** [batch, time, dims] to logits [batch, labels], on whatever backend of TensorFlow.js is active. */
  forward(input: tf.Tensor, pass: TrainingPass | InferencePass): tf.Tensor;
}

/**
 * The one definition of a network, in operations of TensorFlow.js: it runs eagerly, is captured for training, and is
 * captured for use.
 */
export function defineNetwork(config: NetworkConfig, shape: NetworkShape): Network {
  return {
    ...networkParts(config, shape),
    shortestTime: shortestTime(config),
    forward: (input, pass) => forward(config, shape, input, pass),
  };
}

function shortestTime(config: NetworkConfig): number {
  if (config.kind === 'lstm') return 1;
  const pooled = config.convolutions.reduce((frames, { pool }) => frames * pool, 1);
  return config.spectral.reduceRight((frames, { timeStride }) => (frames - 1) * timeStride + 1, pooled);
}

type Pass = TrainingPass | InferencePass;

function forward(config: NetworkConfig, shape: NetworkShape, input: tf.Tensor, pass: Pass): tf.Tensor {
  let x = input;
  if (config.kind !== 'lstm') {
    if (config.spectral.length > 0) x = spectralConvolutions(config, shape, x, pass);
    x = convolutions(config, x, pass);
  }
  if (config.kind !== 'cnn') {
    const [w, u, b] = ['w', 'u', 'b'].map((name) => part(pass, `lstm.${name}`)) as [tf.Tensor, tf.Tensor, tf.Tensor];
    x = masked((pass.training ? trainingLstm : inferenceLstm)(x, w, u, b), 'lstm', pass);
  }
  const hidden = config.attentionUnits > 0 && { w: part(pass, 'attention.w'), b: part(pass, 'attention.b') };
  const weights = { score: part(pass, 'attention.score'), ...(hidden && { hidden }) };
  x = masked(attentionPooling(x, weights, pass.training), 'pooled', pass);
  if (config.hiddenUnits > 0) x = masked(tf.relu(dense(x, 'hidden', pass)), 'hidden', pass);
  return dense(x, 'output', pass);
}

function part(pass: Pass, name: string): tf.Tensor {
  return pass.parameters[name]!;
}

function masked(x: tf.Tensor, name: string, pass: Pass): tf.Tensor {
  const mask = pass.training ? pass.masks[name] : undefined;
  return mask ? tf.mul(x, mask) : x;
}

function dense(x: tf.Tensor, name: string, pass: Pass): tf.Tensor {
  return tf.add(tf.matMul(x, part(pass, `${name}.w`)), part(pass, `${name}.b`));
}

type Convolutional = Extract<NetworkConfig, { convolutions: unknown }>;

/** [batch, time, views * frequencies] to [batch, fewer frames, what the filters make of all frequencies]. */
function spectralConvolutions(config: Convolutional, { views, dims }: NetworkShape, input: tf.Tensor, pass: Pass) {
  const [batch, time] = input.shape as [number, number];
  let x = tf.transpose(tf.reshape(input, [batch, time, views, dims / views]), [0, 1, 3, 2]);
  for (const [i, { timeStride, frequencyStride }] of config.spectral.entries()) {
    const name = `spectral${i}`;
    const parameters = { x, ...blockParameters(name, pass) };
    const strides = { time: timeStride, frequency: frequencyStride };
    x = pass.training
      ? trainingSpectralBlock(parameters, strides, observer(name, pass))
      : inferenceSpectralBlock(parameters, strides, runningStatistics(name, pass));
  }
  const [, frames, frequencies, channels] = x.shape as [number, number, number, number];
  return tf.reshape(x, [batch, frames, frequencies * channels]);
}

function observer(name: string, pass: TrainingPass) {
  return (mean: tf.Tensor, variance: tf.Tensor): void => {
    pass.observe(`${name}.mean`, mean);
    pass.observe(`${name}.variance`, variance);
  };
}

function runningStatistics(name: string, { statistics }: InferencePass) {
  return { mean: statistics[`${name}.mean`]!, variance: statistics[`${name}.variance`]! };
}

function convolutions(config: Convolutional, input: tf.Tensor, pass: Pass): tf.Tensor {
  if (!pass.training) return imageConvolutions(config, input, pass);
  let x = input;
  for (const [i, { pool, filters }] of config.convolutions.entries()) {
    const name = `convolution${i}`;
    const skipped = config.residual && x.shape[2] === filters ? maxPool(x, pool) : undefined;
    const y = trainingBlock({ x, ...blockParameters(name, pass) }, pool, observer(name, pass));
    x = masked(skipped ? tf.add(y, skipped) : y, name, pass);
  }
  return x;
}

function imageConvolutions(config: Convolutional, input: tf.Tensor, pass: InferencePass): tf.Tensor {
  let x: tf.Tensor4D = tf.expandDims(input, 1);
  for (const [i, { pool, filters }] of config.convolutions.entries()) {
    const name = `convolution${i}`;
    const isSkipped = config.residual && x.shape[3] === filters;
    const y = inferenceBlock({ x, ...blockParameters(name, pass) }, pool, runningStatistics(name, pass));
    x = isSkipped ? tf.add(y, pool === 1 ? x : tf.maxPool(x, [1, pool], [1, pool], 'valid')) : y;
  }
  return tf.squeeze(x, [1]);
}

function blockParameters(name: string, pass: Pass) {
  return { w: part(pass, `${name}.w`), gamma: part(pass, `${name}.gamma`), beta: part(pass, `${name}.beta`) };
}
