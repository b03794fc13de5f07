import type { ManifestEntry } from './manifest.ts';

/**
 * How a manifest is divided into training, validation and test.
 * - `speaker`: k folds; no speaker is on two sides. The default.
 * - `speaker+text`: as `speaker`, and no tested sentence is trained on, where a corpus has sentences to spare.
 * - `loso`: leave one speaker out, one fold a speaker.
 * - `random`: k folds of clips; speakers are on both sides.
 * - `corpus`: leave one corpus out, one fold a corpus.
 * - `leaky`: augment first, split the copies at random, choose the epoch on the test copies. What the field's "97 %"
 *   comes from; never a measure of a model.
 */
export const PROTOCOLS = ['speaker', 'speaker+text', 'loso', 'random', 'corpus', 'leaky'] as const;

/** One of {@link PROTOCOLS}. */
export type Protocol = (typeof PROTOCOLS)[number];

/** Clips that are in no part of a split, and why. */
export interface DroppedClips {
  readonly reason: string;
  readonly entries: readonly number[];
}

interface SplitParts {
  /** For people: "speaker 1/5", "corpus TESS". */
  readonly name: string;
  /** 0-based. */
  readonly fold: number;
  /** Indices into the manifest's entries, rising. */
  readonly train: readonly number[];
  readonly validation: readonly number[];
  readonly test: readonly number[];
  readonly dropped: readonly DroppedClips[];
  /** What a reader must know of this split: "RAVDESS has 2 sentences, all of which are on both sides". */
  readonly notes: readonly string[];
  /** SHA-256 over the protocol, the fold and the ids of all parts. */
  readonly hash: string;
}

/** A split in which a clip is on one side only, and the epoch is chosen without the test part. */
export interface CleanSplit extends SplitParts {
  readonly protocol: Exclude<Protocol, 'leaky'>;
  /** `speakers`: validation speakers are not trained on. `clips`: there are too few speakers to spare any. */
  readonly chosenOn: 'validation speakers' | 'validation clips';
}

/** One of the copies of a clip: copy 0 is as recorded, the others are augmented. */
export interface ClipCopy {
  readonly entry: number;
  readonly copy: number;
}

/**
 * What the leaky protocol divides: copies, not clips. `train` and `test` name the clips that have a copy on that side
 * (so that nearly all are in both), and `validation` is `test`: the epoch is chosen on it.
 */
export interface LeakySplit extends SplitParts {
  readonly protocol: 'leaky';
  readonly chosenOn: 'test copies';
  readonly copiesPerClip: number;
  readonly trainCopies: readonly ClipCopy[];
  readonly testCopies: readonly ClipCopy[];
}

/** One division of a manifest; `protocol` tells the two kinds apart. */
export type DataSplit = CleanSplit | LeakySplit;

/** What {@link splitManifest} is asked for. */
export interface SplitOptions {
  readonly protocol: Protocol;
  /** 2 or more; `loso` and `corpus` have their own number and ignore it. */
  readonly folds: number;
  /** Decides who is in which fold. */
  readonly seed: number;
  /** `leaky` only: how many copies a clip has, the recording itself included; default 4. */
  readonly copiesPerClip?: number;
}

/**
 * Divides a manifest's entries by a protocol, the same way for the same entries and options.
 * @throws UndertoneError `SPLIT_IMPOSSIBLE` where the entries cannot be divided so (none, one speaker, one emotion, ...)
 */
export function splitManifest(entries: readonly ManifestEntry[], options: SplitOptions): DataSplit[] {
  throw new Error(`not written yet: ${entries.length} ${options.protocol}`);
}

/**
 * Throws unless a split keeps what its protocol promises: nobody trained on is judged. Trainers call it before they start.
 * @throws UndertoneError `SPLIT_LEAKS`
 */
export function assertDisjoint(entries: readonly ManifestEntry[], split: DataSplit): void {
  throw new Error(`not written yet: ${entries.length} ${split.name}`);
}
