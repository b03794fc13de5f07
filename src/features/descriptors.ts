import { SMALLEST_NORMAL_FLOAT } from './numpy.ts';

// Shape of one spectrum in one number, as librosa's feature.spectral defines them. `magnitudes`: |X|, shape [bins].

/** The sum that a spectrum is divided by; a frame without energy stays as it is, as in librosa's `normalize`. */
function sumOrOne(magnitudes: Float32Array): number {
  let sum = 0;
  for (let bin = 0; bin < magnitudes.length; bin++) sum += magnitudes[bin]!;
  return sum < SMALLEST_NORMAL_FLOAT ? 1 : sum;
}

/** Centre of gravity of the spectrum in Hz; 0 for silence. */
export function spectralCentroid(magnitudes: Float32Array, hzPerBin: number): number {
  let weighted = 0;
  for (let bin = 0; bin < magnitudes.length; bin++) weighted += bin * magnitudes[bin]!;
  return (hzPerBin * weighted) / sumOrOne(magnitudes);
}

/** Spread around the centroid in Hz, of order `p` (2: standard deviation). */
export function spectralBandwidth(magnitudes: Float32Array, hzPerBin: number, p: number): number {
  const centroid = spectralCentroid(magnitudes, hzPerBin);
  let spread = 0;
  for (let bin = 0; bin < magnitudes.length; bin++) {
    const deviation = Math.abs(bin * hzPerBin - centroid);
    spread += magnitudes[bin]! * (p === 2 ? deviation * deviation : deviation ** p);
  }
  return (spread / sumOrOne(magnitudes)) ** (1 / p);
}

/**
 * The frequency in Hz below which `rollPercent` (0..1) of the summed magnitude lies. Summed in single precision, as
 * librosa does: elsewhere a frame in some thousands ends up one bin beside.
 */
export function spectralRolloff(magnitudes: Float32Array, hzPerBin: number, rollPercent: number): number {
  let total = 0;
  for (let bin = 0; bin < magnitudes.length; bin++) total = Math.fround(total + magnitudes[bin]!);
  const wanted = Math.fround(Math.fround(rollPercent) * total);
  let sum = 0;
  for (let bin = 0; bin < magnitudes.length; bin++) {
    sum = Math.fround(sum + magnitudes[bin]!);
    if (sum >= wanted) return bin * hzPerBin;
  }
  return (magnitudes.length - 1) * hzPerBin;
}

/** Geometric over arithmetic mean of magnitude^power (Dubnov 2004): 1 for white noise, near 0 for a tone. */
export function spectralFlatness(magnitudes: Float32Array, power: number, amin: number): number {
  let logSum = 0;
  let sum = 0;
  for (let bin = 0; bin < magnitudes.length; bin++) {
    const magnitude = magnitudes[bin]!;
    const value = Math.max(amin, power === 2 ? magnitude * magnitude : magnitude ** power);
    logSum += Math.log(value);
    sum += value;
  }
  return (Math.exp(logSum / magnitudes.length) * magnitudes.length) / sum;
}
