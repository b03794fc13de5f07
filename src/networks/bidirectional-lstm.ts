import * as tf from '@tensorflow/tfjs-core';
import { FUSED_LSTM } from '../onnx/index.ts';
import { customGradient } from './custom-gradient.ts';

/** What the steps of the recurrence leave for its gradient, in order of time: [2, batch, units] each. */
interface Trace {
  /** Input, output and forget gates side by side: [2, batch, 3 units]. */
  readonly gates: tf.Tensor[];
  readonly candidates: tf.Tensor[];
  readonly previousCells: tf.Tensor[];
  /** Hyperbolic tangents of the new cells. */
  readonly squashed: tf.Tensor[];
}

const splitGates = (gates: tf.Tensor) => tf.split(gates, 3, 2) as [tf.Tensor, tf.Tensor, tf.Tensor];

/** Runs both directions, side by side, over the projected inputs, [2, batch, 4 units] a step. */
function unrolled(projected: readonly tf.Tensor[], recurrent: tf.Tensor, units: number) {
  const [directions, batch] = projected[0]!.shape as [number, number];
  let cell: tf.Tensor = tf.zeros([directions, batch, units]);
  const hiddens: tf.Tensor[] = [];
  const trace: Trace = { gates: [], candidates: [], previousCells: [], squashed: [] };
  for (const input of projected) {
    const previous = hiddens.at(-1);
    const sums = previous ? tf.add(input, tf.matMul(previous, recurrent)) : input;
    const [gateSums, candidateSum] = tf.split(sums, [3 * units, units], 2) as [tf.Tensor, tf.Tensor];
    const gates = tf.sigmoid(gateSums);
    const [inputGate, outputGate, forgetGate] = splitGates(gates);
    const candidate = tf.tanh(candidateSum);
    trace.previousCells.push(cell);
    cell = tf.add(tf.mul(forgetGate, cell), tf.mul(inputGate, candidate));
    const squashed = tf.tanh(cell);
    hiddens.push(tf.mul(outputGate, squashed));
    trace.gates.push(gates);
    trace.candidates.push(candidate);
    trace.squashed.push(squashed);
  }
  return { hiddens, trace };
}

/** Back through the recurrence: gradients of the gates' sums, [2, batch, 4 units] a step, in order of time. */
function backThroughTime(trace: Trace, dHiddens: readonly tf.Tensor[], u: tf.Tensor): tf.Tensor[] {
  const dSums: tf.Tensor[] = [];
  let dCarried: tf.Tensor | undefined;
  for (let time = dHiddens.length - 1; time >= 0; time--) {
    const [gates, candidate, previousCell, squashed] = [
      trace.gates[time]!,
      trace.candidates[time]!,
      trace.previousCells[time]!,
      trace.squashed[time]!,
    ];
    const [inputGate, outputGate, forgetGate] = splitGates(gates);
    const later = dSums[0];
    const dHidden = later ? tf.add(dHiddens[time]!, tf.matMul(later, u)) : dHiddens[time]!;
    const throughHidden = tf.mul(tf.mul(dHidden, outputGate), tf.sub(1, tf.square(squashed)));
    const dCell: tf.Tensor = dCarried ? tf.add(dCarried, throughHidden) : throughHidden;
    const dGates = tf.concat([tf.mul(dCell, candidate), tf.mul(dHidden, squashed), tf.mul(dCell, previousCell)], 2);
    const dGateSums = tf.mul(dGates, tf.sub(gates, tf.square(gates)));
    const dCandidateSum = tf.mul(tf.mul(dCell, inputGate), tf.sub(1, tf.square(candidate)));
    dSums.unshift(tf.concat([dGateSums, dCandidateSum], 2));
    dCarried = tf.mul(dCell, forgetGate);
  }
  return dSums;
}

/**
 * A bidirectional LSTM (Hochreiter & Schmidhuber 1997; Gers et al. 2000) in ONNX's gate order (input, output, forget,
 * cell): x [batch, time, inputs], w [2, 4 units, inputs], u [2, 4 units, units], b [2, 4 units] to
 * [batch, time, 2 units]. The two directions are computed side by side, each in its own
 * order of time. Unrolled over time, with a gradient written by hand: all products that do not wait for the
 * recurrence are single, large ones.
 */
export function trainingLstm(x: tf.Tensor, w: tf.Tensor, u: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const [batch, time, inputs] = x.shape as [number, number, number];
  const units = u.shape[2]!;
  const rows = time * batch;
  return customGradient(
    { x, w, u, b },
    ({ x, w, u, b }) => {
      const inTime = tf.transpose(x, [1, 0, 2]);
      const both = tf.reshape(tf.stack([inTime, tf.reverse(inTime, 0)], 0), [2, rows, inputs]);
      const sums = tf.add(tf.matMul(both, tf.transpose(w, [0, 2, 1])), tf.expandDims(b, 1));
      const projected = tf.unstack(tf.reshape(sums, [2, time, batch, 4 * units]), 1);
      const { hiddens, trace } = unrolled(projected, tf.transpose(u, [0, 2, 1]), units);
      const previous = tf.stack([tf.zerosLike(hiddens[0]!), ...hiddens.slice(0, -1)], 1);
      const [forward, backward] = tf.unstack(tf.stack(hiddens, 1), 0) as [tf.Tensor, tf.Tensor];
      return {
        value: tf.transpose(tf.concat([forward, tf.reverse(backward, 0)], 2), [1, 0, 2]),
        saved: { both, w, u, previous: tf.reshape(previous, [2, rows, units]), ...trace },
      };
    },
    (dy, { both, w, u, previous, ...trace }) => {
      const [forward, backward] = tf.split(tf.transpose(dy, [1, 0, 2]), 2, 2) as [tf.Tensor, tf.Tensor];
      const dHiddens = tf.unstack(tf.stack([forward, tf.reverse(backward, 0)], 0), 1);
      const dSums = tf.reshape(tf.stack(backThroughTime(trace, dHiddens, u), 1), [2, rows, 4 * units]);
      const dBoth = tf.unstack(tf.reshape(tf.matMul(dSums, w), [2, time, batch, inputs]), 0);
      return {
        x: tf.transpose(tf.add(dBoth[0]!, tf.reverse(dBoth[1]!, 0)), [1, 0, 2]),
        w: tf.matMul(dSums, both, true, false),
        u: tf.matMul(dSums, previous, true, false),
        b: tf.sum(dSums, 1),
      };
    },
  );
}

/** The same LSTM in use: one operator where the backend has it (see {@link FUSED_LSTM}), else unrolled. */
export function inferenceLstm(x: tf.Tensor, w: tf.Tensor, u: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const isFused = (tf.getKernel(FUSED_LSTM, tf.getBackend()) as unknown) !== undefined;
  return isFused ? tf.engine().runKernel(FUSED_LSTM, { x, w, u, b }) : trainingLstm(x, w, u, b);
}
