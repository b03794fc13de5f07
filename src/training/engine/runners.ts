import * as tf from '@tensorflow/tfjs-core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { captureOnnx } from '../../onnx/index.ts';
import type { Computation } from './training-step.ts';

export type NamedArrays = Record<string, Float32Array>;

/** Runs a computation on arrays; the outputs are written into arrays that are given too. */
export interface Runner {
  run(inputs: NamedArrays, outputs: NamedArrays): Promise<void>;
  dispose(): Promise<void>;
}

/** Options of every session: one stream of nodes, and threads that sleep while there is nothing to do. */
export function sessionOptions(threads: number): InferenceSession.SessionOptions {
  return {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    // Waiting threads that spin take the cores that decoding and augmentation need.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
}

/** Captures a computation once; every run is one run of ONNX Runtime. */
export async function onnxRunner(computation: Computation, threads: number): Promise<Runner> {
  const model = captureOnnx((graph) => {
    const inputs = computation.inputs.map(({ name, shape }) => [name, graph.input(name, shape)] as const);
    const outputs = computation.run(Object.fromEntries(inputs));
    for (const { name } of computation.outputs) graph.output(`${name}.next`, outputs[name]!);
  });
  const session = await InferenceSession.create(model, sessionOptions(threads));
  return {
    async run(inputs, outputs) {
      const feeds: Record<string, Tensor> = {};
      for (const { name, shape } of computation.inputs) feeds[name] = new Tensor('float32', inputs[name]!, shape);
      const fetches: Record<string, Tensor> = {};
      for (const { name, shape } of computation.outputs) {
        fetches[`${name}.next`] = new Tensor('float32', outputs[name]!, shape);
      }
      await session.run(feeds, fetches);
    },
    dispose: () => session.release(),
  };
}

/** Runs a computation operation by operation, on TensorFlow.js's active backend. */
export function eagerRunner(computation: Computation): Runner {
  return {
    run(inputs, outputs) {
      tf.tidy(() => {
        const entries = computation.inputs.map(({ name, shape }) => [name, tf.tensor(inputs[name]!, [...shape])]);
        const results = computation.run(Object.fromEntries(entries) as Record<string, tf.Tensor>);
        for (const { name } of computation.outputs) outputs[name]!.set(results[name]!.dataSync<'float32'>());
      });
      return Promise.resolve();
    },
    dispose: () => Promise.resolve(),
  };
}
