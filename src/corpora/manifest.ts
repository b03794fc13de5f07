import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { UndertoneError } from '../errors.ts';
import { parseStrict } from '../validation.ts';
import { writeFileWhole } from '../whole-file.ts';
import type { ClipLabels } from './corpus.ts';
import { EMOTIONS } from './emotions.ts';

/** One labelled clip. */
export interface ManifestEntry extends ClipLabels {
  /** Unique and stable: the corpus and the clip's name in it, `TESS/OAF_back_angry`. */
  readonly id: string;
  /** Absolute in memory; in a file relative to the manifest, its parts separated by `/`. */
  readonly path: string;
  readonly durationMs: number;
  /** `RAVDESS`, `CREMA-D`, `TESS`, `SAVEE`, `EmoDB`, or a corpus of your own. */
  readonly corpus: string;
  /** Unique over corpora: `RAVDESS/01`. */
  readonly speaker: string;
  /** What is said, unique over corpora: `RAVDESS/kids`. */
  readonly sentence?: string;
  /** SHA-256 of the samples decoded at 16 kHz, in hex: equal for equal sound, whatever the file. */
  readonly content?: string;
}

const name = z.string().min(1);

const entrySchema = z.strictObject({
  id: name,
  path: name,
  durationMs: z.number().positive(),
  corpus: name,
  speaker: name,
  sex: z.enum(['female', 'male']).exactOptional(),
  age: z.number().positive().max(130).exactOptional(),
  emotion: z.enum(EMOTIONS),
  intensity: name.exactOptional(),
  sentence: name.exactOptional(),
  take: name.exactOptional(),
  votes: z.partialRecord(z.enum(EMOTIONS), z.number().min(0)).exactOptional(),
  content: name.exactOptional(),
});

/** Labelled clips, and a hash that says which. */
export interface Manifest {
  /** In the order of their ids. */
  readonly entries: readonly ManifestEntry[];
  /** SHA-256 over the entries' ids, labels and contents; where the files lie does not count. */
  readonly hash: string;
}

/** Puts entries in order and hashes them. */
export function createManifest(entries: readonly ManifestEntry[]): Manifest {
  const sorted = entries.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const hash = createHash('sha256');
  for (const { id, emotion, speaker, sentence, content } of sorted) {
    hash.update(`${JSON.stringify([id, emotion, speaker, sentence, content])}\n`);
  }
  return { entries: sorted, hash: hash.digest('hex') };
}

/**
 * Writes a manifest as JSON lines, its paths relative to the file's folder.
 * @throws UndertoneError OUTPUT_UNWRITABLE
 */
export async function writeManifest(path: string, manifest: Manifest): Promise<void> {
  const folder = dirname(resolve(path));
  const lines = manifest.entries.map((entry) => {
    const relativePath = relative(folder, entry.path).split(sep).join('/');
    return `${JSON.stringify({ ...entry, path: relativePath })}\n`;
  });
  await writeFileWhole(path, lines);
}

/**
 * Reads a manifest.
 * @throws UndertoneError MANIFEST_INVALID; it names the line
 */
export async function readManifest(path: string): Promise<Manifest> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const { code = String(cause) } = cause as NodeJS.ErrnoException;
    throw invalid(path, `cannot be read (${code})`, 'Name the .jsonl file that `undertone corpora scan --out` wrote.');
  });
  const folder = dirname(resolve(path));
  const lineOf = new Map<string, number>();
  const entries = text.split(/\r?\n/).flatMap((line, index): ManifestEntry[] => {
    if (line.trim() === '') return [];
    const entry = readLine(line, `${path}, line ${index + 1}`);
    const before = lineOf.get(entry.id);
    if (before !== undefined) {
      const problem = `has the id ${entry.id}, which line ${before} has too`;
      throw invalid(`${path}, line ${index + 1}`, problem, 'Give every clip an id of its own.');
    }
    lineOf.set(entry.id, index + 1);
    return [{ ...entry, path: isAbsolute(entry.path) ? entry.path : resolve(folder, entry.path) }];
  });
  if (entries.length === 0) throw invalid(path, 'has no clips in it', 'Write it again with `undertone corpora scan`.');
  return createManifest(entries);
}

function readLine(line: string, subject: string): ManifestEntry {
  const remedy = 'Correct the line, or write the manifest again with `undertone corpora scan`.';
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw invalid(subject, 'is no JSON', remedy);
  }
  return parseStrict(entrySchema, value, { code: 'MANIFEST_INVALID', subject, remedy });
}

function invalid(subject: string, problem: string, remedy: string): UndertoneError {
  return new UndertoneError('MANIFEST_INVALID', { subject, problem, remedy });
}
