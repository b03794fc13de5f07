import { UndertoneError } from '../errors.ts';
import type { FeatureMatrix } from '../features/index.ts';

/** How several frames become one column of a picture. */
export type Reduction = 'max' | 'mean';

/** Throws `PICTURE_INVALID` unless the data is frames x dims. */
export function checkMatrix(name: string, { data, frames, dims }: FeatureMatrix): void {
  if (Number.isInteger(frames) && Number.isInteger(dims) && frames >= 0 && data.length === frames * dims) return;
  throw new UndertoneError('PICTURE_INVALID', {
    subject: name,
    problem: `has ${data.length} values, which is not ${frames} frames x ${dims} dims`,
    remedy: 'Hand over the matrix as the feature extractor made it.',
  });
}

/**
 * Joins runs of neighbouring frames, so that at most `maxFrames` remain. NaN counts as missing: it is skipped, and
 * where nothing else is left the result is NaN.
 */
export function reduceFrames(
  matrix: FeatureMatrix,
  maxFrames: number,
  how: Reduction,
): { matrix: FeatureMatrix; run: number } {
  const run = Math.max(1, Math.ceil(matrix.frames / Math.max(1, maxFrames)));
  if (run === 1) return { matrix, run };
  const { data, dims } = matrix;
  const frames = Math.ceil(matrix.frames / run);
  const reduced = new Float32Array(frames * dims);
  for (let frame = 0; frame < frames; frame++) {
    const end = Math.min(matrix.frames, (frame + 1) * run) * dims;
    for (let dim = 0; dim < dims; dim++) {
      reduced[frame * dims + dim] = reduceRun(data, frame * run * dims + dim, end, dims, how);
    }
  }
  return { matrix: { data: reduced, frames, dims }, run };
}

function reduceRun(data: Float32Array, start: number, end: number, stride: number, how: Reduction): number {
  let sum = 0;
  let most = -Infinity;
  let count = 0;
  for (let at = start; at < end; at += stride) {
    const value = data[at]!;
    // NaN alone differs from itself.
    if (value !== value) continue;
    if (value > most) most = value;
    sum += value;
    count++;
  }
  if (count === 0) return NaN;
  return how === 'max' ? most : sum / count;
}

/** The smallest and the largest finite value, or undefined where there is none. */
export function finiteRange(values: ArrayLike<number>): readonly [number, number] | undefined {
  let least = Infinity;
  let most = -Infinity;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    // Only a finite number leaves 0 when it is taken from itself.
    if (value - value !== 0) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return least > most ? undefined : [least, most];
}

/**
 * Moves each dim's median to 0 and scales it so that nine tenths of its values lie within -1..1 (by the farther of
 * its 5th and 95th percentile): dims of very different size can then share one colour scale, and neither a few
 * outliers nor much silence decides it. A dim that hardly ever moves is scaled by its extremes; one that never
 * does becomes 0.
 */
export function scaleAroundMedian({ data, frames, dims }: FeatureMatrix): FeatureMatrix {
  const scaled = new Float32Array(data.length);
  for (let dim = 0; dim < dims; dim++) {
    const values = Float32Array.from({ length: frames }, (_, frame) => data[frame * dims + dim]!);
    const sorted = values.filter(Number.isFinite).sort();
    const quantile = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
    const median = quantile(0.5);
    const reach = (low: number, high: number) => Math.max(median - quantile(low), quantile(high) - median);
    const scale = reach(0.05, 0.95) || reach(0, 1) || 1;
    for (let frame = 0; frame < frames; frame++) scaled[frame * dims + dim] = (values[frame]! - median) / scale;
  }
  return { data: scaled, frames, dims };
}
