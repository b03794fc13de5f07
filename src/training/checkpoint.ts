import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import { UndertoneError } from '../errors.ts';
import { writeFileWhole } from '../whole-file.ts';
import type { EngineState } from './engine/index.ts';
import type { EpochRecord } from './evaluation/index.ts';
import type { TrainingRecipe } from './recipe.ts';

/** What a checkpoint belongs to. A run continues only where all of it is the same. */
export interface RunIdentity {
  readonly recipe: string;
  readonly data: string;
  readonly split: string;
  readonly seed: number;
}

/** @param data the manifest's hash */
export function runIdentity(recipe: TrainingRecipe, data: string, split: string, seed: number): RunIdentity {
  // Settings that are read again may come in another order.
  const inOrder = (_: string, value: unknown): unknown =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return { recipe: JSON.stringify(recipe, inOrder), data, split, seed };
}

/** The weights of the best epoch so far. */
export interface BestEpoch {
  /** 1-based. */
  readonly epoch: number;
  /** On the validation part. */
  readonly loss: number;
  readonly state: EngineState;
}

/** All that a training knows between two steps. */
export interface TrainingState {
  /** From 0. */
  readonly epoch: number;
  /** Steps of the epoch that are done. */
  readonly step: number;
  /** Sum of the losses of those steps. */
  readonly lossSum: number;
  /** Time spent on the epoch so far. */
  readonly epochMs: number;
  readonly epochs: readonly EpochRecord[];
  readonly best: BestEpoch | undefined;
  readonly engine: EngineState;
}

const MAGIC = Buffer.from('undertone checkpoint 1\n');
const DIGEST_BYTES = 32;

const digest = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer');

/**
 * Writes a checkpoint whole or not at all, whatever happens meanwhile.
 * @throws UndertoneError OUTPUT_UNWRITABLE
 */
export async function writeCheckpoint(path: string, identity: RunIdentity, state: TrainingState): Promise<void> {
  const body = serialize({ identity, state });
  await writeFileWhole(path, [MAGIC, digest(body), body]);
}

/**
 * Reads a checkpoint; undefined where there is none.
 * @throws UndertoneError CHECKPOINT_DAMAGED, or CHECKPOINT_MISMATCH where it belongs to another training
 */
export async function readCheckpoint(path: string, identity: RunIdentity): Promise<TrainingState | undefined> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (!bytes) return undefined;
  const magic = bytes.subarray(0, MAGIC.length);
  const sum = bytes.subarray(MAGIC.length, MAGIC.length + DIGEST_BYTES);
  const body = bytes.subarray(MAGIC.length + DIGEST_BYTES);
  if (!magic.equals(MAGIC) || !sum.equals(digest(body))) {
    throw new UndertoneError('CHECKPOINT_DAMAGED', {
      subject: path,
      problem: 'is damaged or no checkpoint',
      remedy: 'Delete it and train anew, without --resume.',
    });
  }
  const saved = deserialize(body) as { identity: RunIdentity; state: TrainingState };
  assertSameRun(path, saved.identity, identity);
  return saved.state;
}

/**
 * Throws where what lies in a file belongs to another run.
 * @throws UndertoneError CHECKPOINT_MISMATCH
 */
export function assertSameRun(path: string, saved: RunIdentity, wanted: RunIdentity): void {
  for (const part of ['recipe', 'data', 'split', 'seed'] as const) {
    if (saved[part] === wanted[part]) continue;
    throw new UndertoneError('CHECKPOINT_MISMATCH', {
      subject: path,
      problem: `belongs to a training with another ${part}`,
      remedy: `Give the ${part} that it was begun with, delete the file, or choose another --out.`,
    });
  }
}
