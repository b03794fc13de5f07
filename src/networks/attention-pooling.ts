import * as tf from '@tensorflow/tfjs-core';

/** Keeps the slope of the root finite where a channel stands still. */
const EPSILON = 1e-5;

/** [batch, time, inputs] times [inputs, outputs]. */
function eachFrameTimes(x: tf.Tensor, w: tf.Tensor, isTraining: boolean): tf.Tensor {
  // TensorFlow.js broadcasts a matrix over a batch forwards but not in its gradient; with dynamic axes, on the other
  // hand, batch and time must stay apart.
  if (!isTraining) return tf.matMul(x, w);
  const [batch, time, inputs] = x.shape as [number, number, number];
  return tf.reshape(tf.matMul(tf.reshape(x, [batch * time, inputs]), w), [batch, time, w.shape[1]!]);
}

/** What scores a frame: `tanh(x w + b)` scored by `score`, or x itself where there is no hidden layer. */
export interface AttentionWeights {
  readonly hidden?: { readonly w: tf.Tensor; readonly b: tf.Tensor };
  /** [units or channels, heads] */
  readonly score: tf.Tensor;
}

/**
 * Attentive statistics pooling (Okabe, Koshinaka & Shinoda 2018): each head weighs the frames by a softmax over time,
 * and gives their weighted mean and deviation. [batch, time, channels] to [batch, heads * 2 * channels].
 */
export function attentionPooling(x: tf.Tensor, weights: AttentionWeights, isTraining: boolean): tf.Tensor {
  const { hidden, score } = weights;
  const seen = hidden ? tf.tanh(tf.add(eachFrameTimes(x, hidden.w, isTraining), hidden.b)) : x;
  const scores = eachFrameTimes(seen, score, isTraining);
  const attention = tf.split(tf.softmax(tf.transpose(scores, [0, 2, 1])), score.shape[1]!, 1);
  const pooled = attention.flatMap((weight) => {
    const mean = tf.matMul(weight, x);
    // The variance around the mean, not the mean of squares less the square of the mean: that loses digits.
    const variance = tf.matMul(weight, tf.square(tf.sub(x, mean)));
    return [mean, tf.sqrt(tf.add(variance, EPSILON))];
  });
  return tf.squeeze(tf.concat(pooled, 2), [1]);
}
