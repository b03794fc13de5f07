import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HearingConfig } from '../predictor/index.ts';
import { mapInWorkers } from '../workers.ts';
import { heardSettingsSchema, type HeardSettings, type Hearing } from './augmentation/heard-settings.ts';
import { userCacheFolder } from './cache-folder.ts';
import type { HeardItem, HeardRecording, HearRecordingsSettings } from './feature-bank-worker.ts';
import { FeaturePacks, type BankMatrix } from './feature-packs.ts';

/** Raised whenever the same recording and settings give other features than before: old caches are then not used. */
const ALGORITHMS = 3;
/** Recordings computed between two writes to the cache: what a kill costs at most, half a minute on two cores. */
const SLICE = 1_024;
/** Files read at once to be hashed. */
const READ_AT_ONCE = 32;

/** What a bank needs to know of a manifest's entry. */
export interface BankEntry {
  /** Absolute. */
  readonly path: string;
  /** All recordings of a speaker are copied in the same way, as those of one call are; default: the recording alone. */
  readonly speaker?: string;
}

/** A recording that gave no features, and why. */
export interface BankFailure {
  /** Into the entries given. */
  readonly index: number;
  /** What is wrong with which file, and what to do. */
  readonly problem: string;
}

/** How {@link FeatureBank.open} hears and where it keeps what it has heard. */
export interface FeatureBankOptions {
  readonly entries: readonly BankEntry[];
  /** The way from samples to raw features; what else a model's input or a recipe's has is not looked at. */
  readonly input: HearingConfig;
  /** What copy 0 is; default `recorded`. Anything else is for measuring what a channel costs. */
  readonly hearing?: Hearing;
  /** How many copies beside copy 0, each changed in a way of its own. Default 0. */
  readonly copies?: number;
  /** What may happen to them. */
  readonly heard?: HeardSettings;
  /** Of their changes; default 0. A copy hangs on the seed, its number, the speaker and the bytes of the recording alone. */
  readonly seed?: number;
  /** Default: one for each core. */
  readonly threads?: number;
  /** Where features are kept from one time to the next; null for nowhere. Default: {@link userCacheFolder}/features. */
  readonly cacheFolder?: string | null;
  /** Is told how many recordings are done, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Is told what costs time but no result: a damaged cache, one that cannot be written. */
  readonly onWarning?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/** The copies of one recording by their numbers; of a failure there are none. */
export type BankCopies = (BankMatrix | undefined)[];

/** A matrix's name in its pack. */
const keyOf = (content: string, speaker: string, copy: number): string =>
  copy === 0 ? content : JSON.stringify([content, speaker, copy]);
/** Which packs a copy is in: copy 0 is the same whatever the others are. */
const kindOf = (copy: number): 0 | 1 => (copy === 0 ? 0 : 1);

/** The filling of a bank: what it needs to find in the cache, what to compute, and how far it is. */
export class BankFilling {
  readonly matrices: BankCopies[];
  readonly failures: BankFailure[] = [];
  computed = 0;
  readonly #options: FeatureBankOptions;
  readonly #settings: HearRecordingsSettings;
  /** The numbers of all copies. */
  readonly #numbers: readonly number[];
  /** The SHA-256 of every recording; nothing for one that cannot be read: decoding will say why. */
  #contents: (string | undefined)[] = [];
  /** By {@link kindOf}; empty without a cache. */
  readonly #packs: readonly FeaturePacks[];

