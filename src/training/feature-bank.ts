import type { Hearing, HeardSettings } from './augmentation/heard-settings.ts';

/** What a bank needs to know of a manifest's entry. */
export interface BankEntry {
  readonly id: string;
  /** Absolute. */
  readonly path: string;
}

/** Raw features of one copy of a recording (not normalised): row-major, `frames` rows of `dims` values. */
export interface BankMatrix {
  readonly data: Float16Array;
  readonly frames: number;
  readonly dims: number;
}

/** A recording that gave no features, and why. */
export interface BankFailure {
  /** Into the entries given. */
  readonly index: number;
  readonly problem: string;
}

export interface FeatureBankOptions {
  readonly entries: readonly BankEntry[];
  /** The model's input of kind `features`. */
  readonly input: object;
  /** What copy 0 is; default 'recorded'. Anything else is for measuring robustness. */
  readonly hearing?: Hearing;
  /** How many copies beside copy 0, each through its own drawn chain. Default 0. */
  readonly copies?: number;
  /** The chain; default: all defaults. */
  readonly heard?: HeardSettings;
  /** Default 0. */
  readonly seed?: number;
  /** Default: all cores. */
  readonly threads?: number;
  /** Default: the user's cache folder; null for none. */
  readonly cacheFolder?: string | null;
  /** Recordings done (all copies of each) and to do. */
  readonly onProgress?: (done: number, total: number) => void;
  /** What went wrong without harm: a damaged cache, a full disk. */
  readonly onWarning?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/** Mean and deviation of every dimension over many clips. */
export interface CorpusStatistics {
  readonly mean: number[];
  readonly deviation: number[];
}

/** All clips of a manifest as raw features, in memory. */
export class FeatureBank {
  readonly dims: number = 0;
  /** Copy 0 and those beside it. */
  readonly copies: number = 0;
  readonly failures: readonly BankFailure[] = [];
  /** How many copies of recordings were computed, not found in the cache. */
  readonly computed: number = 0;

  static open(options: FeatureBankOptions): Promise<FeatureBank> {
    throw new Error(String(options.entries.length));
  }

  /** Whether the recording gave features; matrix and statistics of one that did not throw. */
  has(index: number): boolean {
    throw new Error(String(index));
  }

  matrix(index: number, copy = 0): BankMatrix {
    throw new Error(`${index} ${copy}`);
  }

  // statistics(index: number, copy = 0): FrameStatistics, when it has landed

  /** Over copy 0 of these entries: those of the training part alone. */
  corpusStatistics(indexes: readonly number[]): CorpusStatistics {
    throw new Error(String(indexes.length));
  }
}
