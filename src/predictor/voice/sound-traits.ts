import { traitsOfBlocks } from './block-traits.ts';

/** The rate of the samples that they are taken of. */
export const TRAITS_RATE_HZ = 16_000;

/** Samples of a block: 16 ms. */
const BLOCK = 256;
/** Of a high-pass of one pole at 60 Hz: an offset or a hum is no voice. */
const KEEP = Math.exp((-2 * Math.PI * 60) / TRAITS_RATE_HZ);
/** Keeps what is digital silence finite. */
const LEAST_POWER = 3e-10;
/** So large that quiet samples keep their sign as integers, and so small that loud ones do not overflow. */
const SIGN_SCALE = 2 ** 28;

/** What a block sounds like, block by block. */
export interface Blocks {
  /** In dB of full scale. */
  readonly level: Float64Array;
  /** Changes of sign a sample. */
  readonly crossings: Float64Array;
  /** Logarithm of how much stronger the differences of neighbours are than the samples: the higher, the brighter. */
  readonly brightness: Float64Array;
  /** The peak against the mean level. */
  readonly crest: Float64Array;
}

/**
 * How a stretch of sound moves, in numbers: the {@link traitsOfBlocks} of what its blocks sound like.
 * @param samples mono, at 16 kHz; a second or more says something
 */
export function soundTraits(samples: Float32Array): Float64Array {
  return traitsOfBlocks(measureBlocks(samples));
}

function measureBlocks(samples: Float32Array): Blocks {
  const count = Math.floor(samples.length / BLOCK);
  const [level, crossings, brightness, crest] = Array.from({ length: 4 }, () => new Float64Array(count));
  let before = 0;
  let passed = 0;
  let signBefore = 0;
  for (let block = 0; block < count; block++) {
    let power = 0;
    let change = 0;
    let peak = 0;
    let signs = 0;
    for (let i = block * BLOCK; i < (block + 1) * BLOCK; i++) {
      const sample = samples[i]!;
      const next = sample - before + KEEP * passed;
      const step = next - passed;
      const squared = next * next;
      power += squared;
      change += step * step;
      peak = Math.max(peak, squared);
      // The sign bit of an integer, which takes no branch: guessing those is what would cost most here.
      const sign = ((next * SIGN_SCALE) | 0) >>> 31;
      signs += sign ^ signBefore;
      signBefore = sign;
      before = sample;
      passed = next;
    }
    const mean = power / BLOCK + LEAST_POWER;
    level![block] = 10 * Math.log10(mean);
    crossings![block] = signs / BLOCK;
    brightness![block] = Math.log(Math.sqrt(change / BLOCK / mean) + 0.02);
    crest![block] = Math.sqrt(peak / mean);
  }
  return { level: level!, crossings: crossings!, brightness: brightness!, crest: crest! };
}
