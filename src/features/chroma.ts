import { padToVector } from '../kernels/kernel-memory.ts';
import { remainder, roundHalfToEven, SMALLEST_NORMAL_FLOAT } from './numpy.ts';

/** Settings of a chroma filter bank, named as librosa's `filters.chroma`. */
export interface ChromaSettings {
  readonly nChroma: number;
  /** Deviation from A440 in fractions of a chroma bin, -0.5..0.5. */
  readonly tuning: number;
  /** Centre of the weighting over octaves (5 is about 880 Hz), and its width in octaves; null width: flat. */
  readonly ctroct: number;
  readonly octwidth: number | null;
  /** Start at C instead of A. */
  readonly baseC: boolean;
}

const A440_HZ = 440;

/** Octaves above 27.5 Hz (A0) under the given tuning: librosa's `hz_to_octs`. */
export function hzToOctaves(hz: number, tuning = 0, binsPerOctave = 12): number {
  return Math.log2(hz / ((A440_HZ * 2 ** (tuning / binsPerOctave)) / 16));
}

/**
 * A chroma filter bank after Ellis (2007) as `librosa.filters.chroma` builds it: every FFT bin is a Gaussian bump over
 * the pitch classes, normed to length 1, weighted over octaves. Row-major, padded with zeros to whole vectors:
 * shape [padToVector(nChroma)][padToVector(nFft / 2 + 1)].
 */
export function chromaFilterBank(sampleRateHz: number, nFft: number, settings: ChromaSettings): Float32Array {
  const { nChroma, tuning, ctroct, octwidth, baseC } = settings;
  const bins = Math.floor(nFft / 2) + 1;
  const columns = padToVector(bins);
  const matrix = new Float32Array(padToVector(nChroma) * columns);
  const pitchOf = (bin: number): number => nChroma * hzToOctaves((bin * sampleRateHz) / nFft, tuning, nChroma);
  const half = roundHalfToEven(nChroma / 2);
  const shift = baseC ? 3 * Math.floor(nChroma / 12) : 0;
  const column = new Float64Array(nChroma);
  for (let bin = 0; bin < bins; bin++) {
    // The bin of 0 Hz has no pitch: librosa sets it one and a half octaves below the first.
    const pitch = bin === 0 ? pitchOf(1) - 1.5 * nChroma : pitchOf(bin);
    const next = bin + 1 < nFft ? pitchOf(bin + 1) : pitch;
    const width = Math.max(next - pitch, 1);
    let squares = 0;
    for (let chroma = 0; chroma < nChroma; chroma++) {
      const distance = remainder(pitch - chroma + half + 10 * nChroma, nChroma) - half;
      const weight = Math.exp(-0.5 * ((2 * distance) / width) ** 2);
      column[chroma] = weight;
      squares += weight * weight;
    }
    const octaveWeight = octwidth === null ? 1 : Math.exp(-0.5 * ((pitch / nChroma - ctroct) / octwidth) ** 2);
    const scale = octaveWeight / Math.sqrt(squares);
    for (let chroma = 0; chroma < nChroma; chroma++) {
      matrix[((chroma + nChroma - shift) % nChroma) * columns + bin] = column[chroma]! * scale;
    }
  }
  return matrix;
}

/** Divides a row by its norm, in place; as in librosa's `util.normalize`, a row of nearly nothing stays as it is. `norm` is Infinity (the maximum), 1, 2, or null for none. */
export function normalizeRow(row: Float32Array, offset: number, length: number, norm: number | null): void {
  if (norm === null) return;
  let size = 0;
  for (let i = offset; i < offset + length; i++) {
    const magnitude = Math.abs(row[i]!);
    if (norm === Infinity) size = Math.max(size, magnitude);
    else size += magnitude ** norm;
  }
  if (norm !== Infinity) size **= 1 / norm;
  if (size < SMALLEST_NORMAL_FLOAT) return;
  for (let i = offset; i < offset + length; i++) row[i]! /= size;
}
