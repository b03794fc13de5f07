import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { PbfReader } from 'pbf';
import { captureOnnx, type CaptureGraph } from '../../../src/onnx/index.ts';
import { runOnnx, useCpuBackend } from '../../helpers/tensorflow.ts';
import { largestDifference, noise } from '../../helpers/training.ts';

beforeAll(useCpuBackend);

type Computation = (x: tf.Tensor3D, y: tf.Tensor3D) => tf.Tensor;

const capture = (compute: Computation) =>
  captureOnnx((graph) => {
    const [x, y] = ['x', 'y'].map((name) => graph.input(name, [2, 3, 4]) as tf.Tensor3D) as [tf.Tensor3D, tf.Tensor3D];
    // Both are used, whatever is computed.
    graph.output('z', tf.add(compute(x, y), tf.mul(tf.add(tf.sum(x), tf.sum(y)), 0.5)));
  });

/** The operators of a model, read from its protocol buffer. */
function operators(model: Uint8Array): string[] {
  return new PbfReader(model).readFields<string[]>((tag, found, reader) => {
    if (tag !== 7) return;
    reader.readMessage((graphTag, _graph, node) => {
      if (graphTag !== 1) return;
      node.readMessage((nodeTag, _node, field) => {
        if (nodeTag === 4) found.push(field.readString());
      }, found);
    }, found);
  }, []);
}

