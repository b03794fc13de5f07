import * as tf from '@tensorflow/tfjs-core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Network } from '../../networks/index.ts';
import { captureOnnx, sizeOf, type CaptureGraph } from '../../onnx/index.ts';
import { sessionOptions } from './runners.ts';
import { stateSizes, statisticSpecs, unpack, type TensorSpec } from './training-step.ts';

/** What predicts: averaged weights and running statistics, each as one vector. */
export interface TrainedArrays {
  readonly average: Float32Array;
  readonly statistics: Float32Array;
}

/** Computes logits, `batch * labels`, of `batch * time * dims` inputs. */
export interface Predictor {
  predict(trained: TrainedArrays, inputs: Float32Array, batch: number, time: number): Promise<Float32Array>;
  dispose(): Promise<void>;
}

function captureInference(network: Network, dims: number, parts: (graph: CaptureGraph) => InferenceParts): Uint8Array {
  return captureOnnx((graph) => {
    const input = graph.input('input', ['batch', 'time', dims]);
    graph.output('logits', network.forward(input, { training: false, ...parts(graph) }));
  });
}

interface InferenceParts {
  readonly parameters: Record<string, tf.Tensor>;
  readonly statistics: Record<string, tf.Tensor>;
}

function bakedParts(graph: CaptureGraph, flat: Float32Array, specs: readonly TensorSpec[]): Record<string, tf.Tensor> {
  let at = 0;
  return Object.fromEntries(
    specs.map(({ name, shape }) => {
      const values = flat.subarray(at, at + sizeOf(shape));
      at += values.length;
      return [name, graph.constant(values, shape)];
    }),
  );
}

/** A network with its weights as an ONNX file: 'input' [batch, time, dims] to 'logits' [batch, labels]. */
export function exportInference(network: Network, dims: number, { average, statistics }: TrainedArrays): Uint8Array {
  return captureInference(network, dims, (graph) => ({
    parameters: bakedParts(graph, average, network.parameters),
    statistics: bakedParts(graph, statistics, statisticSpecs(network)),
  }));
}

/** The weights are inputs of the graph, so that one session predicts after every epoch. */
export async function onnxPredictor(network: Network, dims: number, threads: number): Promise<Predictor> {
  const sizes = stateSizes(network);
  const hasStatistics = sizes.statistics > 0;
  const model = captureInference(network, dims, (graph) => ({
    parameters: unpack(graph.input('average', [sizes.average]), network.parameters),
    statistics: hasStatistics ? unpack(graph.input('statistics', [sizes.statistics]), statisticSpecs(network)) : {},
  }));
  const session = await InferenceSession.create(model, sessionOptions(threads));
  return {
    async predict({ average, statistics }, inputs, batch, time) {
      const { logits } = await session.run({
        input: new Tensor('float32', inputs, [batch, time, dims]),
        average: new Tensor('float32', average, [sizes.average]),
        ...(hasStatistics && { statistics: new Tensor('float32', statistics, [sizes.statistics]) }),
      });
      return logits!.data as Float32Array;
    },
    dispose: () => session.release(),
  };
}

/** Predicts on TensorFlow.js's active backend. */
export function eagerPredictor(network: Network, dims: number): Predictor {
  return {
    predict({ average, statistics }, inputs, batch, time) {
      const logits = tf.tidy(() => {
        const parameters = unpack(tf.tensor(average), network.parameters);
        const named = statistics.length > 0 ? unpack(tf.tensor(statistics), statisticSpecs(network)) : {};
        const input = tf.tensor(inputs, [batch, time, dims]);
        return network.forward(input, { training: false, parameters, statistics: named }).dataSync<'float32'>();
      });
      return Promise.resolve(logits);
    },
    dispose: () => Promise.resolve(),
  };
}
