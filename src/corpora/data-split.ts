import { UndertoneError } from '../errors.ts';
import type { ManifestEntry } from './manifest.ts';

/**
 * How a manifest is divided into training, validation and test.
 * - `speaker`: k folds; no speaker is on two sides. The default.
 * - `speaker+text`: as `speaker`, and no tested sentence is trained on, where a corpus has a sentence for each fold.
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
  /** What a reader must know of this split: "RAVDESS has 2 sentences for 5 folds: ...". */
  readonly notes: readonly string[];
  /** SHA-256 over the protocol and the ids of all parts. */
  readonly hash: string;
}

/** A split in which a clip is on one side only, and the epoch is chosen without the test part. */
export interface CleanSplit extends SplitParts {
  readonly protocol: Exclude<Protocol, 'leaky'>;
  /**
   * Clips are held back, instead of speakers, where every corpus has too few speakers or the split ignores speakers;
   * nothing, where all is trained on.
   */
  readonly chosenOn: 'validation speakers' | 'validation clips' | 'nothing';
  /** `speaker+text` only: the corpora whose tested sentences are not trained on. */
  readonly textDisjoint: readonly string[];
}

/** One of the copies of a clip: copy 0 is as recorded, the others are augmented. */
export interface ClipCopy {
  readonly entry: number;
  readonly copy: number;
}

/**
 * What the leaky protocol divides: copies, not clips. `train` and `test` name the clips that have a copy on that side
 * (so that most are in both), and `validation` is `test`: the epoch is chosen on it.
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

/**
 * Throws unless a split keeps what its protocol promises: nothing that is judged was trained on. A leaky split promises
 * only that no copy is on both sides. Trainers call it before they start, for splits may come from a file.
 * @throws UndertoneError `SPLIT_LEAKS`
 */
export function assertDisjoint(entries: readonly ManifestEntry[], split: DataSplit): void {
  if (split.protocol === 'leaky') {
    const key = ({ entry, copy }: ClipCopy) => `${entries[entry]!.id}, copy ${copy}`;
    assertApart(split, 'copy', ['training', split.trainCopies.map(key)], ['test', split.testCopies.map(key)]);
    return;
  }
  assertPartsApart(entries, split, 'clip', ({ id }) => id);
  if (split.protocol === 'corpus') assertPartsApart(entries, split, 'corpus', ({ corpus }) => corpus, 'test');
  if (split.chosenOn === 'validation speakers') assertPartsApart(entries, split, 'speaker', ({ speaker }) => speaker);
  else if (split.protocol !== 'random') {
    assertPartsApart(entries, split, 'speaker', ({ speaker }) => speaker, 'test');
  }
  const textDisjoint = new Set(split.textDisjoint);
  const sentence = (entry: ManifestEntry) => (textDisjoint.has(entry.corpus) ? (entry.sentence ?? '') : undefined);
  assertPartsApart(entries, split, 'sentence', sentence, 'test');
}

/** Compares the test part with the two others, and unless it is about the test alone, training with validation too. */
function assertPartsApart(
  entries: readonly ManifestEntry[],
  split: CleanSplit,
  kind: string,
  key: (entry: ManifestEntry) => string | undefined,
  about: 'all' | 'test' = 'all',
): void {
  const keys = (part: readonly number[]) => part.map((index) => key(entries[index]!));
  const train = ['training', keys(split.train)] as const;
  const validation = ['validation', keys(split.validation)] as const;
  const test = ['test', keys(split.test)] as const;
  assertApart(split, kind, train, test);
  assertApart(split, kind, validation, test);
  if (about === 'all') assertApart(split, kind, train, validation);
}

type Side = readonly [name: string, keys: readonly (string | undefined)[]];

function assertApart({ name }: DataSplit, kind: string, [left, leftKeys]: Side, [right, rightKeys]: Side): void {
  const known = new Set(leftKeys);
  const shared = rightKeys.find((key) => key !== undefined && known.has(key));
  if (shared === undefined) return;
  throw new UndertoneError('SPLIT_LEAKS', {
    subject: `Split "${name}"`,
    problem: `has the ${kind} "${shared}" in both the ${left} and the ${right} part`,
    remedy: 'Make the split with splitManifest from the manifest that it is used with.',
  });
}