describe('captureOnnx', () => {
  test.each<[string, Computation]>([
    ['arithmetic that broadcasts', (x, y) => tf.div(tf.sub(tf.mul(x, tf.sum(y, 0)), 3), tf.add(tf.square(y), 1))],
    ['exponential and logarithm', (x, y) => tf.log(tf.add(tf.exp(x), tf.sqrt(tf.square(y))))],
    ['reciprocal root', (x, y) => tf.rsqrt(tf.add(tf.square(tf.neg(x)), tf.square(y)))],
    ['squashing', (x, y) => tf.mul(tf.sigmoid(x), tf.tanh(y))],
    ['rectifying', (x, y) => tf.add(tf.relu(x), tf.step(y))],
    ['comparing', (x, y) => tf.cast(tf.greaterEqual(tf.maximum(x, y), 0.2), 'float32')],
    [
      'less and equal',
      (x, y) => tf.add(tf.cast(tf.less(x, y), 'float32'), tf.cast(tf.equal(x, tf.relu(x)), 'float32')),
    ],
    ['sums and means', (x, y) => tf.add(tf.sum(x, [0, 2]), tf.mean(y, [0, 2]))],
    ['kept axes', (x, y) => tf.mul(tf.max(x, 1, true), tf.sum(y, -1, true))],
    ['softmax', (x, y) => tf.add(tf.softmax(x), tf.logSoftmax(y))],
    ['filled tensors', (x, y) => tf.concat([tf.zerosLike(x), tf.mul(tf.onesLike(y), 2), tf.fill([2, 3, 4], 7), x], 1)],
    ['sums of filled tensors', (x) => tf.add(tf.sum(tf.ones([5, 3, 4]), 0), x)],
    [
      'padding and slicing',
      (x, y) =>
        tf.pad(tf.slice(tf.add(x, y), [0, 1, 0], [2, 2, -1]), [
          [0, 0],
          [2, 1],
          [0, 3],
        ]),
    ],
    ['reversing', (x, y) => tf.sub(tf.reverse(x, [0, -1]), tf.reverse(y, 1))],
    [
      'transposing',
      (x, y) => tf.matMul(tf.transpose(x, [2, 0, 1]), tf.transpose(tf.transpose(y, [2, 1, 0]), [0, 1, 2])),
    ],
    ['stacking', (x, y) => tf.stack([tf.unstack(x, 1)[2]!, tf.unstack(y, -2)[0]!], -1)],
    ['splitting', (x, y) => tf.mul(tf.split(x, 2, 2)[1]!, tf.split(y, [2, 1, 1], -1)[1]!)],
    ['reshaping', (x, y) => tf.add(tf.expandDims(tf.reshape(x, [-1, 8]), 1), tf.squeeze(tf.reshape(y, [1, 3, 1, 8])))],
    ['products of matrices', (x, y) => tf.matMul(tf.reshape(x, [6, 4]), tf.reshape(y, [6, 4]), true, false)],
    ['products of stacks', (x, y) => tf.matMul(x, y, false, true)],
    ['convolution', (x, y) => convolve(x, y)],
    ['pooling', (x, y) => tf.maxPool(tf.reshape<tf.Rank.R4>(tf.add(x, y), [2, 1, 3, 4]), [1, 2], [1, 1], 'valid')],
  ])('computes what TensorFlow.js does: %s', async (_name, compute) => {
    const [x, y] = [noise(24, 3), noise(24, 4)];
    const { z } = await runOnnx(capture(compute), {
      x: { values: x, shape: [2, 3, 4] },
      y: { values: y, shape: [2, 3, 4] },
    });
    const expected = tf.tidy(() => {
      const [a, b] = [tf.tensor3d(x, [2, 3, 4]), tf.tensor3d(y, [2, 3, 4])];
      return tf.add(compute(a, b), tf.mul(tf.add(tf.sum(a), tf.sum(b)), 0.5)).dataSync<'float32'>();
    });
    expect(largestDifference(z!, expected)).toBeLessThan(2e-6);
  });

  function convolve(x: tf.Tensor3D, y: tf.Tensor3D): tf.Tensor {
    const filter = tf.reshape<tf.Rank.R4>(y, [1, 3, 4, 2]);
    const bias = tf.slice(tf.reshape(y, [24]), 0, 2);
    return tf.fused.conv2d({ x: tf.expandDims(x, 1), filter, strides: 1, pad: 'same', bias, activation: 'relu' });
  }

  test('keeps batch and time dynamic', async () => {
    const model = captureOnnx((graph) => {
      const x = graph.input('x', ['batch', 'time', 4]);
      const image = tf.maxPool(tf.expandDims<tf.Tensor4D>(x, 1), [1, 2], [1, 2], 'valid');
      const pooled = tf.squeeze(image, [1]);
      graph.output('z', tf.sum(tf.matMul(pooled, graph.constant(noise(8), [4, 2])), 1));
    });
    for (const [batch, time] of [
      [1, 2],
      [3, 7],
      [2, 400],
    ] as const) {
      const { z } = await runOnnx(model, { x: { values: noise(batch * time * 4), shape: [batch, time, 4] } });
      expect(z).toHaveLength(batch * 2);
    }
  });

  test('computes equal things once and leaves out what no output needs', () => {
    const model = captureOnnx((graph) => {
      const x = graph.input('x', [3]);
      tf.tanh(x);
      graph.output('z', tf.mul(tf.exp(x), tf.exp(tf.reshape(tf.reshape(x, [3, 1]), [3]))));
    });
    expect(operators(model).sort()).toEqual(['Exp', 'Exp', 'Identity', 'Mul', 'Reshape', 'Reshape']);
    const again = captureOnnx((graph) => {
      const x = graph.input('x', [3]);
      graph.output('z', tf.mul(tf.exp(x), tf.exp(x)));
    });
    expect(operators(again).sort()).toEqual(['Exp', 'Identity', 'Mul']);
  });

  test('gives the same bytes for the same computation', () => {
    const compute: Computation = (x, y) => tf.tanh(tf.mul(x, y));
    expect(capture(compute)).toEqual(capture(compute));
  });

  describe('refuses what a graph cannot hold', () => {
    const outside = () => tf.tensor3d(noise(24), [2, 3, 4]);
    test.each<[string, Computation, RegExp]>([
      ['dropout', (x) => tf.dropout(x, 0.5), /tf.dropout: draws random numbers/],
      ['random numbers', (x) => tf.add(x, tf.randomNormal([2, 3, 4])), /tf.randomNormal: draws random/],
      ['a random scalar', (x) => tf.add(x, tf.randomUniform([])), /tf.randomUniform: draws random/],
      ['random numbers, truncated', (x) => tf.add(x, tf.truncatedNormal([4])), /tf.truncatedNormal: draws random/],
      ['a kernel outside the whitelist', (x) => tf.cumsum(x, 1), /kernel Cumsum: cannot be captured.*BatchMatMul/],
      [
        'an activation that is not fused',
        (x, y) => tf.fused.matMul({ a: x, b: y, transposeB: true }),
        /kernel _FusedMatMul/,
      ],
      [
        'values computed outside',
        (x) => tf.add(x, tf.tensor1d([1, 2, 3, 4])),
        /shape \[4\]: holds values computed outside/,
      ],
      ['reading values', (x) => tf.add(x, x.dataSync()[0]!), /tensor under capture: has no values to read/],
      ['a variable', (x) => tf.add(x, tf.variable(tf.scalar(1))), /variable .*was made under capture/],
      ['a capture inside', (x) => (captureOnnx(() => undefined), x), /a capture: begins inside another one/],
      [
        'a gradient that nobody knows',
        (x) => tf.grad((t: tf.Tensor) => tf.sum(tf.exp(t)))(x),
        /the gradient of kernel Sum/,
      ],
    ])('%s', (_name, compute, message) => {
      expect(() => capture(compute)).toThrow(expect.objectContaining({ code: 'CAPTURE_UNSUPPORTED' }));
      expect(() => capture(compute)).toThrow(message);
    });

    test('a tensor made before', () => {
      const before = outside();
      expect(() => capture((x) => tf.add(x, before))).toThrow(/made outside the capture: is read in it/);
      before.dispose();
    });

    test('an optimiser', () => {
      expect(() =>
        capture((x) => {
          const weight = tf.variable(tf.scalar(1));
          tf.train.adam(0.1).applyGradients({ [weight.name]: tf.sum(x) });
          return weight;
        }),
      ).toThrow(expect.objectContaining({ code: 'CAPTURE_UNSUPPORTED' }));
    });

    test('an asynchronous function', () => {
      const reading = async (graph: CaptureGraph) => {
        await graph.input('x', [3]).data();
      };
      expect(() => captureOnnx(reading as (graph: CaptureGraph) => void)).toThrow(/is asynchronous/);
    });

    test('a reshape that moves both dynamic axes', () => {
      const reshaping = (shape: (x: tf.Tensor) => number[]) => () =>
        captureOnnx((graph) => {
          const x = graph.input('x', ['batch', 'time', 4]);
          graph.output('z', tf.reshape(x, shape(x)));
        });
      expect(reshaping((x) => [x.shape[1]!, x.shape[0], 4])).toThrow(/mixes two dynamic axes/);
      expect(reshaping((x) => [x.shape[0], x.shape[1]!, 2, 2])).not.toThrow();
    });

    test('and leaves TensorFlow.js as it was', () => {
      const { numTensors } = tf.memory();
      expect(() => capture((x) => tf.cumsum(tf.add(x, tf.variable(tf.scalar(1)))))).toThrow(/Cumsum/);
      expect(tf.getBackend()).toBe('cpu');
      expect(tf.memory().numTensors).toBe(numTensors);
      expect(Object.keys(tf.engine().registeredVariables)).toEqual([]);
      expect(tf.getKernelsForBackend('undertone-capture')).toEqual([]);
      expect(tf.sum(tf.tensor1d([1, 2])).dataSync()[0]).toBe(3);
    });
  });
});
