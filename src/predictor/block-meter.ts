/** No voice is lower: an offset or a hum is none. */
const LOWEST_HZ = 60;
/** Keeps the level of digital silence finite: -100 dB. */
const LEAST_POWER = 1e-10;
/** So large that quiet samples keep their sign as integers, and so small that loud ones do not overflow. */
const SIGN_SCALE = 2 ** 28;
const FULL_SCALE = 32_768;

/** What blocks of a sound are like, one number a block; of what lies above the lowest voices. */
export interface SoundBlocks {
  /** In dB of full scale. */
  readonly level: number[];
  /** Changes of sign a sample. */
  readonly crossings: number[];
  /** Logarithm of how much stronger the differences of neighbours are than the samples: the higher, the brighter. */
  readonly brightness: number[];
  /** The peak against the mean level. */
  readonly crest: number[];
}

/** Measures the blocks of one sound, one after the other. */
export class BlockMeter {
  /** Mean square of the last block, with what lies below the lowest voices. */
  power = 0;
  /** See {@link SoundBlocks}. */
  level = 0;
  crossings = 0;
  brightness = 0;
  crest = 0;
  /** A high-pass of one pole: how much of what it let pass it keeps, and its last sample before and behind it. */
  readonly #keep: number;
  #before = 0;
  #passed = 0;
  #sign = 0;

  constructor(sampleRateHz: number) {
    this.#keep = Math.exp((-2 * Math.PI * LOWEST_HZ) / sampleRateHz);
  }

  /** Measures the next block: the samples from `from` up to but without `to`; integers have 16 bits. */
  measure(samples: Float32Array | Int16Array, from: number, to: number): void {
    const toUnit = samples instanceof Float32Array ? 1 : 1 / FULL_SCALE;
    const keep = this.#keep;
    let before = this.#before;
    let passed = this.#passed;
    let sign = this.#sign;
    let all = 0;
    let power = 0;
    let change = 0;
    let peak = 0;
    let crossings = 0;
    for (let i = from; i < to; i++) {
      const sample = samples[i]! * toUnit;
      const next = sample - before + keep * passed;
      const step = next - passed;
      const squared = next * next;
      all += sample * sample;
      power += squared;
      change += step * step;
      peak = Math.max(peak, squared);
      // The sign bit of an integer, which takes no branch: guessing those is what would cost most here.
      const nextSign = ((next * SIGN_SCALE) | 0) >>> 31;
      crossings += nextSign ^ sign;
      sign = nextSign;
      before = sample;
      passed = next;
    }
    this.#before = before;
    this.#passed = passed;
    this.#sign = sign;
    const length = to - from;
    const mean = power / length + LEAST_POWER;
    this.power = all / length;
    this.level = 10 * Math.log10(mean);
    this.crossings = crossings / length;
    this.brightness = Math.log(Math.sqrt(change / length / mean) + 0.02);
    this.crest = Math.sqrt(peak / mean);
  }
}

/** No blocks yet. */
export function noBlocks(): SoundBlocks {
  return { level: [], crossings: [], brightness: [], crest: [] };
}

/** Adds what a meter says of its last block, and its level, which may be known better. */
export function addBlock(blocks: SoundBlocks, meter: BlockMeter, level = meter.level): void {
  blocks.level.push(level);
  blocks.crossings.push(meter.crossings);
  blocks.brightness.push(meter.brightness);
  blocks.crest.push(meter.crest);
}
