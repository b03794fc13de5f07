import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { symmetricBeta } from '../random.ts';

/** The parts of a batch that are mixed; all row-major with the batch first. */
export interface MixableBatch {
  readonly inputs: Float32Array;
  /** Soft labels, rows sum to 1. */
  readonly targets: Float32Array;
  /** 1 for the labels that compete, else 0. In a mixture both clips' labels compete. */
  readonly allowed?: Float32Array;
}

/**
 * Mixup (Zhang et al. 2018), in place: rows i and `rows - 1 - i` of the batch, which is in random order already, become
 * mixtures with the weights w and 1 - w, and 1 - w and w; w = max(v, 1 - v) with v ~ Beta(alpha, alpha) drawn for every
 * pair. The row in the middle of an odd number stays. 1 ms for 64 windows of 128 frames of 64 dims.
 */
export function mixUp(batch: MixableBatch, rows: number, alpha: number, random: RandomGenerator): void {
  for (let row = 0; row < Math.floor(rows / 2); row++) {
    const drawn = symmetricBeta(random, alpha);
    const weight = Math.max(drawn, 1 - drawn);
    mixRows(batch.inputs, rows, row, weight);
    mixRows(batch.targets, rows, row, weight);
    if (batch.allowed) unite(batch.allowed, rows, row);
  }
}

function mixRows(values: Float32Array, rows: number, row: number, weight: number): void {
  const length = values.length / rows;
  let i = row * length;
  let j = (rows - 1 - row) * length;
  for (const end = i + length; i < end; i++, j++) {
    const [a, b] = [values[i]!, values[j]!];
    values[i] = weight * a + (1 - weight) * b;
    values[j] = weight * b + (1 - weight) * a;
  }
}

function unite(values: Float32Array, rows: number, row: number): void {
  const length = values.length / rows;
  let i = row * length;
  let j = (rows - 1 - row) * length;
  for (const end = i + length; i < end; i++, j++) values[i] = values[j] = Math.max(values[i]!, values[j]!);
}
