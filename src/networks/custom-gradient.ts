import * as tf from '@tensorflow/tfjs-core';

type Save = (tensors: tf.Tensor[]) => void;

/** TensorFlow.js's customGrad, typed: a value and its gradients with respect to each of `inputs`, written by hand. */
export function customGradient(
  inputs: readonly tf.Tensor[],
  forward: (inputs: readonly tf.Tensor[], save: Save) => tf.Tensor,
  backward: (dy: tf.Tensor, saved: readonly tf.Tensor[]) => tf.Tensor[],
): tf.Tensor {
  const compute = tf.customGrad((...args) => {
    const save = args.pop() as tf.GradSaveFunc;
    const value = forward(args as tf.Tensor[], save);
    return { value, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => backward(dy, saved) };
  });
  return compute(...inputs);
}
