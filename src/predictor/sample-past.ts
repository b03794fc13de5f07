import { addBlock, BlockMeter, noBlocks, type SoundBlocks } from './block-meter.ts';
import { PagedValues, PagePool } from './paged-values.ts';

/** Energies are those of blocks of this length. */
export const BLOCK_MS = 16;
const BLOCKS_A_PAGE = 32;
const FULL_SCALE = 32_768;

/** The energy of a block of which nothing was heard. */
export const UNHEARD = -Infinity;

/** How long a block is, in samples. */
function blockLengthAt(sampleRateHz: number): number {
  return Math.round((sampleRateHz * BLOCK_MS) / 1_000);
}

/** Pages for the samples of one rate, to be shared by many pasts. */
export function samplePages(sampleRateHz: number, compact = false): PagePool {
  const length = BLOCKS_A_PAGE * blockLengthAt(sampleRateHz);
  return new PagePool(length, () => (compact ? new Int16Array(length) : new Float32Array(length)));
}

/** The last while of a recording: its samples, and what each whole block of them is like. */
export class SamplePast {
  readonly blockLength: number;
  readonly #samples: PagedValues;
  #end = 0;
  readonly #meter: BlockMeter;
  #blocks: SoundBlocks = noBlocks();
  /** Mean squares of all that there is. */
  #powers: number[] = [];
  /** How many blocks were forgotten. */
  #gone = 0;

  /** @param pages those of this rate; compact ones keep 16-bit integers instead of floats */
  constructor(sampleRateHz: number, pages = samplePages(sampleRateHz)) {
    this.blockLength = blockLengthAt(sampleRateHz);
    this.#samples = new PagedValues(pages);
    this.#meter = new BlockMeter(sampleRateHz);
  }

  /** How many whole blocks have come, and how many of them were forgotten. */
  get blocks(): number {
    return this.#gone + this.#powers.length;
  }

  get forgotten(): number {
    return this.#gone;
  }

  /** How many samples have come. */
  get end(): number {
    return this.#end;
  }

  /** Whether nothing at all is remembered. */
  get isEmpty(): boolean {
    return this.#end === this.#gone * this.blockLength;
  }

  /** The energy of a block, in dB of full scale, above the lowest voices. */
  energy(block: number): number {
    return this.#blocks.level[block - this.#gone]!;
  }

  /** The energies of the blocks of a stretch, in dB of full scale; of those that are gone, none. */
  energies(from: number, to: number): number[] {
    return this.#blocks.level.slice(Math.max(0, from - this.#gone), to - this.#gone);
  }

  /** The mean squares of whole blocks that are still remembered. */
  powers(from: number, to: number): number[] {
    return this.#powers.slice(from - this.#gone, to - this.#gone);
  }

  /** What whole blocks that are still remembered are like. */
  blocksBetween(from: number, to: number): SoundBlocks {
    const ofThese = (values: number[]): number[] => values.slice(from - this.#gone, to - this.#gone);
    const { level, crossings, brightness, crest } = this.#blocks;
    return {
      level: ofThese(level),
      crossings: ofThese(crossings),
      brightness: ofThese(brightness),
      crest: ofThese(crest),
    };
  }

  /** Takes what comes next: mono. */
  add(samples: Float32Array): void {
    for (let from = 0; from < samples.length;) {
      const page = this.#samples.pageOf(this.#end);
      const at = this.#samples.offsetOf(this.#end);
      const count = Math.min(samples.length - from, page.length - at);
      if (page instanceof Float32Array) page.set(samples.subarray(from, from + count), at);
      else toIntegers(samples, from, page, at, count);
      from += count;
      this.#end += count;
    }
    this.#measure(Infinity);
  }

  /** Adds silence that stands for sound which was not heard. */
  addUnheard(count: number): void {
    const start = this.#end;
    this.#end += count;
    this.#measure(start);
  }

  /** Forgets everything and goes on so many samples later. */
  skip(count: number): void {
    this.#end += count;
    this.#gone = Math.floor(this.#end / this.blockLength);
    this.#blocks = noBlocks();
    this.#powers = [];
    this.#samples.restart(this.#gone * this.blockLength);
  }

  /** A copy of samples that are still remembered; positions count from the recording's beginning. */
  copy(start: number, end: number): Float32Array {
    const samples = new Float32Array(end - start);
    this.read(start, end, samples, 0);
    return samples;
  }

  /** Copies samples that are still remembered to `out`, from `at` on. */
  read(start: number, end: number, out: Float32Array, at: number): void {
    for (let from = start; from < end;) {
      const page = this.#samples.pageOf(from);
      const offset = this.#samples.offsetOf(from);
      const count = Math.min(end - from, page.length - offset);
      if (page instanceof Float32Array) out.set(page.subarray(offset, offset + count), at);
      else for (let i = 0; i < count; i++) out[at + i] = page[offset + i]! / FULL_SCALE;
      from += count;
      at += count;
    }
  }

  /** Gives up what lies before a block. */
  forget(before: number): void {
    const drop = before - this.#gone;
    if (drop < BLOCKS_A_PAGE) return;
    for (const values of Object.values(this.#blocks) as number[][]) values.splice(0, drop);
    this.#powers.splice(0, drop);
    this.#gone = before;
    this.#samples.forget(before * this.blockLength);
  }

  /** Gives all memory back; nothing more comes. */
  free(): void {
    this.skip(0);
  }

  /** Measures every block that is whole now; those from `unheardFrom` on have no energy. */
  #measure(unheardFrom: number): void {
    const size = this.blockLength;
    const meter = this.#meter;
    for (let start = this.blocks * size; start + size <= this.#end; start += size) {
      const from = this.#samples.offsetOf(start);
      meter.measure(this.#samples.pageOf(start), from, from + size);
      this.#powers.push(meter.power);
      addBlock(this.#blocks, meter, start >= unheardFrom ? UNHEARD : meter.level);
    }
  }
}

/** As 16-bit integers, the loudest of which stand for all that is louder. */
function toIntegers(samples: Float32Array, from: number, out: Int16Array, at: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const value = samples[from + i]! * FULL_SCALE;
    // Rounds as `Math.round` does, and faster.
    const rounded = ((value + (FULL_SCALE + 0.5)) | 0) - FULL_SCALE;
    out[at + i] = value >= FULL_SCALE - 1 ? FULL_SCALE - 1 : value <= -FULL_SCALE ? -FULL_SCALE : rounded;
  }
}
