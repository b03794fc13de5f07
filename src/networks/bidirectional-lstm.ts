import * as tf from '@tensorflow/tfjs-core';
import { FUSED_LSTM } from '../onnx/index.ts';
import { customGradient } from './custom-gradient.ts';

/** What one step of the recurrence leaves for its gradient, [2, batch, units] each. */
interface Step {
  readonly input: tf.Tensor;
  readonly output: tf.Tensor;
  readonly forget: tf.Tensor;
  readonly candidate: tf.Tensor;
  /** Hyperbolic tangent of the new cell. */
  readonly squashed: tf.Tensor;
  readonly previousCell: tf.Tensor;
}
const STEP_PARTS = 6;

/** Both directions lie side by side in the first axis, each in its own order of time. */
function bothDirections(inTime: tf.Tensor): tf.Tensor {
  return tf.stack([inTime, tf.reverse(inTime, 0)], 0);
}

function unrolled(projected: readonly tf.Tensor[], recurrent: tf.Tensor, units: number) {
  const [directions, batch] = projected[0]!.shape as [number, number];
  let hidden = tf.zeros([directions, batch, units]) as tf.Tensor;
  let cell = hidden;
  const hiddens: tf.Tensor[] = [];
  const steps: Step[] = [];
  for (const [time, input] of projected.entries()) {
    const z = time === 0 ? input : tf.add(input, tf.matMul(hidden, recurrent));
    const [gates, candidates] = tf.split(z, [3 * units, units], 2) as [tf.Tensor, tf.Tensor];
    const [i, o, f] = tf.split(tf.sigmoid(gates), 3, 2) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const candidate = tf.tanh(candidates);
    const previousCell = cell;
    cell = tf.add(tf.mul(f, previousCell), tf.mul(i, candidate));
    const squashed = tf.tanh(cell);
    hidden = tf.mul(o, squashed);
    hiddens.push(hidden);
    steps.push({ input: i, output: o, forget: f, candidate, squashed, previousCell });
  }
  return { hiddens, steps };
}

/** Back through the recurrence: gradients of the gates' sums, [2, batch, 4 units] a step, in order of time. */
function backThroughTime(steps: readonly Step[], dHiddens: readonly tf.Tensor[], u: tf.Tensor): tf.Tensor[] {
  let dRecurrent: tf.Tensor | undefined;
  let dCarried: tf.Tensor | undefined;
  const dGates: tf.Tensor[] = [];
  for (let time = steps.length - 1; time >= 0; time--) {
    const { input, output, forget, candidate, squashed, previousCell } = steps[time]!;
    const dHidden = dRecurrent ? tf.add(dHiddens[time]!, dRecurrent) : dHiddens[time]!;
    const dOutput = tf.mul(dHidden, squashed);
    const throughHidden = tf.mul(tf.mul(dHidden, output), tf.sub(1, tf.square(squashed)));
    const dCell = dCarried ? tf.add(dCarried, throughHidden) : throughHidden;
    const dSigmoids = tf.concat([tf.mul(dCell, candidate), dOutput, tf.mul(dCell, previousCell)], 2);
    const sigmoids = tf.concat([input, output, forget], 2);
    const dSums = tf.mul(dSigmoids, tf.sub(sigmoids, tf.square(sigmoids)));
    const dCandidate = tf.mul(tf.mul(dCell, input), tf.sub(1, tf.square(candidate)));
    const d = tf.concat([dSums, dCandidate], 2);
    dGates.unshift(d);
    dCarried = tf.mul(dCell, forget);
    dRecurrent = tf.matMul(d, u);
  }
  return dGates;
}

/**
 * A bidirectional LSTM (Hochreiter & Schmidhuber 1997; Gers et al. 2000) in ONNX's gate order (input, output, forget,
 * cell): x [batch, time, inputs], w [2, 4 units, inputs], u [2, 4 units, units], b [2, 4 units] to
 * [batch, time, 2 units]. Unrolled over time, with a gradient written by hand: all products that do not wait for the
 * recurrence are single, large ones.
 */
export function trainingLstm(x: tf.Tensor, w: tf.Tensor, u: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const [batch, time, inputs] = x.shape as [number, number, number];
  const units = u.shape[2]!;
  const rows = time * batch;
  const inOwnTime = (rows: tf.Tensor): tf.Tensor[] => tf.unstack(tf.reshape(rows, [2, time, batch, rows.shape[2]!]), 1);
  return customGradient(
    [x, w, u, b],
    ([x, w, u, b], save) => {
      const both = tf.reshape(bothDirections(tf.transpose(x!, [1, 0, 2])), [2, rows, inputs]);
      const projected = tf.add(tf.matMul(both, tf.transpose(w!, [0, 2, 1])), tf.expandDims(b!, 1));
      const { hiddens, steps } = unrolled(inOwnTime(projected), tf.transpose(u!, [0, 2, 1]), units);
      const previous = tf.stack([tf.zerosLike(hiddens[0]!), ...hiddens.slice(0, -1)], 1);
      save([
        both,
        w!,
        u!,
        tf.reshape(previous, [2, rows, units]),
        ...steps.flatMap((step) => Object.values(step) as tf.Tensor[]),
      ]);
      const [forward, backward] = tf.unstack(tf.stack(hiddens, 1), 0) as [tf.Tensor, tf.Tensor];
      return tf.transpose(tf.concat([forward, tf.reverse(backward, 0)], 2), [1, 0, 2]);
    },
    (dy, saved) => {
      const [both, w, u, previous, ...parts] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, ...tf.Tensor[]];
      const steps = Array.from({ length: time }, (_, t): Step => {
        const [input, output, forget, candidate, squashed, previousCell] = parts.slice(
          t * STEP_PARTS,
          (t + 1) * STEP_PARTS,
        ) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        return { input, output, forget, candidate, squashed, previousCell };
      });
      const [forward, backward] = tf.split(tf.transpose(dy, [1, 0, 2]), 2, 2) as [tf.Tensor, tf.Tensor];
      const dHiddens = tf.unstack(tf.stack([forward, tf.reverse(backward, 0)], 0), 1);
      const dGates = tf.reshape(tf.stack(backThroughTime(steps, dHiddens, u), 1), [2, rows, 4 * units]);
      const dBoth = tf.reshape(tf.matMul(dGates, w), [2, time, batch, inputs]);
      const [dForward, dBackward] = tf.unstack(dBoth, 0) as [tf.Tensor, tf.Tensor];
      return [
        tf.transpose(tf.add(dForward, tf.reverse(dBackward, 0)), [1, 0, 2]),
        tf.matMul(dGates, both, true, false),
        tf.matMul(dGates, previous, true, false),
        tf.sum(dGates, 1),
      ];
    },
  );
}

/** The same LSTM in use: one operator where the backend has it (see {@link FUSED_LSTM}), else unrolled. */
export function inferenceLstm(x: tf.Tensor, w: tf.Tensor, u: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const isFused = (tf.getKernel(FUSED_LSTM, tf.getBackend()) as unknown) !== undefined;
  return isFused ? tf.engine().runKernel(FUSED_LSTM, { x, w, u, b }) : trainingLstm(x, w, u, b);
}
