import type { EmotionShares, HeardSegment } from './types.ts';

/** A stretch of a timeline in which somebody spoke. */
export interface TimelineBucket {
  readonly startMs: number;
  readonly endMs: number;
  readonly speechMs: number;
  /** Means of the segments' scores, weighted by how much of each lies in the bucket. */
  readonly scores: EmotionShares;
}

/** Sums of scores times milliseconds, one a label, and at the end the milliseconds. */
export type SpeechSums = Float64Array;

/** The scores that sums amount to, brought to a sum of 1; all 0 where there is no speech. */
export function sharesOf(sums: SpeechSums, labels: readonly string[]): EmotionShares {
  let total = 0;
  for (let i = 0; i < labels.length; i++) total += sums[i]!;
  return Object.fromEntries(labels.map((label, i) => [label, total > 0 ? sums[i]! / total : 0]));
}

/** Adds a part of other sums. */
export function addSums(sums: SpeechSums, other: SpeechSums, part = 1): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += part * other[i]!;
}

/**
 * Speech over time in at most so many buckets of one width: whenever they do not reach far enough, the width doubles
 * and neighbours are merged. Of what is longer than `most` buckets of the first width, a bucket is at most 2 / `most`.
 */
export class Timeline {
  readonly #labels: readonly string[];
  readonly #most: number;
  #widthMs: number;
  /** By their place; those without speech are left out. */
  #buckets = new Map<number, SpeechSums>();

  constructor(labels: readonly string[], most: number, widthMs: number) {
    this.#labels = labels;
    this.#most = most;
    this.#widthMs = widthMs;
  }

  /** Takes a segment that ends after it begins; both at finite times from 0 on. */
  add({ startMs, endMs, scores }: HeardSegment): void {
    while (endMs > this.#most * this.#widthMs) this.#coarsen();
    for (let place = Math.floor(startMs / this.#widthMs); place * this.#widthMs < endMs; place++) {
      const sums = this.#bucket(place);
      const from = Math.max(startMs, place * this.#widthMs);
      const ms = Math.min(endMs, (place + 1) * this.#widthMs) - from;
      for (let i = 0; i < this.#labels.length; i++) sums[i]! += ms * (scores[this.#labels[i]!] ?? 0);
      sums[this.#labels.length]! += ms;
    }
  }

  /** The sums before a moment and from it on; a bucket that it lies in is divided as its time is. */
  split(atMs: number): [SpeechSums, SpeechSums] {
    const sides: [SpeechSums, SpeechSums] = [this.#empty(), this.#empty()];
    for (const [place, sums] of this.#sorted()) {
      const before = Math.min(1, Math.max(0, atMs / this.#widthMs - place));
      addSums(sides[0], sums, before);
      addSums(sides[1], sums, 1 - before);
    }
    return sides;
  }

  /** Its buckets with speech, in order of time. */
  buckets(): TimelineBucket[] {
    return this.#sorted().map(([place, sums]) => ({
      startMs: place * this.#widthMs,
      endMs: (place + 1) * this.#widthMs,
      speechMs: sums[this.#labels.length]!,
      scores: sharesOf(sums, this.#labels),
    }));
  }

  #coarsen(): void {
    const fine = this.#sorted();
    this.#widthMs *= 2;
    this.#buckets = new Map();
    for (const [place, sums] of fine) addSums(this.#bucket(place >> 1), sums);
  }

  #sorted(): [number, SpeechSums][] {
    return [...this.#buckets].sort(([a], [b]) => a - b);
  }

  #bucket(place: number): SpeechSums {
    let sums = this.#buckets.get(place);
    if (!sums) this.#buckets.set(place, (sums = this.#empty()));
    return sums;
  }

  #empty(): SpeechSums {
    return new Float64Array(this.#labels.length + 1);
  }
}

/** The finest that {@link summariseTimeline} shows. */
const FINEST_MS = 250;

/**
 * A timeline of at most `most` buckets with the mean scores of one or more speakers' segments, for pictures and pages.
 * What lies between its buckets is no speech.
 * @param segments in any order; they are gone through once
 */
export function summariseTimeline(
  segments: Iterable<HeardSegment>,
  labels: readonly string[],
  most: number,
): TimelineBucket[] {
  const timeline = new Timeline(labels, most, FINEST_MS);
  for (const segment of segments) if (isSpeech(segment)) timeline.add(segment);
  return timeline.buckets();
}

/** Whether a segment has a length that can be summed. */
export function isSpeech({ startMs, endMs }: HeardSegment): boolean {
  return startMs >= 0 && endMs > startMs && Number.isFinite(endMs);
}
