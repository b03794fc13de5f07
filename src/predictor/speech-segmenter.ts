import type { SamplePast } from './sample-past.ts';
import { BLOCK_MS, UNHEARD } from './sample-past.ts';
import { SpeechActivity } from './speech-activity.ts';

/** A stretch of a recording in which somebody speaks. */
export interface SpeechSegment {
  /** From the recording's beginning, in samples. */
  readonly start: number;
  readonly end: number;
}

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

/** As many blocks without sound as end every segment. */
const END_BLOCKS = blocksIn(SHORT_SEGMENT_PAUSE_MS) + 2;
const NONE: readonly SpeechSegment[] = [];

/** The segment under way: its first block, its last active one, and how many were active. */
interface Underway {
  first: number;
  last: number;
  active: number;
}

/**
 * Finds the speech in a recording while it passes by: a pause ends a segment, and speech without one is cut at its
 * quietest points. The segments are in order and do not overlap. Their samples, and those of the segment under way, lie in
 * the past until the next samples come.
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
  #segment: Underway | undefined;
  /** No segment begins before this block. */
  #free = 0;
  #found: SpeechSegment[] = [];
  /** Samples to leave out before the next come. */
  #skip = 0;

  /**
   * @param past where the samples go; the segmenter alone writes to it
   * @param maxMs the longest segment, in milliseconds
   */
  constructor(past: SamplePast, maxMs = 6_000) {
    this.#maxBlocks = blocksIn(maxMs);
    this.#restBlocks = Math.ceil(LEAST_REST * this.#maxBlocks);
    this.#past = past;
  }

  /** How many samples have passed by, gaps included. */
  get position(): number {
    return this.#past.end + this.#skip;
  }

  /** Where the segment under way begins, in samples from the recording's beginning; undefined while nobody speaks. */
  get speechStart(): number | undefined {
    return this.#segment && this.#segment.first * this.#past.blockLength;
  }

  /** Up to where there was sound in the segment under way; undefined while nobody speaks. */
  get speechEnd(): number | undefined {
    return this.#segment && (this.#segment.last + 1) * this.#past.blockLength;
  }

  /** Takes the next samples (any number) and returns the segments that they complete. */
  push(samples: Float32Array): readonly SpeechSegment[] {
    this.forget();
    this.#past.add(samples);
    this.#decide(false);
    return this.#release();
  }

  /**
   * Takes time in which nothing was heard, because it was lost or never sent: there is no speech in it, and nothing to
   * learn about the background.
   * @param count how long it is, in samples
   */
  pushGap(count: number): readonly SpeechSegment[] {
    this.forget();
    const past = this.#past;
    const silence = past.isEmpty ? 0 : Math.min(count, END_BLOCKS * past.blockLength);
    past.addUnheard(silence);
    // By the end of that nobody speaks any more, however long it still lasts.
    this.#skip = count - silence;
    this.#decide(this.#skip > 0);
    return this.#release();
  }

  /** Ends the recording, or a part of it that nothing follows on, and returns its last segment, or none. */
  finish(): readonly SpeechSegment[] {
    this.forget();
    this.#decide(true);
    if (this.#segment) this.#close(this.#segment);
    return this.#release();
  }

  #release(): readonly SpeechSegment[] {
    if (this.#found.length === 0) return NONE;
    const found = this.#found;
    this.#found = [];
    return found;
  }

  /** Gives up what no segment to come will hold; it is done by itself whenever more comes. */
  forget(): void {
    const past = this.#past;
    if (this.#skip > 0) {
      past.skip(this.#skip);
      this.#skip = 0;
      this.#next = past.blocks;
      this.#free = past.blocks;
    } else {
      const free = Math.max(this.#free, this.#next - ENTER_BLOCKS - blocksIn(PAD_MS));
      past.forget(this.#segment?.first ?? Math.min(free, this.#next));
    }
  }

  /** Decides on what has come; before the first look is complete only if that is all there will be of it. */
  #decide(isAll: boolean): void {
    const past = this.#past;
    if (!this.#activity) {
      if (!isAll && past.blocks - this.#next < blocksIn(FIRST_LOOK_MS)) return;
      // No more than that, however much has come: the segments must not depend on how it came.
      const first = past.energies(this.#next, this.#next + blocksIn(FIRST_LOOK_MS));
      const heard = first.filter((energy) => energy !== UNHEARD);
      if (heard.length > 0) this.#activity = new SpeechActivity(heard, BLOCK_MS);
    }
    for (; this.#next < past.blocks; this.#next++) {
      const energy = past.energy(this.#next);
      const isActive = energy !== UNHEARD && this.#activity!.hear(energy);
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

  #continue(segment: Underway, isActive: boolean): void {
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

  #close(segment: Underway): void {
    this.#segment = undefined;
    if (segment.active < blocksIn(LEAST_SOUND_MS)) return;
    const end = Math.min(segment.last + 1 + blocksIn(PAD_MS), this.#past.blocks);
    if (end - segment.first > this.#maxBlocks) this.#cut(segment, end);
    this.#emit(segment.first, end);
  }

  /** Ends a segment at its quietest point and lets the next begin there. */
  #cut(segment: Underway, end: number): void {
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

  /** Cuts out some blocks; the last of the recording takes what is left over after it along. */
  #emit(first: number, end: number): void {
    const past = this.#past;
    const start = first * past.blockLength;
    const stop = end === past.blocks ? past.end : end * past.blockLength;
    this.#free = Math.ceil(stop / past.blockLength);
    this.#found.push({ start, end: stop });
  }
}
