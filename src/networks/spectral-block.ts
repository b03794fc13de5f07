import * as tf from '@tensorflow/tfjs-core';
import { EPSILON } from './convolution-block.ts';
import { customGradient } from './custom-gradient.ts';

/** Frames, and frequencies, that a filter sees: one more on either side. */
export const SPECTRAL_KERNEL = 3;
const REACH = 1;

/** How far a filter moves from one output to the next. */
export interface Strides {
  readonly time: number;
  readonly frequency: number;
}

/** Spectrograms [batch, time, frequencies, channels], [3, 3, channels, filters] filters, and scale and shift, [filters] each. */
interface BlockParameters {
  readonly x: tf.Tensor;
  readonly w: tf.Tensor;
  readonly gamma: tf.Tensor;
  readonly beta: tf.Tensor;
}

/** One axis of a strided convolution whose output starts at its input's first element. */
class Axis {
  readonly outputs: number;
  /** Outputs that a phase holds beyond those that are computed: what the last taps reach for. */
  readonly extra: number;
  readonly #inputs: number;
  readonly #stride: number;

  constructor(inputs: number, stride: number) {
    this.#inputs = inputs;
    this.#stride = stride;
    this.outputs = Math.ceil(inputs / stride);
    this.extra = Math.floor((SPECTRAL_KERNEL - 1) / stride);
  }

  /** Elements of each phase: every stride-th of the padded axis, from each of its first `stride` elements on. */
  get phase(): number {
    return this.outputs + this.extra;
  }

  get padding(): [number, number] {
    return [REACH, this.#stride * this.phase - this.#inputs - REACH];
  }
}

/**
 * Moves between spectrograms and the windows of a strided convolution over them. The padded spectrogram is taken apart
 * into stride x stride phases; then each tap of the filter reads one phase without gaps.
 */
class Windows {
  readonly #shape: readonly [batch: number, time: number, frequencies: number, channels: number];
  readonly #strides: Strides;
  readonly time: Axis;
  readonly frequency: Axis;

