import * as tf from '@tensorflow/tfjs-core';

/** Tensors, or sequences of them, that a gradient needs of the forward computation. */
export type Saved = Readonly<Record<string, tf.Tensor | readonly tf.Tensor[]>>;

/**
 * TensorFlow.js's customGrad with names: a value, and its gradients with respect to each of `inputs`, written by hand.
 * Whatever of the forward computation the gradient uses must go through `saved`, as other tensors are disposed by then.
 */
export function customGradient<Inputs extends Record<string, tf.Tensor>, Kept extends Saved>(
  inputs: Inputs,
  forward: (inputs: Inputs) => { value: tf.Tensor; saved: Kept },
  backward: (dy: tf.Tensor, saved: Kept) => Record<keyof Inputs, tf.Tensor>,
): tf.Tensor {
  const names = Object.keys(inputs);
  const compute = tf.customGrad((...args) => {
    const save = args.pop() as tf.GradSaveFunc;
    const given = Object.fromEntries(names.map((name, i) => [name, args[i]])) as Inputs;
    const { value, saved } = forward(given);
    save(Object.values(saved).flat());
    const restore = (tensors: tf.Tensor[]): Kept => {
      const left = [...tensors];
      const take = (kept: Saved[string]) => (kept instanceof tf.Tensor ? left.shift()! : left.splice(0, kept.length));
      return Object.fromEntries(Object.entries(saved).map(([name, kept]) => [name, take(kept)])) as unknown as Kept;
    };
    return {
      value,
      gradFunc: (dy: tf.Tensor, tensors: tf.Tensor[]) => {
        const gradients = backward(dy, restore(tensors));
        return names.map((name) => gradients[name]!);
      },
    };
  });
  return compute(...Object.values(inputs));
}