  constructor(options: FeatureBankOptions) {
    const { entries, input, hearing = 'recorded', heard = heardSettingsSchema.parse({}), seed = 0 } = options;
    const { sampleRateHz, trim, level, features, logFloor } = input;
    const hearingConfig = { sampleRateHz, trim, level, features, logFloor };
    this.#options = options;
    this.#settings = { input: hearingConfig, hearing, heard, seed };
    this.matrices = entries.map(() => []);
    this.#numbers = Array.from({ length: 1 + (options.copies ?? 0) }, (_, copy) => copy);
    const { cacheFolder = join(userCacheFolder(), 'features'), onWarning = () => undefined } = options;
    if (cacheFolder === null) {
      this.#packs = [];
      return;
    }
    const packsFor = (settings: unknown): FeaturePacks => {
      const name = hash('sha256', JSON.stringify([ALGORITHMS, hearingConfig, settings])).slice(0, 32);
      return new FeaturePacks(join(cacheFolder, name), onWarning);
    };
    this.#packs = [packsFor(hearing), packsFor({ heard, seed })];
  }

  async run(): Promise<void> {
    const { entries, onProgress } = this.#options;
    this.#contents = await this.#hashFiles();
    await this.#readCache();
    const waiting = Array.from(entries.keys()).filter((index) => this.#missing(index).length > 0);
    let done = entries.length - waiting.length;
    onProgress?.(done, entries.length);
    for (let start = 0; start < waiting.length; start += SLICE) {
      const slice = waiting.slice(start, start + SLICE);
      await this.#compute(slice, done);
      done += slice.length;
    }
  }

  #speaker(index: number, content: string): string {
    return this.#options.entries[index]!.speaker ?? content;
  }

  #missing(index: number): number[] {
    return this.#numbers.filter((copy) => !this.matrices[index]![copy]);
  }

  async #hashFiles(): Promise<(string | undefined)[]> {
    const { entries, signal } = this.#options;
    const hashes: (string | undefined)[] = [];
    for (let start = 0; start < entries.length; start += READ_AT_ONCE) {
      signal?.throwIfAborted();
      const some = entries.slice(start, start + READ_AT_ONCE).map(async ({ path }) => {
        const bytes = await readFile(path).catch(() => undefined);
        return bytes && hash('sha256', bytes);
      });
      hashes.push(...(await Promise.all(some)));
    }
    return hashes;
  }

  async #readCache(): Promise<void> {
    for (const [kind, packs] of this.#packs.entries()) {
      const numbers = this.#numbers.filter((copy) => kindOf(copy) === kind);
      const keys = this.#contents.map((content, index) =>
        content ? numbers.map((copy) => keyOf(content, this.#speaker(index, content), copy)) : [],
      );
      const found = await packs.read(new Set(keys.flat()));
      keys.forEach((ofEntry, index) => {
        ofEntry.forEach((key, i) => (this.matrices[index]![numbers[i]!] = found.get(key)));
      });
    }
  }

  async #compute(indexes: readonly number[], before: number): Promise<void> {
    const { entries, threads, onProgress, signal } = this.#options;
    const items = indexes.map((index): HeardItem => {
      const { path } = entries[index]!;
      const content = this.#contents[index] ?? path;
      return { path, content, speaker: this.#speaker(index, content), copies: this.#missing(index) };
    });
    const job = {
      module: new URL('./feature-bank-worker', import.meta.url),
      name: 'hearRecordings',
      settings: this.#settings,
      batch: 16,
    };
    const results = await mapInWorkers<HeardRecording>(items, job, {
      ...(threads !== undefined && { threads }),
      ...(signal !== undefined && { signal }),
      onProgress: (done) => onProgress?.(before + done, entries.length),
    });
    const fresh = [new Map<string, BankMatrix>(), new Map<string, BankMatrix>()];
    results.forEach((result, i) => {
      const index = indexes[i]!;
      if ('problem' in result) {
        this.failures.push({ index, problem: result.problem });
        this.matrices[index] = [];
        return;
      }
      result.matrices.forEach((matrix, at) => {
        const copy = items[i]!.copies[at]!;
        this.matrices[index]![copy] = matrix;
        fresh[kindOf(copy)]!.set(keyOf(items[i]!.content, items[i]!.speaker, copy), matrix);
        this.computed++;
      });
    });
    for (const [kind, packs] of this.#packs.entries()) await packs.write(fresh[kind]!);
  }
}
