import type { EngineBatch, EngineOptions, OptimizerOptions } from '../../src/training/engine/index.ts';
import { parseNetworkConfig } from '../../src/networks/index.ts';

/** Numbers from -1 to 1 that are the same in every run. */
export function noise(length: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

const convolutions = [
  { filters: 6, kernel: 3, pool: 2 },
  { filters: 6, kernel: 5, pool: 1 },
];
const dropout = { convolution: 0.2, lstm: 0.2, pooled: 0.3 };

/** One tiny network of each kind that together have every part that a network can have. */
export const TINY_NETWORKS = {
  cnn: parseNetworkConfig({
    kind: 'cnn',
    convolutions: [...convolutions, { filters: 6, kernel: 1, pool: 3 }],
    residual: true,
    attentionHeads: 2,
    attentionUnits: 0,
    hiddenUnits: 5,
    dropout,
  }),
  lstm: parseNetworkConfig({ kind: 'lstm', lstmUnits: 4, attentionUnits: 5, dropout }),
  'cnn-lstm': parseNetworkConfig({ kind: 'cnn-lstm', convolutions, lstmUnits: 4, attentionUnits: 5, dropout }),
  spectral: parseNetworkConfig({
    kind: 'cnn-lstm',
    spectral: [{ filters: 4 }, { filters: 5, timeStride: 2 }],
    convolutions: [{ filters: 6, kernel: 3, pool: 2 }],
    lstmUnits: 4,
    attentionUnits: 5,
    dropout,
  }),
} as const;
export const TINY_NAMES = ['cnn', 'lstm', 'cnn-lstm', 'spectral'] as const;

export const OPTIMIZER: OptimizerOptions = {
  weightDecay: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  clipNorm: 1,
  averageDecay: 0.99,
};

/** Time is no multiple of the pools. */
const TINY = { batch: 4, time: 15, dims: 3, labels: 4, seed: 1, threads: 1, optimizer: OPTIMIZER } as const;

export const tinyOptions = (kind: keyof typeof TINY_NETWORKS, changes: Partial<EngineOptions> = {}): EngineOptions => ({
  ...TINY,
  network: TINY_NETWORKS[kind],
  backend: 'onnx',
  ...changes,
});

/** Soft targets, a label that does not compete for the second clip, and uneven weights. */
export function tinyBatch(seed: number): EngineBatch {
  const { batch, time, dims, labels } = TINY;
  const allowed = new Float32Array(batch * labels).fill(1);
  allowed[labels + 3] = 0;
  const targets = new Float32Array(batch * labels);
  for (let clip = 0; clip < batch; clip++) {
    targets[clip * labels + ((clip + seed) % 3)] = 0.75;
    targets[clip * labels + ((clip + seed + 1) % 3)] = 0.25;
  }
  return { inputs: noise(batch * time * dims, seed), targets, allowed, weights: Float32Array.of(1, 0.5, 2, 1) };
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  return Array.from(a).reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}
