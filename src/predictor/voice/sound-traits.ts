/** How many numbers {@link soundTraits} are. */
export const TRAITS = 19;
/** The rate of the samples that they are taken of. */
export const TRAITS_RATE_HZ = 16_000;

/** Samples of a block: 16 ms. */
const BLOCK = 256;
/** Of a high-pass of one pole at 60 Hz: an offset or a hum is no voice. */
const KEEP = Math.exp((-2 * Math.PI * 60) / TRAITS_RATE_HZ);
/** Keeps what is digital silence finite. */
const LEAST_POWER = 3e-10;
/** Blocks this far below the loudest are pauses. */
const BELOW_PEAK_DB = 35;
/** Low-passes, by their time constants in blocks, that split the level's movement: syllables lie between the first two. */
const SMOOTHING_BLOCKS = [1.2, 5, 20] as const;
/** So large that quiet samples keep their sign as integers, and so small that loud ones do not overflow. */
const SIGN_SCALE = 2 ** 28;
const QUANTILES = [0.1, 0.5, 0.9] as const;

/** What a block sounds like, block by block. */
interface Blocks {
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
 * Tells in a few numbers how a stretch of sound moves: how its level, brightness and peakedness are spread and change from
 * block to block, how strongly the level is modulated slower than, at and faster than the pace of syllables, and how brightness goes
 * with level. Speech moves from vowels to consonants and pauses in all of these; music, noise and tones move otherwise
 * (Saunders, "Real-time discrimination of broadcast speech/music", 1996; Scheirer and Slaney, 1997). None depends on
 * the gain.
 *
 * @param samples mono, at 16 kHz; a second or more says something
 */
export function soundTraits(samples: Float32Array): Float64Array {
  const blocks = measureBlocks(samples);
  const { level, crossings, brightness, crest } = blocks;
  const loudest = level.reduce((most, value) => Math.max(most, value), -Infinity);
  const loud: number[] = [];
  level.forEach((value, block) => {
    if (value > loudest - BELOW_PEAK_DB) loud.push(block);
  });
  const [levelMean, levelSpread] = spread(level, loud);
  const [crossingMean, crossingSpread] = spread(crossings, loud);
  const [brightMean, brightSpread] = spread(brightness, loud);
  const [crestMean, crestSpread] = spread(crest, loud);
  const together = loud.reduce((sum, b) => sum + (level[b]! - levelMean) * (brightness[b]! - brightMean), 0);
  const sorted = Float64Array.from(loud, (block) => brightness[block]!).sort();
  return Float64Array.of(
    levelSpread,
    crossingMean,
    Math.log(crossingSpread + 0.005),
    brightMean,
    brightSpread,
    crestMean,
    crestSpread,
    together / (loud.length * levelSpread * brightSpread + 1e-6),
    meanChange(level, loud),
    Math.log(meanChange(crossings, loud) + 0.002),
    meanChange(brightness, loud),
    meanChange(crest, loud),
    ...modulation(level, loudest - BELOW_PEAK_DB),
    loud.length / Math.max(1, level.length),
    ...QUANTILES.map((share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0),
  );
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

/** Mean and standard deviation over some blocks. */
function spread(values: Float64Array, blocks: readonly number[]): [mean: number, deviation: number] {
  if (blocks.length === 0) return [0, 0];
  let sum = 0;
  for (const block of blocks) sum += values[block]!;
  const mean = sum / blocks.length;
  let squares = 0;
  for (const block of blocks) squares += (values[block]! - mean) ** 2;
  return [mean, Math.sqrt(squares / blocks.length)];
}

/** The mean of the absolute changes from each of some blocks to the next, where that is one of them too. */
function meanChange(values: Float64Array, blocks: readonly number[]): number {
  let sum = 0;
  let count = 0;
  for (let i = 1; i < blocks.length; i++) {
    const block = blocks[i]!;
    if (blocks[i - 1] !== block - 1) continue;
    sum += Math.abs(values[block]! - values[block - 1]!);
    count++;
  }
  return sum / Math.max(1, count);
}

/** How strongly the level moves fast, at the pace of syllables, and slowly: logarithms of mean squares in dB. */
function modulation(level: Float64Array, floorDb: number): number[] {
  const sums = SMOOTHING_BLOCKS.map(() => 0);
  const gains = SMOOTHING_BLOCKS.map((blocks) => 1 - Math.exp(-1 / blocks));
  const smooth = SMOOTHING_BLOCKS.map(() => Math.max(level[0] ?? 0, floorDb));
  for (const value of level) {
    const clipped = Math.max(value, floorDb);
    let above = clipped;
    for (let band = 0; band < sums.length; band++) {
      smooth[band]! += gains[band]! * (clipped - smooth[band]!);
      sums[band]! += (above - smooth[band]!) ** 2;
      above = smooth[band]!;
    }
  }
  return sums.map((sum) => Math.log(sum / Math.max(1, level.length) + 0.01));
}
