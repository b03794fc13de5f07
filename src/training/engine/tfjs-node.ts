import * as tf from '@tensorflow/tfjs-core';

const BACKEND = 'tensorflow';
/** A name that the compiler does not follow: the package is optional. */
const PACKAGE = '@tensorflow/tfjs-node' as string;

/**
 * Makes TensorFlow's native library TensorFlow.js's active backend, where `@tensorflow/tfjs-node` is installed and
 * computes here; it has had no release since 2024, and on newer versions of Node.js it loads and then fails.
 */
export async function loadTfjsNode(): Promise<boolean> {
  const previous = tf.getBackend() as string | undefined;
  try {
    await import(PACKAGE);
    await tf.setBackend(BACKEND);
    tf.tidy(() => tf.softmax(tf.matMul(tf.ones([2, 2]), tf.ones([2, 2]))).dataSync());
    return true;
  } catch {
    if (previous) await tf.setBackend(previous);
    return false;
  }
}