  constructor(x: tf.Tensor, strides: Strides) {
    this.#shape = x.shape as [number, number, number, number];
    this.#strides = strides;
    this.time = new Axis(this.#shape[1], strides.time);
    this.frequency = new Axis(this.#shape[2], strides.frequency);
  }

  /** Spectrograms to [batch * outputs, 9 * channels]. */
  columns(x: tf.Tensor): tf.Tensor {
    const [batch, , , channels] = this.#shape;
    const { time, frequency } = this;
    const padded = tf.pad(x, [[0, 0], time.padding, frequency.padding, [0, 0]]);
    const apart = tf.reshape(padded, this.#phased);
    const phases = tf.unstack(apart, 2).map((rows) => tf.unstack(rows, 3));
    const taps = this.#taps(([row, column], [t, f]) =>
      tf.slice(phases[row]![column]!, [0, t, f, 0], [batch, time.outputs, frequency.outputs, channels]),
    );
    return tf.reshape(tf.concat(taps, 3), [-1, SPECTRAL_KERNEL ** 2 * channels]);
  }

  /** The adjoint of {@link columns}: every element of a window is added to where it was read. */
  spectrogram(columns: tf.Tensor): tf.Tensor {
    const [batch, inputs, frequencies, channels] = this.#shape;
    const { time, frequency } = this;
    const windows = [batch, time.outputs, frequency.outputs, SPECTRAL_KERNEL ** 2 * channels];
    const read = tf.split(tf.reshape(columns, windows), SPECTRAL_KERNEL ** 2, 3);
    const sums: (tf.Tensor | undefined)[][] = Array.from({ length: this.#strides.time }, () => []);
    this.#taps(([row, column], [t, f], tap) => {
      const there = tf.pad(read[tap]!, [[0, 0], [t, time.extra - t], [f, frequency.extra - f], [0, 0]]); // prettier-ignore
      const sum = sums[row]![column];
      sums[row]![column] = sum ? tf.add(sum, there) : there;
    });
    const apart = tf.stack(
      sums.map((rows) => tf.stack(rows as tf.Tensor[], 3)),
      2,
    );
    const [, rows, , phases] = this.#phased;
    const padded = tf.reshape(apart, [batch, rows * this.#strides.time, phases * this.#strides.frequency, channels]);
    return tf.slice(padded, [0, REACH, REACH, 0], [batch, inputs, frequencies, channels]);
  }

  get #phased(): [number, number, number, number, number, number] {
    const [batch, , , channels] = this.#shape;
    return [batch, this.time.phase, this.#strides.time, this.frequency.phase, this.#strides.frequency, channels];
  }

  /** Visits the taps of a filter, row by row: the phase that each reads, and from which of its elements on. */
  #taps<T>(visit: (phase: [number, number], from: [number, number], tap: number) => T): T[] {
    const { time, frequency } = this.#strides;
    return Array.from({ length: SPECTRAL_KERNEL ** 2 }, (_, tap) => {
      const [t, f] = [Math.floor(tap / SPECTRAL_KERNEL), tap % SPECTRAL_KERNEL];
      return visit([t % time, f % frequency], [Math.floor(t / time), Math.floor(f / frequency)], tap);
    });
  }
}

/**
 * A block over spectrograms in training: 3 x 3 convolution over time and frequency with zero padding, batch
 * normalisation by the batch's own mean and variance, ReLU. To [batch, ceil(time / stride), ceil(frequencies / stride), filters].
 * Filters that are shared by all frequencies hear a voice alike whatever its pitch, which few speakers teach otherwise.
 *
 * @param observe is told the batch's mean and variance, [filters] each.
 */
export function trainingSpectralBlock(
  parameters: BlockParameters,
  strides: Strides,
  observe: (mean: tf.Tensor, variance: tf.Tensor) => void,
): tf.Tensor {
  const [, , inputs, filters] = parameters.w.shape as [number, number, number, number];
  const windows = new Windows(parameters.x, strides);
  const shape = [parameters.x.shape[0], windows.time.outputs, windows.frequency.outputs, filters];
  const flatFilter = [SPECTRAL_KERNEL ** 2 * inputs, filters];
  return customGradient(
    { ...parameters },
    ({ x, w, gamma, beta }) => {
      const columns = windows.columns(x);
      const filter = tf.reshape(w, flatFilter);
      const y = tf.matMul(columns, filter);
      const mean = tf.mean(y, 0);
      const centred = tf.sub(y, mean);
      const variance = tf.mean(tf.square(centred), 0);
      observe(mean, variance);
      const precision = tf.rsqrt(tf.add(variance, EPSILON));
      const scale = tf.mul(precision, gamma);
      const value = tf.relu(tf.add(tf.mul(centred, scale), beta));
      return { value: tf.reshape(value, shape), saved: { columns, filter, centred, precision, scale, value } };
    },
    (dy, { columns, filter, centred, precision, scale, value }) => {
      const rows = centred.shape[0];
      const d = tf.mul(tf.reshape(dy, value.shape), tf.step(value));
      const beta = tf.sum(d, 0);
      const dScale = tf.sum(tf.mul(d, centred), 0);
      // What every output owes to its part in the batch's variance and mean.
      const perDeviation = tf.mul(tf.square(precision), tf.div(dScale, rows));
      const common = tf.add(tf.mul(centred, perDeviation), tf.div(beta, rows));
      const dConvolved = tf.mul(tf.sub(d, common), scale);
      return {
        x: windows.spectrogram(tf.matMul(dConvolved, filter, false, true)),
        w: tf.reshape(tf.matMul(columns, dConvolved, true, false), parameters.w.shape),
        gamma: tf.mul(dScale, precision),
        beta,
      };
    },
  );
}

/** The same block in use: the normalisation by running statistics becomes part of the filter. */
export function inferenceSpectralBlock(
  { x, w, gamma, beta }: BlockParameters,
  strides: Strides,
  statistics: { mean: tf.Tensor; variance: tf.Tensor },
): tf.Tensor {
  const scale = tf.mul(tf.rsqrt(tf.add(statistics.variance, EPSILON)), gamma);
  return tf.fused.conv2d<tf.Tensor4D>({
    x: x as tf.Tensor4D,
    filter: tf.mul(w, scale),
    strides: [strides.time, strides.frequency],
    pad: [[0, 0], [REACH, REACH], [REACH, REACH], [0, 0]], // prettier-ignore
    bias: tf.sub(beta, tf.mul(statistics.mean, scale)),
    activation: 'relu',
  });
}
