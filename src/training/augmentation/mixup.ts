import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** The parts of a batch that are mixed; all row-major with the batch first. */
export interface MixableBatch {
  readonly inputs: Float32Array;
  /** Soft labels, rows sum to 1. */
  readonly targets: Float32Array;
  /** Where given: 1 for the labels that compete. Both clips' labels compete in a mixture. */
  readonly allowed?: Float32Array;
}

/**
 * Mixup (Zhang et al. 2018), in place: row i becomes `w * row i + (1 - w) * row (batch - 1 - i)`, the batch being in random
 * order already, with w = max(v, 1 - v), v ~ Beta(alpha, alpha) drawn for every pair.
 */
export function mixUp(batch: MixableBatch, rows: number, alpha: number, random: RandomGenerator): void {
  throw new Error(`${batch.inputs.length} ${rows} ${alpha} ${random.next()}`);
}
