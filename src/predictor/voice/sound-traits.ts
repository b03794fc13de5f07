import { addBlock, BlockMeter, noBlocks, type SoundBlocks } from '../block-meter.ts';

/** How many numbers {@link soundTraits} are. */
export const TRAITS = 19;
/** The rate of the samples that they are taken of. */
export const TRAITS_RATE_HZ = 16_000;

/** Samples of a block: 16 ms. */
const BLOCK = 256;

/** Blocks this far below the loudest are pauses. */
const BELOW_PEAK_DB = 35;
/** Low-passes, by their time constants in blocks, that split the level's movement: syllables lie between the first two. */
const SMOOTHING_BLOCKS = [1.2, 5, 20] as const;
const QUANTILES = [0.1, 0.5, 0.9] as const;

/**
 * Tells in a few numbers how a stretch of sound moves: how its level, brightness and peakedness are spread and change from
 * block to block, how strongly the level is modulated slower than, at and faster than the pace of syllables, and how brightness goes
 * with level. Speech moves from vowels to consonants and pauses in all of these; music, noise and tones move otherwise
 * (Saunders, "Real-time discrimination of broadcast speech/music", 1996; Scheirer and Slaney, 1997). None depends on
 * the gain.
 *
 * @param blocks of sound at 16 kHz; a second or more says something
 */
export function soundTraits({ level, crossings, brightness, crest }: SoundBlocks): Float64Array {
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

/**
 * Measures the whole blocks of a sound.
 * @param samples mono, at 16 kHz
 */
export function measureBlocks(samples: Float32Array): SoundBlocks {
  const meter = new BlockMeter(TRAITS_RATE_HZ);
  const blocks = noBlocks();
  for (let end = BLOCK; end <= samples.length; end += BLOCK) {
    meter.measure(samples, end - BLOCK, end);
    addBlock(blocks, meter);
  }
  return blocks;
}

/** Mean and standard deviation over some blocks. */
function spread(values: readonly number[], blocks: readonly number[]): [mean: number, deviation: number] {
  if (blocks.length === 0) return [0, 0];
  let sum = 0;
  for (const block of blocks) sum += values[block]!;
  const mean = sum / blocks.length;
  let squares = 0;
  for (const block of blocks) squares += (values[block]! - mean) ** 2;
  return [mean, Math.sqrt(squares / blocks.length)];
}

/** The mean of the absolute changes from each of some blocks to the next, where that is one of them too. */
function meanChange(values: readonly number[], blocks: readonly number[]): number {
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
function modulation(level: readonly number[], floorDb: number): number[] {
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
