import { addBlock, BlockMeter, noBlocks, type SoundBlocks } from '../block-meter.ts';

/** The rate of the samples whose blocks are looked at, and how many of them make a block: 16 ms. */
export const TRAITS_RATE_HZ = 16_000;
const BLOCK = 256;

/** Blocks this far below the loudest are pauses. */
const BELOW_PEAK_DB = 35;
/** Low-passes, by their time constants in blocks, that split the level's movement: syllables lie between the first two. */
const SMOOTHING_BLOCKS = [1.2, 5, 20] as const;
const BRIGHTNESS_QUANTILES = [0.1, 0.5, 0.9];
const LEVEL_QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95];
const CROSSING_QUANTILES = [0.1, 0.5, 0.9, 0.97];
const CREST_QUANTILES = [0.1, 0.9];
/** Distances in blocks, 32 ms to a quarter of a second, over which a sound changes: a held note changes less than syllables do. */
const LAGS = [2, 4, 8, 16];
const FEW_LAGS = [1, 4];
/** A change of brightness below this is none. */
const STEADY = 0.05;
/** Distances in blocks at which a beat may come again: 0.16 s to 1.2 s. */
const SHORTEST_BEAT = 10;
const LONGEST_BEAT = 75;
const BLOCKS_PER_SECOND = 62.5;

/**
 * Tells in a few numbers how a stretch of sound moves, from the measures of its blocks: how its level, brightness and peakedness are spread
 * and change over several distances, in all of it and where it is louder than half of it, how strongly the level is modulated slower than, at
 * and faster than the pace of syllables, how it rises and falls, whether it does so in a beat, and how brightness goes with level. Speech moves from
 * vowels to consonants and pauses in all of these; music, noise and tones move otherwise (Saunders, "Real-time discrimination of broadcast
 * speech/music", 1996; Scheirer and Slaney, 1997). None depends on the gain.
 *
 * @param blocks of sound at 16 kHz; a second or more says something
 */
export function soundTraits(blocks: SoundBlocks): Float64Array {
  const { level, crossings, brightness, crest } = blocks;
  const loudest = level.reduce((most, value) => Math.max(most, value), -Infinity);
  const floorDb = loudest - BELOW_PEAK_DB;
  const loud: number[] = [];
  level.forEach((value, block) => {
    if (value > floorDb) loud.push(block);
  });
  const [levelMean, levelSpread] = spread(level, loud);
  const [crossingMean, crossingSpread] = spread(crossings, loud);
  const [brightMean, brightSpread] = spread(brightness, loud);
  const [crestMean, crestSpread] = spread(crest, loud);
  const together = loud.reduce((sum, b) => sum + (level[b]! - levelMean) * (brightness[b]! - brightMean), 0);
  const levels = quantiles(level, loud, LEVEL_QUANTILES);
  const count = Math.max(1, level.length);
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
    ...modulation(level, floorDb),
    loud.length / count,
    ...quantiles(brightness, loud, BRIGHTNESS_QUANTILES),
    ...levels.map((value) => loudest - value),
    ...risesAndFalls(level, brightness, loud),
    ...LAGS.map((lag) => meanChange(brightness, loud, lag) / (brightSpread + 0.01)),
    ...LAGS.map((lag) => meanChange(level, loud, lag) / (levelSpread + 0.5)),
    ...FEW_LAGS.map((lag) => meanChange(crossings, loud, lag) / (crossingSpread + 0.002)),
    ...FEW_LAGS.map((lag) => meanChange(crest, loud, lag) / (crestSpread + 0.02)),
    ...whereLoudest(blocks, loud, levels[2]!),
    ...quantiles(crossings, loud, CROSSING_QUANTILES).map((value) => Math.log(value + 0.01)),
    ...quantiles(crest, loud, CREST_QUANTILES),
    beat(level, floorDb),
    (BLOCKS_PER_SECOND * loud.filter((block, i) => loud[i - 1] !== block - 1).length) / count,
    Math.log(count),
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

function quantiles(values: readonly number[], blocks: readonly number[], shares: readonly number[]): number[] {
  const sorted = new Float64Array(blocks.length);
  for (let i = 0; i < blocks.length; i++) sorted[i] = values[blocks[i]!]!;
  sorted.sort();
  return shares.map((share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
}

/** The mean of the absolute changes over so many blocks, where all between are among some blocks. */
function meanChange(values: readonly number[], blocks: readonly number[], lag = 1): number {
  let sum = 0;
  let count = 0;
  for (let i = lag; i < blocks.length; i++) {
    const block = blocks[i]!;
    if (blocks[i - lag] !== block - lag) continue;
    sum += Math.abs(values[block]! - values[block - lag]!);
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

/** Struck and plucked notes rise at once and die away: how often the level rises, how fast against its falls, and how often brightness rests. */
function risesAndFalls(level: readonly number[], brightness: readonly number[], loud: readonly number[]): number[] {
  let [rises, upward, downward, cubes, rests, count] = [0, 0, 0, 0, 0, 0];
  for (let i = 1; i < loud.length; i++) {
    const block = loud[i]!;
    if (loud[i - 1] !== block - 1) continue;
    const change = level[block]! - level[block - 1]!;
    if (change > 0) {
      rises++;
      upward += change ** 2;
    } else downward += change ** 2;
    cubes += change ** 3;
    if (Math.abs(brightness[block]! - brightness[block - 1]!) < STEADY) rests++;
    count++;
  }
  count = Math.max(1, count);
  return [rises / count, Math.log((upward + 0.1) / (downward + 0.1)), Math.cbrt(cubes / count), rests / count];
}

/** Vowels and notes without the consonants and the noise between them. */
function whereLoudest(
  { level, crossings, brightness, crest }: SoundBlocks,
  loud: readonly number[],
  medianDb: number,
): number[] {
  const upper = loud.filter((block) => level[block]! > medianDb);
  const [crossingMean, crossingSpread] = spread(crossings, upper);
  return [
    ...spread(brightness, upper),
    crossingMean,
    Math.log(crossingSpread + 0.005),
    ...spread(crest, upper),
    meanChange(brightness, upper),
    meanChange(level, upper),
    meanChange(crest, upper),
  ];
}

/** How regularly the level rises: the highest autocorrelation of its rises at the distance of a beat. */
function beat(level: readonly number[], floorDb: number): number {
  const count = level.length;
  const rise = new Float64Array(count);
  let mean = 0;
  let power = 1e-3;
  for (let block = 1; block < count; block++) {
    rise[block] = Math.max(0, Math.max(level[block]!, floorDb) - Math.max(level[block - 1]!, floorDb));
    mean += rise[block]! / count;
  }
  for (let block = 0; block < count; block++) {
    rise[block]! -= mean;
    power += rise[block]! ** 2;
  }
  let most = 0;
  for (let lag = SHORTEST_BEAT; lag <= Math.min(LONGEST_BEAT, count / 2); lag++) {
    let sum = 0;
    for (let block = lag; block < count; block++) sum += rise[block]! * rise[block - lag]!;
    most = Math.max(most, sum / (power * (1 - lag / count)));
  }
  return most;
}
