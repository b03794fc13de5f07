import { SpeechActivity } from './speech-activity.ts';

/** A stretch of a recording in which somebody speaks. */
export interface SpeechSegment {
  /** From the recording's beginning, in samples. */
  readonly start: number;
  readonly end: number;
  readonly samples: Float32Array;
}

const BLOCK_MS = 16;
const LEAST_POWER = 1e-10;
/** No voice is lower. */
const LOWEST_HZ = 60;
/** How much is heard before the first decision. */
const FIRST_LOOK_MS = 1_000;
/** So many blocks in a row must be loud: a click is no speech. */
const ENTER_BLOCKS = 3;
/** A pause so long ends a segment; the longer one while the segment is still short. */
const PAUSE_MS = 500;
const SHORT_SEGMENT_MS = 1_000;
const SHORT_SEGMENT_PAUSE_MS = 1_000;
/** Less sound than this is no word. */
const LEAST_SOUND_MS = 200;
/** What is kept of the background before and after. */
const PAD_MS = 96;
/** Speech that must be cut is cut after this share of the longest segment, and leaves this share to the next. */
const LEAST_CUT = 1 / 4;
const LEAST_REST = 1 / 6;
/** The quietest point is the middle of the quietest so many blocks. */
const QUIET_BLOCKS = 5;

const blocksIn = (ms: number): number => Math.round(ms / BLOCK_MS);

/**
 * Cuts the speech out of a recording while it passes by: a pause ends a segment, and speech without one is cut at its
 * quietest points. The segments are in order and do not overlap.
 */
export class SpeechSegmenter {
  readonly #maxBlocks: number;
  readonly #restBlocks: number;
  readonly #past: SamplePast;
  #activity: SpeechActivity | undefined;
  /** The next block to decide on. */
  #next = 0;
  /** Active blocks in a row up to now, while no segment is under way. */
  #run = 0;
  /** The segment under way: its first block, its last active one, and how many were active. */
  #segment: { first: number; last: number; active: number } | undefined;
  /** No segment begins before this block. */
  #free = 0;
  #found: SpeechSegment[] = [];

  /** @param maxMs the longest segment */
  constructor(sampleRateHz: number, maxMs = 6_000) {
    this.#maxBlocks = blocksIn(maxMs);
    this.#restBlocks = Math.ceil(LEAST_REST * this.#maxBlocks);
    this.#past = new SamplePast(sampleRateHz);
  }

