import * as tf from '@tensorflow/tfjs-core';
import { attentionPooling } from './attention-pooling.ts';
import { inferenceLstm, trainingLstm } from './bidirectional-lstm.ts';
import { inferenceBlock, maxPool, trainingBlock } from './convolution-block.ts';
import type { NetworkConfig } from './network-config.ts';
import { networkParts, type NetworkParts } from './network-parts.ts';

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
export function defineNetwork(config: NetworkConfig, dims: number, labels: number): Network {
  return {
    ...networkParts(config, dims, labels),
    shortestTime: shortestTime(config),
    forward: (input, pass) => forward(config, input, pass),
  };
}

function shortestTime(config: NetworkConfig): number {
  return config.kind === 'lstm' ? 1 : config.convolutions.reduce((frames, { pool }) => frames * pool, 1);
}

function forward(config: NetworkConfig, input: tf.Tensor, pass: TrainingPass | InferencePass): tf.Tensor {
  let x = input;
  if (config.kind !== 'lstm') x = convolutions(config, x, pass);
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

function part(pass: TrainingPass | InferencePass, name: string): tf.Tensor {
  return pass.parameters[name]!;
}

function masked(x: tf.Tensor, name: string, pass: TrainingPass | InferencePass): tf.Tensor {
  const mask = pass.training ? pass.masks[name] : undefined;
  return mask ? tf.mul(x, mask) : x;
}

function dense(x: tf.Tensor, name: string, pass: TrainingPass | InferencePass): tf.Tensor {
  return tf.add(tf.matMul(x, part(pass, `${name}.w`)), part(pass, `${name}.b`));
}

type Convolutional = Extract<NetworkConfig, { convolutions: unknown }>;

function convolutions(config: Convolutional, input: tf.Tensor, pass: TrainingPass | InferencePass): tf.Tensor {
  if (!pass.training) return imageConvolutions(config, input, pass);
  let x = input;
  for (const [i, { pool, filters }] of config.convolutions.entries()) {
    const name = `convolution${i}`;
    const skipped = config.residual && x.shape[2] === filters ? maxPool(x, pool) : undefined;
    const y = trainingBlock({ x, ...blockParameters(name, pass) }, pool, (mean, variance) => {
      pass.observe(`${name}.mean`, mean);
      pass.observe(`${name}.variance`, variance);
    });
    x = masked(skipped ? tf.add(y, skipped) : y, name, pass);
  }
  return x;
}

function imageConvolutions(config: Convolutional, input: tf.Tensor, pass: InferencePass): tf.Tensor {
  let x: tf.Tensor4D = tf.expandDims(input, 1);
  for (const [i, { pool, filters }] of config.convolutions.entries()) {
    const name = `convolution${i}`;
    const isSkipped = config.residual && x.shape[3] === filters;
    const statistics = { mean: pass.statistics[`${name}.mean`]!, variance: pass.statistics[`${name}.variance`]! };
    const y = inferenceBlock({ x, ...blockParameters(name, pass) }, pool, statistics);
    x = isSkipped ? tf.add(y, pool === 1 ? x : tf.maxPool(x, [1, pool], [1, pool], 'valid')) : y;
  }
  return tf.squeeze(x, [1]);
}

function blockParameters(name: string, pass: TrainingPass | InferencePass) {
  return { w: part(pass, `${name}.w`), gamma: part(pass, `${name}.gamma`), beta: part(pass, `${name}.beta`) };
}
