import * as tf from '@tensorflow/tfjs-core';
import { registerGradients, type NamedTensors, type Network } from '../../networks/index.ts';
import { sizeOf } from '../../onnx/index.ts';
import type { EngineOptions } from './training-engine.ts';

export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A computation with named inputs and outputs, which an engine runs eagerly or captures. */
export interface Computation {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  run(inputs: NamedTensors): NamedTensors;
}

/** What a step takes from the state and gives back renewed. */
export const STATE_ARRAYS = ['weights', 'firstMoment', 'secondMoment', 'average', 'statistics'] as const;
export type StateArray = (typeof STATE_ARRAYS)[number];

const total = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0);

/** Lengths of the state's arrays. */
export function stateSizes(network: Network): Record<StateArray, number> {
  const weights = total(network.parameters.map(({ shape }) => sizeOf(shape)));
  const statistics = total(network.statistics.map(({ size }) => size));
  return { weights, firstMoment: weights, secondMoment: weights, average: weights, statistics };
}

/** Cuts one long vector into named tensors. */
export function unpack(flat: tf.Tensor, specs: readonly TensorSpec[]): Record<string, tf.Tensor> {
  const parts = tf.split(
    flat,
    specs.map(({ shape }) => sizeOf(shape)),
  );
  return Object.fromEntries(specs.map(({ name, shape }, i) => [name, tf.reshape(parts[i]!, [...shape])]));
}

const pack = (tensors: readonly tf.Tensor[]): tf.Tensor => tf.concat(tensors.map((tensor) => tf.reshape(tensor, [-1])));

export const statisticSpecs = (network: Network): TensorSpec[] =>
  network.statistics.map(({ name, size }) => ({ name, shape: [size] }));

/** Added to the logits of labels that do not compete: far below any logit, and finite. */
const OUT_OF_THE_RUNNING = 1e9;

type StandIn = NonNullable<EngineOptions['standIn']>;

/** Adds what is heard of an absent label to the one that it counts as: log(exp(a) + exp(b)) = b + softplus(a - b). */
function withStandIn(logits: tf.Tensor, allowed: tf.Tensor, { absent, countsAs }: StandIn): tf.Tensor {
  const labels = logits.shape[1]!;
  const indicator = (label: number) => tf.pad(tf.ones([1, 1]), [[0, 0], [label, labels - label - 1]]); // prettier-ignore
  const [from, into] = [indicator(absent), indicator(countsAs)];
  const difference = tf.matMul(logits, tf.transpose(tf.sub(from, into)));
  const rectified = tf.relu(difference);
  const towardsZero = tf.sub(difference, tf.mul(rectified, 2));
  const softplus = tf.add(rectified, tf.log(tf.add(tf.exp(towardsZero), 1)));
  const isAbsent = tf.sub(1, tf.matMul(allowed, tf.transpose(from)));
  return tf.add(logits, tf.mul(tf.mul(softplus, isAbsent), into));
}

/** Weighted mean over the clips of the cross-entropy with soft targets. */
function crossEntropy(logits: tf.Tensor, t: NamedTensors, standIn: StandIn | undefined): tf.Tensor {
  const heard = standIn ? withStandIn(logits, t.allowed!, standIn) : logits;
  const competing = tf.add(heard, tf.mul(tf.sub(t.allowed!, 1), OUT_OF_THE_RUNNING));
  const each = tf.neg(tf.sum(tf.mul(t.targets!, tf.logSoftmax(competing)), 1));
  return tf.div(tf.sum(tf.mul(each, t.clipWeights!)), tf.sum(t.clipWeights!));
}

/** A running mean: what is old decays, what is new fills up. */
const follow = (old: tf.Tensor, current: tf.Tensor, decay: tf.Tensor): tf.Tensor =>
  tf.add(old, tf.mul(tf.sub(current, old), tf.sub(1, decay)));