  /** Takes the next samples (any number) and returns the segments that they complete. */
  push(samples: Float32Array): SpeechSegment[] {
    this.#past.add(samples);
    if (this.#activity || this.#past.blocks >= blocksIn(FIRST_LOOK_MS)) this.#decide();
    return this.#release();
  }

  /** Ends the recording and returns its last segment, or none. */
  finish(): SpeechSegment[] {
    this.#decide();
    if (this.#segment) this.#close(this.#segment);
    return this.#release();
  }

  #release(): SpeechSegment[] {
    const found = this.#found;
    this.#found = [];
    this.#past.forget(this.#segment?.first ?? Math.max(this.#free, this.#next - ENTER_BLOCKS - blocksIn(PAD_MS)));
    return found;
  }

  #decide(): void {
    const past = this.#past;
    this.#activity ??= new SpeechActivity(past.energies(0, past.blocks), BLOCK_MS);
    for (; this.#next < past.blocks; this.#next++) {
      const isActive = this.#activity.hear(past.energy(this.#next));
      if (this.#segment) this.#continue(this.#segment, isActive);
      else this.#wait(isActive);
    }
  }

  #wait(isActive: boolean): void {
    this.#run = isActive ? this.#run + 1 : 0;
    if (this.#run < ENTER_BLOCKS) return;
    const first = Math.max(this.#free, this.#next + 1 - ENTER_BLOCKS - blocksIn(PAD_MS));
    this.#segment = { first, last: this.#next, active: ENTER_BLOCKS };
    this.#run = 0;
  }

  #continue(segment: { first: number; last: number; active: number }, isActive: boolean): void {
    const block = this.#next;
    if (isActive) {
      segment.last = block;
      segment.active++;
    }
    const isShort = segment.last - segment.first < blocksIn(SHORT_SEGMENT_MS);
    if (block - segment.last >= blocksIn(isShort ? SHORT_SEGMENT_PAUSE_MS : PAUSE_MS)) {
      this.#close(segment);
    } else if (block + 1 - segment.first >= this.#maxBlocks + this.#restBlocks) {
      this.#cut(segment, segment.last + 1);
    }
  }

  #close(segment: { first: number; last: number; active: number }): void {
    this.#segment = undefined;
    if (segment.active < blocksIn(LEAST_SOUND_MS)) return;
    const end = Math.min(segment.last + 1 + blocksIn(PAD_MS), this.#past.blocks);
    if (end - segment.first > this.#maxBlocks) this.#cut(segment, end);
    this.#emit(segment.first, end);
  }

  /** Ends a segment at its quietest point and lets the next begin there. */
  #cut(segment: { first: number }, end: number): void {
    const from = segment.first + Math.ceil(LEAST_CUT * this.#maxBlocks);
    const to = Math.min(segment.first + this.#maxBlocks, end - this.#restBlocks);
    const reach = QUIET_BLOCKS >> 1;
    let quietest = Infinity;
    let at = to;
    for (let block = from; block <= to; block++) {
      const around = this.#past.energies(block - reach, block + reach + 1);
      const level = around.reduce((sum, energy) => sum + energy, 0) / around.length;
      if (level > quietest) continue;
      quietest = level;
      at = block;
    }
    this.#emit(segment.first, at);
    segment.first = at;
  }

  #emit(first: number, end: number): void {
    this.#free = end;
    this.#found.push(this.#past.cut(first, end));
  }
}

/** The last while of a recording: its samples, and the energy of each whole block of them in dB. */
class SamplePast {
  readonly #blockLength: number;
  #samples = new Float32Array(2 ** 18);
  #length = 0;
  #energies: number[] = [];
  /** How many blocks were forgotten. */
  #gone = 0;
  /** A high-pass of one pole: how much of what it let pass it keeps, and its last sample before and behind it. */
  readonly #keep: number;
  #before = 0;
  #passed = 0;

  constructor(sampleRateHz: number) {
    this.#blockLength = Math.round((sampleRateHz * BLOCK_MS) / 1_000);
    this.#keep = Math.exp((-2 * Math.PI * LOWEST_HZ) / sampleRateHz);
  }

  /** How many whole blocks have come. */
  get blocks(): number {
    return this.#gone + this.#energies.length;
  }

  energy(block: number): number {
    return this.#energies[block - this.#gone]!;
  }

  energies(from: number, to: number): number[] {
    return this.#energies.slice(Math.max(0, from - this.#gone), to - this.#gone);
  }

  add(samples: Float32Array): void {
    const length = this.#length + samples.length;
    if (length > this.#samples.length) {
      const larger = new Float32Array(2 * length);
      larger.set(this.#samples.subarray(0, this.#length));
      this.#samples = larger;
    }
    this.#samples.set(samples, this.#length);
    this.#length = length;
    const size = this.#blockLength;
    for (let end = (this.#energies.length + 1) * size; end <= length; end += size) {
      this.#energies.push(10 * Math.log10(this.#power(end - size, end) + LEAST_POWER));
    }
  }

  /** The mean power of some samples above the lowest voices: an offset or a hum is no speech. */
  #power(from: number, to: number): number {
    let before = this.#before;
    let passed = this.#passed;
    let sum = 0;
    for (let i = from; i < to; i++) {
      const sample = this.#samples[i]!;
      passed = sample - before + this.#keep * passed;
      before = sample;
      sum += passed * passed;
    }
    this.#before = before;
    this.#passed = passed;
    return sum / (to - from);
  }

  /** A copy of some blocks; the last of the recording takes what is left over after it along. */
  cut(first: number, end: number): SpeechSegment {
    const from = (first - this.#gone) * this.#blockLength;
    const to = end === this.blocks ? this.#length : (end - this.#gone) * this.#blockLength;
    const start = first * this.#blockLength;
    return { start, end: start + to - from, samples: this.#samples.slice(from, to) };
  }

  /** Gives up what lies before a block. */
  forget(before: number): void {
    const drop = before - this.#gone;
    // Seldom, so that what stays is not moved for every few samples that come.
    if (2 * drop < this.#energies.length) return;
    this.#samples.copyWithin(0, drop * this.#blockLength, this.#length);
    this.#length -= drop * this.#blockLength;
    this.#energies.splice(0, drop);
    this.#gone = before;
  }
}
