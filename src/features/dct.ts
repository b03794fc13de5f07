import { padToVector } from '../kernels/kernel-memory.ts';

/** Settings of the cosine transform at the end of MFCC, named as librosa's `feature.mfcc`. */
export interface CepstrumSettings {
  readonly nMfcc: number;
  readonly dctType: 1 | 2 | 3;
  readonly norm: 'ortho' | null;
  /** Strength of the sinusoidal liftering of Juang et al. (1987); 0 is none. */
  readonly lifter: number;
}

/** One element of SciPy's `dct` matrix of type 1, 2 or 3: coefficient k of n inputs, input i. */
function dctElement(type: 1 | 2 | 3, norm: 'ortho' | null, n: number, k: number, i: number): number {
  const ortho = norm === 'ortho';
  if (type === 2) {
    const scale = ortho ? Math.sqrt((k === 0 ? 1 : 2) / n) : 2;
    return scale * Math.cos((Math.PI * k * (2 * i + 1)) / (2 * n));
  }
  if (type === 3) {
    if (i === 0) return ortho ? Math.sqrt(1 / n) : 1;
    return (ortho ? Math.sqrt(2 / n) : 2) * Math.cos((Math.PI * i * (2 * k + 1)) / (2 * n));
  }
  const isEdge = (index: number): boolean => index === 0 || index === n - 1;
  const plain = (isEdge(i) ? 1 : 2) * Math.cos((Math.PI * k * i) / (n - 1));
  if (!ortho) return plain;
  return plain * Math.sqrt(1 / (2 * (n - 1))) * (isEdge(i) ? Math.SQRT2 : 1) * (isEdge(k) ? Math.SQRT1_2 : 1);
}

/**
 * The matrix that takes `nMels` decibels to `nMfcc` liftered cepstral coefficients, row-major. Rows and columns are
 * padded with zeros to whole vectors, as the kernels want them: shape [padToVector(nMfcc)][padToVector(nMels)].
 */
export function cepstrumMatrix(nMels: number, settings: CepstrumSettings): Float32Array {
  const { nMfcc, dctType, norm, lifter } = settings;
  const columns = padToVector(nMels);
  const matrix = new Float32Array(padToVector(nMfcc) * columns);
  for (let k = 0; k < nMfcc; k++) {
    const lift = lifter > 0 ? 1 + (lifter / 2) * Math.sin((Math.PI * (k + 1)) / lifter) : 1;
    for (let i = 0; i < nMels; i++) matrix[k * columns + i] = lift * dctElement(dctType, norm, nMels, k, i);
  }
  return matrix;
}
