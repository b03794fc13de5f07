import * as tf from '@tensorflow/tfjs-core';
import { customGradient } from './custom-gradient.ts';

/** Added to variances before a division by their root. */
export const EPSILON = 1e-5;

const padTime = (x: tf.Tensor, before: number, after: number): tf.Tensor =>
  tf.pad(x, [
    [0, 0],
    [before, after],
    [0, 0],
  ]);

/** [batch, time, channels] to [batch * time, kernel * channels]: each frame with its neighbours, zeros over the ends. */
function windows(x: tf.Tensor, kernel: number): tf.Tensor {
  const [batch, time, channels] = x.shape as [number, number, number];
  const reach = (kernel - 1) / 2;
  const padded = padTime(x, reach, reach);
  const taps = Array.from({ length: kernel }, (_, tap) => tf.slice(padded, [0, tap, 0], [batch, time, channels]));
  return tf.reshape(tf.concat(taps, 2), [batch * time, kernel * channels]);
}

/** The frames that share a pool, as `pool` tensors [batch, pools, channels]; a rest that fills no pool is left out. */
function poolMembers(x: tf.Tensor, pool: number): tf.Tensor[] {
  const [batch, time, channels] = x.shape as [number, number, number];
  const pools = Math.floor(time / pool);
  const whole = tf.slice(x, [0, 0, 0], [batch, pools * pool, channels]);
  return tf.split(tf.reshape(whole, [batch, pools, pool * channels]), pool, 2);
}

/** Maximum over time, [batch, pools, channels]. */
export const maxPool = (x: tf.Tensor, pool: number): tf.Tensor =>
  poolMembers(x, pool).reduce((a, b) => tf.maximum(a, b));

/** The gradient of {@link maxPool}, [batch, time, channels]: all of a pool's gradient goes to its first largest frame. */
function spreadOverPool(d: tf.Tensor, best: tf.Tensor, members: readonly tf.Tensor[], time: number): tf.Tensor {
  const [batch, pools, channels] = d.shape as [number, number, number];
  const shares: tf.Tensor[] = [];
  let rest = d;
  for (const member of members.slice(0, -1)) {
    const share = tf.mul(rest, tf.cast(tf.equal(member, best), 'float32'));
    shares.push(share);
    rest = tf.sub(rest, share);
  }
  const whole = tf.reshape(tf.concat([...shares, rest], 2), [batch, pools * members.length, channels]);
  return padTime(whole, 0, time - pools * members.length);
}

/** A block's input, [kernel, inputs, outputs] filters, and the normalisation's scale and shift, [outputs] each. */
interface BlockParameters {
  readonly x: tf.Tensor;
  readonly w: tf.Tensor;
  readonly gamma: tf.Tensor;
  readonly beta: tf.Tensor;
}

/**
 * A block in training: convolution over time with zero padding, batch normalisation by the batch's own mean and
 * variance (Ioffe & Szegedy 2015), ReLU and maximum over `pool` frames. From
 * [batch, time, inputs] to [batch, floor(time / pool), outputs].
 *
 * Its gradient is written by hand, for speed, and so is the order of its parts: ReLU and the normalisation's scale,
 * if it isn't negative, don't change which frame of a pool is the largest, so that both can follow pooling, where
 * there are fewer frames. A negative gamma is made positive by turning the sign of the filter: the normalisation is
 * odd in it.
 *
 * @param observe is told the batch's mean and variance, [outputs] each.
 */
export function trainingBlock(
  parameters: BlockParameters,
  pool: number,
  observe: (mean: tf.Tensor, variance: tf.Tensor) => void,
): tf.Tensor {
  const [batch, time, inputs] = parameters.x.shape as [number, number, number];
  const [kernel, , outputs] = parameters.w.shape as [number, number, number];
  const rows = batch * time;
  const inTime = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [batch, time, outputs]);
  return customGradient(
    { ...parameters },
    ({ x, w, gamma, beta }) => {
      const sign = tf.sub(tf.mul(tf.cast(tf.greaterEqual(gamma, 0), 'float32'), 2), 1);
      const filter = tf.mul(w, sign);
      const columns = windows(x, kernel);
      const y = tf.matMul(columns, tf.reshape(filter, [kernel * inputs, outputs]));
      const mean = tf.mean(y, 0);
      const centred = tf.sub(y, mean);
      const variance = tf.mean(tf.square(centred), 0);
      observe(tf.mul(mean, sign), variance);
      const precision = tf.rsqrt(tf.add(variance, EPSILON));
      const scale = tf.mul(precision, tf.mul(gamma, sign));
      const best = maxPool(inTime(centred), pool);
      const value = tf.relu(tf.add(tf.mul(best, scale), beta));
      return { value, saved: { columns, filter, sign, centred, precision, scale, best, value } };
    },
    (dy, { columns, filter, sign, centred, precision, scale, best, value }) => {
      const d = tf.mul(dy, tf.step(value));
      const dBeta = tf.sum(d, [0, 1]);
      const dScale = tf.sum(tf.mul(d, best), [0, 1]);
      const direct = spreadOverPool(tf.mul(d, scale), best, poolMembers(inTime(centred), pool), time);
      // What every frame owes to its part in the batch's variance and mean.
      const perDeviation = tf.mul(tf.mul(scale, tf.square(precision)), tf.div(dScale, rows));
      const common = tf.add(tf.mul(centred, perDeviation), tf.mul(scale, tf.div(dBeta, rows)));
      const dConvolved = tf.sub(tf.reshape(direct, [rows, outputs]), common);
      const dFilter = tf.reshape(tf.matMul(columns, dConvolved, true, false), filter.shape);
      // The gradient of a convolution is one with the filter turned around, from outputs to inputs.
      const turned = tf.reshape(tf.transpose(tf.reverse(filter, 0), [0, 2, 1]), [kernel * outputs, inputs]);
      const x = tf.reshape(tf.matMul(windows(inTime(dConvolved), kernel), turned), [batch, time, inputs]);
      return { x, w: tf.mul(dFilter, sign), gamma: tf.mul(tf.mul(dScale, precision), sign), beta: dBeta };
    },
  );
}

/**
 * The same block in use, on images [batch, 1, time, channels], as TensorFlow.js and ONNX have operators for them: the
 * normalisation by running statistics becomes part of the filter.
 */
export function inferenceBlock(
  parameters: BlockParameters & { readonly x: tf.Tensor4D },
  pool: number,
  statistics: { mean: tf.Tensor; variance: tf.Tensor },
): tf.Tensor4D {
  const { x, w, gamma, beta } = parameters;
  const scale = tf.mul(tf.rsqrt(tf.add(statistics.variance, EPSILON)), gamma);
  const y = tf.fused.conv2d({
    x,
    filter: tf.expandDims(tf.mul(w, scale), 0),
    strides: 1,
    pad: 'same',
    bias: tf.sub(beta, tf.mul(statistics.mean, scale)),
    activation: 'relu',
  });
  return pool === 1 ? y : tf.maxPool(y, [1, pool], [1, pool], 'valid');
}
