import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { registerGradients } from '../../../src/networks/index.ts';
import { inferenceSpectralBlock, trainingSpectralBlock } from '../../../src/networks/spectral-block.ts';
import { useCpuBackend } from '../../helpers/tensorflow.ts';

const wave = (shape: number[], rate: number): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(rate * i + rate)),
    shape,
  );

beforeAll(async () => {
  registerGradients();
  await useCpuBackend();
});

describe.each([
  { time: 1, frequency: 1 },
  { time: 1, frequency: 2 },
  { time: 2, frequency: 1 },
  { time: 2, frequency: 2 },
])('a spectral block with strides %j', (strides) => {
  const block = () => ({
    x: wave([2, 5, 6, 3], 0.77),
    w: wave([3, 3, 3, 4], 1.3),
    gamma: tf.add(wave([4], 2.1), 0.5),
    beta: wave([4], 0.4),
  });

  test('gives in use what it gave in training, where the running statistics are the batch’s', () => {
    const observed: tf.Tensor[] = [];
    const trained = trainingSpectralBlock(block(), strides, (...all) =>
      observed.push(...all.map((one) => tf.keep(one))),
    );
    const [mean, variance] = observed;
    const used = inferenceSpectralBlock(block(), strides, { mean: mean!, variance: variance! });
    expect(trained.shape).toEqual([2, Math.ceil(5 / strides.time), Math.ceil(6 / strides.frequency), 4]);
    expect(used.shape).toEqual(trained.shape);
    expect(tf.max(tf.abs(tf.sub(used, trained))).dataSync()[0]).toBeLessThan(1e-5);
  });

  test.each(['x', 'w', 'gamma', 'beta'] as const)('has the gradient that finite differences give for %s', (name) => {
    const parameters = block();
    const loss = (value: tf.Tensor): tf.Scalar => {
      const y = trainingSpectralBlock({ ...parameters, [name]: value }, strides, () => undefined);
      return tf.sum(tf.mul(y, wave(y.shape, 0.9)));
    };
    const gradient = tf.grad(loss)(parameters[name]).dataSync();
    const values = parameters[name].dataSync();
    const step = 2e-3;
    const at = (i: number, by: number): number =>
      loss(tf.tensor(values.map((v, j) => (j === i ? v + by : v)), parameters[name].shape)).dataSync()[0]!; // prettier-ignore
    for (let i = 0; i < values.length; i += Math.ceil(values.length / 12)) {
      const measured = (at(i, step) - at(i, -step)) / (2 * step);
      expect(Math.abs(gradient[i]! - measured)).toBeLessThan(0.02 * Math.max(1, Math.abs(measured)));
    }
  });
});
