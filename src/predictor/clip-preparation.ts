import type { WaveformInput } from './model-config.ts';

/** Samples of which one power is taken. */
export const BLOCK = 256;
/** Keeps the level of digital silence finite: -100 dB. */
const LEAST_POWER = 1e-10;

const decibels = (power: number): number => 10 * Math.log10(power + LEAST_POWER);

/** The mean power of each block of a signal, the last of which may be shorter. */
function blockPowers(samples: Float32Array): Float64Array {
  const powers = new Float64Array(Math.ceil(samples.length / BLOCK));
  for (let block = 0; block < powers.length; block++) {
    const end = Math.min(samples.length, (block + 1) * BLOCK);
    let sum = 0;
    for (let i = block * BLOCK; i < end; i++) sum += samples[i]! * samples[i]!;
    powers[block] = sum / (end - block * BLOCK);
  }
  return powers;
}

/** How clips of speech are made alike. */
export type ClipPreparation = Pick<WaveformInput, 'trim' | 'level' | 'sampleRateHz'>;

/** What becomes of a clip. */
export interface ClipPlan {
  /** The blocks that are kept: from `first` up to but without `end`. */
  readonly first: number;
  readonly end: number;
  /** How far the clip's level is above the common one. */
  readonly aboveTargetDb: number;
}

/**
 * Plans how a clip of speech is readied for feature extraction: which silence is cut off both ends, and to which level it
 * is brought, so that neither the distance to the microphone nor a corpus's habits are heard as emotion.
 *
 * Blocks of 256 samples louder than max(loudest - belowPeakDb, floorDb) are sound; the clip is cut to the first and the
 * last of them and a pad around. Its level is the mean power of the blocks within `withinDb` of the loudest. A clip
 * without any sound stays as it is.
 *
 * @param powers the mean power of each block
 */
export function planClip(powers: ArrayLike<number>, { trim, level, sampleRateHz }: ClipPreparation): ClipPlan {
  const whole = { first: 0, end: powers.length, aboveTargetDb: 0 };
  let loudest = 0;
  for (let block = 0; block < powers.length; block++) loudest = Math.max(loudest, powers[block]!);
  const loudestDb = decibels(loudest);
  let { first, end } = whole;
  if (trim) {
    const threshold = Math.max(loudestDb - trim.belowPeakDb, trim.floorDb);
    while (first < end && decibels(powers[first]!) <= threshold) first++;
    if (first === end) return whole;
    while (decibels(powers[end - 1]!) <= threshold) end--;
    const pad = Math.round((trim.padMs * sampleRateHz) / 1_000 / BLOCK);
    first = Math.max(0, first - pad);
    end = Math.min(powers.length, end + pad);
  }
  if (!level || loudest <= LEAST_POWER) return { first, end, aboveTargetDb: 0 };
  const levelDb = 10 * Math.log10(meanAbove(powers, loudestDb - level.withinDb));
  return { first, end, aboveTargetDb: levelDb - level.targetDb };
}

/** The mean of the powers above a level in dB. */
function meanAbove(powers: ArrayLike<number>, thresholdDb: number): number {
  let sum = 0;
  let count = 0;
  for (let block = 0; block < powers.length; block++) {
    const power = powers[block]!;
    if (decibels(power) < thresholdDb) continue;
    sum += power;
    count++;
  }
  return sum / count;
}

/**
 * Readies a clip as `planClip` says.
 *
 * @param samples mono samples at the configuration's rate; they are not changed
 * @returns new samples, or a view of the given ones where only their ends were cut
 */
export function prepareClip(samples: Float32Array, config: ClipPreparation): Float32Array {
  return preparedClip(samples, config).clip;
}

/** See {@link prepareClip}; with it, how far the clip's level was above the common one. */
export function preparedClip(
  samples: Float32Array,
  config: ClipPreparation,
): { clip: Float32Array; aboveTargetDb: number } {
  if (!config.trim && !config.level) return { clip: samples, aboveTargetDb: 0 };
  const { first, end, aboveTargetDb } = planClip(blockPowers(samples), config);
  const clip = samples.subarray(first * BLOCK, end * BLOCK);
  if (aboveTargetDb === 0) return { clip, aboveTargetDb };
  const gain = 10 ** (-aboveTargetDb / 20);
  const levelled = new Float32Array(clip.length);
  for (let i = 0; i < clip.length; i++) levelled[i] = clip[i]! * gain;
  return { clip: levelled, aboveTargetDb };
}
