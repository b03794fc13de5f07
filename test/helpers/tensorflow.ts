import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** TensorFlow.js's plain JavaScript backend as the oracle. */
export async function useCpuBackend(): Promise<void> {
  // Without it the backend prints an advertisement for tfjs-node.
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
}

/** Runs an ONNX model whose inputs and outputs are float32. */
export async function runOnnx(
  model: Uint8Array,
  inputs: Record<string, { values: Float32Array; shape: readonly number[] }>,
): Promise<Record<string, Float32Array>> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  const feeds = Object.entries(inputs).map(([name, { values, shape }]) => [name, new Tensor('float32', values, shape)]);
  const results = await session.run(Object.fromEntries(feeds) as Record<string, Tensor>);
  await session.release();
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]));
}