/** AdamW (Loshchilov & Hutter 2019) on one vector of all weights. */
function adamW(t: NamedTensors, gradient: tf.Tensor, decays: tf.Tensor, options: EngineOptions['optimizer']) {
  const { beta1, beta2, epsilon, weightDecay } = options;
  const firstMoment = tf.add(tf.mul(t.firstMoment!, beta1), tf.mul(gradient, 1 - beta1));
  const secondMoment = tf.add(tf.mul(t.secondMoment!, beta2), tf.mul(tf.square(gradient), 1 - beta2));
  const root = tf.sqrt(tf.mul(secondMoment, t.secondCorrection!));
  const update = tf.div(tf.mul(firstMoment, t.firstCorrection!), tf.add(root, epsilon));
  const decayed = tf.mul(t.weights!, tf.mul(decays, weightDecay));
  const weights = tf.sub(t.weights!, tf.mul(tf.add(update, decayed), t.learningRate!));
  return { weights, firstMoment, secondMoment };
}

/** One training step as a pure function of the state, the batch and what was drawn for it. */
export function trainingStep(network: Network, options: EngineOptions): Computation {
  registerGradients();
  const { batch, time, dims, labels, optimizer } = options;
  const sizes = stateSizes(network);
  const state = STATE_ARRAYS.filter((name) => sizes[name] > 0).map((name) => ({ name, shape: [sizes[name]] }));
  const scalars = ['learningRate', 'firstCorrection', 'secondCorrection', 'averageDecay'];
  if (sizes.statistics > 0) scalars.push('statisticsDecay');
  const run = (t: NamedTensors): NamedTensors => {
    const observed: Record<string, tf.Tensor> = {};
    const loss = (...parameters: tf.Tensor[]): tf.Scalar => {
      const pass = {
        training: true,
        parameters: Object.fromEntries(network.parameters.map(({ name }, i) => [name, parameters[i]!])),
        masks: t,
        observe: (statistic: string, value: tf.Tensor) => {
          // It leaves the scopes of the gradient, whose tensors are disposed with them.
          observed[statistic] = tf.keep(value);
        },
      } as const;
      return crossEntropy(network.forward(t.inputs!, pass), t, options.standIn) as tf.Scalar;
    };
    const parameters = unpack(t.weights!, network.parameters);
    const { value, grads } = tf.valueAndGrads(loss)(network.parameters.map(({ name }) => parameters[name]!));
    const gradient = pack(grads);
    const norm = tf.sqrt(tf.sum(tf.square(gradient)));
    const clipped = tf.mul(gradient, tf.div(optimizer.clipNorm, tf.maximum(norm, optimizer.clipNorm)));
    const decays = tf.concat(network.parameters.map(({ shape, decays }) => tf.fill([sizeOf(shape)], Number(decays))));
    const updated = adamW(t, clipped, decays, optimizer);
    const outputs: Record<string, tf.Tensor> = {
      ...updated,
      average: follow(t.average!, updated.weights, t.averageDecay!),
      loss: value,
      gradientNorm: norm,
    };
    if (sizes.statistics > 0) {
      const batchStatistics = network.statistics.map(({ name }) => observed[name]!);
      outputs.statistics = follow(t.statistics!, pack(batchStatistics), t.statisticsDecay!);
      for (const statistic of batchStatistics) statistic.dispose();
    }
    return outputs;
  };
  return {
    inputs: [
      ...state,
      { name: 'inputs', shape: [batch, time, dims] },
      { name: 'targets', shape: [batch, labels] },
      { name: 'allowed', shape: [batch, labels] },
      { name: 'clipWeights', shape: [batch] },
      ...scalars.map((name) => ({ name, shape: [] })),
      ...network.masks.map(({ name, shape }) => ({ name, shape: shape(batch) })),
    ],
    outputs: [...state, { name: 'loss', shape: [] }, { name: 'gradientNorm', shape: [] }],
    run,
  };
}
