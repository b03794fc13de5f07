import * as tf from '@tensorflow/tfjs-core';

/** A gradient with respect to an operand that was broadcast: summed over what it was broadcast to. */
function summedTo(d: tf.Tensor, operand: tf.Tensor): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(operand.shape, d.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(d, axes) : d, operand.shape);
}

type Gradient = Omit<tf.GradConfig, 'kernelName' | 'gradFunc'> & {
  readonly gradient: (
    dy: tf.Tensor,
    saved: readonly tf.Tensor[],
    attributes: tf.NamedAttrMap,
  ) => Record<string, () => tf.Tensor>;
};

const ofOutput = (gradient: (dy: tf.Tensor, y: tf.Tensor) => tf.Tensor, input = 'x'): Gradient => ({
  outputsToSave: [true],
  gradient: (dy, [y]) => ({ [input]: () => gradient(dy, y!) }),
});

const ofBoth = (
  gradient: (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => [() => tf.Tensor, () => tf.Tensor],
): Gradient => ({
  inputsToSave: ['a', 'b'],
  gradient: (dy, [a, b]) => {
    const [da, db] = gradient(dy, a!, b!);
    return { a: () => summedTo(da(), a!), b: () => summedTo(db(), b!) };
  },
});

const reshaped = (input: string): Gradient => ({
  inputsToSave: [input],
  gradient: (dy, [x]) => ({ [input]: () => tf.reshape(dy, x!.shape) }),
});

const selecting = (mask: tf.Tensor): tf.Tensor => tf.cast(mask, 'float32');

/** d = A B for every way of transposing them. */
function ofProduct(dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean) {
  const da = () => (transposeA ? tf.matMul(b, dy, transposeB, true) : tf.matMul(dy, b, false, !transposeB));
  const db = () => (transposeB ? tf.matMul(dy, a, true, transposeA) : tf.matMul(a, dy, !transposeA, false));
  return { a: da, b: db };
}

const GRADIENTS: Readonly<Record<string, Gradient>> = {
  Identity: { gradient: (dy) => ({ x: () => tf.clone(dy) }) },
  Add: ofBoth((dy) => [() => dy, () => dy]),
  Sub: ofBoth((dy) => [() => dy, () => tf.neg(dy)]),
  Multiply: ofBoth((dy, a, b) => [() => tf.mul(dy, b), () => tf.mul(dy, a)]),
  RealDiv: ofBoth((dy, a, b) => [() => tf.div(dy, b), () => tf.neg(tf.div(tf.mul(dy, a), tf.square(b)))]),
  // Where both are equal the first one has the gradient, as in the pooling of convolution-block.ts.
  Maximum: ofBoth((dy, a, b) => [
    () => tf.mul(dy, selecting(tf.greaterEqual(a, b))),
    () => tf.mul(dy, selecting(tf.less(a, b))),
  ]),
  Exp: ofOutput((dy, y) => tf.mul(dy, y)),
  Log: { inputsToSave: ['x'], gradient: (dy, [x]) => ({ x: () => tf.div(dy, x!) }) },
  Neg: { gradient: (dy) => ({ x: () => tf.neg(dy) }) },
  Square: { inputsToSave: ['x'], gradient: (dy, [x]) => ({ x: () => tf.mul(dy, tf.mul(x!, 2)) }) },
  Sqrt: ofOutput((dy, y) => tf.div(dy, tf.mul(y, 2))),
  Tanh: ofOutput((dy, y) => tf.mul(dy, tf.sub(1, tf.square(y)))),
  Relu: ofOutput((dy, y) => tf.mul(dy, tf.step(y))),
  Softmax: ofOutput((dy, y) => {
    const weighted = tf.mul(dy, y);
    return tf.sub(weighted, tf.mul(y, tf.sum(weighted, -1, true)));
  }, 'logits'),
  Sum: {
    inputsToSave: ['x'],
    gradient: (dy, [x], { axis }) => ({
      x: () => {
        const axes = tf.util.parseAxisParam(axis as number | number[], x!.shape);
        const ones = x!.shape.map((size, i) => (axes.includes(i) ? 1 : size));
        return tf.mul(tf.reshape(dy, ones), tf.onesLike(x!));
      },
    }),
  },
  Reshape: reshaped('x'),
  ExpandDims: reshaped('input'),
  Transpose: {
    gradient: (dy, _saved, { perm }) => ({
      x: () => tf.transpose(dy, tf.backend_util.getUndoAxesPermutation(perm as number[])),
    }),
  },
  BatchMatMul: {
    inputsToSave: ['a', 'b'],
    gradient: (dy, [a, b], { transposeA, transposeB }) =>
      ofProduct(dy, a!, b!, transposeA === true, transposeB === true),
  },
  Slice: {
    inputsToSave: ['x'],
    gradient: (dy, [x], { begin }) => ({
      x: () =>
        tf.pad(
          dy,
          (begin as number[]).map((before, axis): [number, number] => [
            before,
            x!.shape[axis]! - before - dy.shape[axis]!,
          ]),
        ),
    }),
  },
};

/** The two kernels with several outputs, or any number of inputs. */
const SEVERAL: readonly tf.GradConfig[] = [
  {
    kernelName: 'SplitV',
    gradFunc: (dy, _saved, { axis }) => ({ x: () => tf.concat([dy].flat(), axis as number) }),
  },
  {
    kernelName: 'Concat',
    saveAllInputs: true,
    gradFunc: (dy, saved, { axis }) => {
      const along = tf.util.parseAxisParam(axis as number, saved[0]!.shape)[0]!;
      const sizes = saved.map((part) => part.shape[along]!);
      const parts = tf.split(dy as tf.Tensor, sizes, along);
      return Object.fromEntries(parts.map((part, i) => [String(i), () => part]));
    },
  },
];

/**
 * Registers the gradients of the kernels that networks use, where TensorFlow.js has none: tfjs-core has the tape that
 * strings them together, but its module for Node.js leaves them out (only the much larger union package has them).
 */
export function registerGradients(): void {
  const single = Object.entries(GRADIENTS).map(([kernelName, { gradient, ...saving }]): tf.GradConfig => ({
    kernelName,
    ...saving,
    gradFunc: (dy, saved, attributes) => gradient(dy as tf.Tensor, saved, attributes),
  }));
  for (const config of [...single, ...SEVERAL]) {
    if ((tf.getGradient(config.kernelName) as unknown) === undefined) tf.registerGradient(config);
  }
}
