import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { validateFileName } from 'yauzl';
import { z } from 'zod';
import { UndertoneError } from '../../errors.ts';
import { findFiles, isRecordingName } from '../../audio/find-recordings.ts';
import type { Corpus } from '../corpus.ts';
import type { CorpusSource } from './corpus-source.ts';
import { recogniseFiles } from '../recognise.ts';
import { download, type DownloadOptions } from './download.ts';
import { unzip } from './unzip.ts';

/** How to fetch. */
export interface FetchOptions extends Omit<DownloadOptions, 'checksum' | 'onBytes'> {
  /**
   * The address of a mirror that has the official files below their hosts' names: `http://mirror.example/zenodo.org/...`.
   */
  readonly mirror?: string;
  /** Is told how much is done, of how much. */
  readonly onProgress?: (done: number, total: number, unit: 'MB' | 'files') => void;
}

type Source<Kind> = Extract<CorpusSource, { kind: Kind }>;

/** Files fetched at the same time, where a corpus comes file by file: fast, and no burden for a public server. */
const PARALLEL = 6;

/**
 * Downloads a corpus from its official home into the folder `<folder>/<corpus>`, checking what is published to check:
 * sizes and checksums. What is there already is kept, and what was interrupted goes on where it stopped.
 * Whoever calls it has accepted the corpus's licence.
 * @returns the folder
 * @throws UndertoneError DOWNLOAD_FAILED, DOWNLOAD_CORRUPT, OUTPUT_UNWRITABLE, and USAGE as {@link downloadableSource}
 */
export async function fetchCorpus(corpus: Corpus, folder: string, options: FetchOptions = {}): Promise<string> {
  const source = downloadableSource(corpus);
  const target = join(folder, corpus.name);
  if (await isComplete(corpus, target)) return target;
  switch (source.kind) {
    case 'zip':
      await fetchZip(source, target, options);
      break;
    case 'dataverse':
      await fetchDataverse(source, target, options);
      break;
    case 'git-lfs':
      await fetchGitLfs(source, target, options);
      break;
  }
  return target;
}

/**
 * Where a program may download a corpus.
 * @throws UndertoneError USAGE for a corpus that only people are given, with how they get it
 */
export function downloadableSource({ name, source }: Corpus): Exclude<CorpusSource, Source<'by-hand'>> {
  if (source.kind !== 'by-hand') return source;
  const problem = 'cannot be downloaded by a program';
  throw new UndertoneError('USAGE', { subject: name, problem, remedy: source.how });
}

/** Whether all clips are there; files get their names only when they are whole and right. */
async function isComplete(corpus: Corpus, folder: string): Promise<boolean> {
  if (!existsSync(folder)) return false;
  const { clips } = recogniseFiles(folder, await findFiles(folder, isRecordingName));
  return new Set(clips.filter((clip) => clip.corpus.name === corpus.name).map(({ name }) => name)).size >= corpus.clips;
}

function mirrored(url: string, { mirror }: FetchOptions): string {
  return mirror === undefined ? url : `${mirror.replace(/\/+$/, '')}/${url.replace(/^https?:\/\//, '')}`;
}

async function fetchZip({ url, md5, bytes }: Source<'zip'>, target: string, options: FetchOptions): Promise<void> {
  const megabytes = (count: number): number => Math.round(count / 1e6);
  const archive = join(target, basename(new URL(url).pathname));
  await download(mirrored(url, options), archive, {
    ...options,
    checksum: { algorithm: 'md5', hex: md5 },
    onBytes: (count) => options.onProgress?.(megabytes(count), megabytes(bytes), 'MB'),
  });
  await unzip(archive, target);
  await rm(archive);
}

/** Of the answer to Dataverse's "list files in a dataset" (Native API). */
const dataverseListing = z.object({
  data: z.array(
    z.object({
      directoryLabel: z.string().default(''),
      dataFile: z.object({ id: z.number(), filename: z.string(), md5: z.string() }),
    }),
  ),
});

async function fetchDataverse(source: Source<'dataverse'>, target: string, options: FetchOptions): Promise<void> {
  const { server, persistentId } = source;
  const list = `${server}/api/datasets/:persistentId/versions/:latest-published/files?persistentId=${persistentId}`;
  const text = await fetchText(mirrored(list, options), join(target, 'files.json'), options);
  await inParallel(parseListing(text, list), options, async ({ directoryLabel, dataFile }, signal) => {
    const file = inside(target, `${directoryLabel}/${dataFile.filename}`.replace(/^\/+/, ''), list);
    await download(mirrored(`${server}/api/access/datafile/${dataFile.id}`, options), file, {
      ...options,
      signal,
      checksum: { algorithm: 'md5', hex: dataFile.md5 },
    });
  });
}

function parseListing(text: string, url: string) {
  try {
    return dataverseListing.parse(JSON.parse(text)).data;
  } catch (cause) {
    throw corrupt(url, 'is no list of a dataset’s files', cause);
  }
}

async function fetchGitLfs(source: Source<'git-lfs'>, target: string, options: FetchOptions): Promise<void> {
  const { repository, branch, audioFolder } = source;
  const plain = (path: string): string =>
    mirrored(`https://raw.githubusercontent.com/${repository}/${branch}/${path}`, options);
  const large = (path: string): string =>
    mirrored(`https://media.githubusercontent.com/media/${repository}/${branch}/${path}`, options);
  const tables: string[] = [];
  for (const path of source.tables) {
    await download(plain(path), join(target, basename(path)), options);
    tables.push(await readFile(join(target, basename(path)), 'utf8'));
  }
  const names = source.clipNames(tables);
  await inParallel(names, options, async (name, signal) => {
    const path = `${audioFolder}/${name}`;
    const file = inside(target, path, repository);
    if (existsSync(file)) return;
    const pointer = await fetchText(plain(path), `${file}.pointer`, { ...options, signal });
    const sha256 = /^oid sha256:([0-9a-f]{64})$/m.exec(pointer)?.[1];
    if (sha256 === undefined) throw corrupt(plain(path), 'is no pointer of Git LFS');
    await download(large(path), file, { ...options, signal, checksum: { algorithm: 'sha256', hex: sha256 } });
  });
}

/** The path of a file that a server names. */
function inside(folder: string, name: string, server: string): string {
  if (validateFileName(name) === null) return join(folder, name);
  throw corrupt(server, `names the file ${name}, which leads out of the folder`);
}

/** Fetches a short text, by way of a file that is removed again. */
async function fetchText(url: string, file: string, options: FetchOptions): Promise<string> {
  await rm(file, { force: true });
  await download(url, file, options);
  const text = await readFile(file, 'utf8');
  await rm(file);
  return text;
}

/** Works on items side by side, with progress; the first failure stops the others. */
async function inParallel<Item>(
  items: readonly Item[],
  { signal, onProgress }: FetchOptions,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failure = new AbortController();
  const stop = signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal]);
  const queue = items.values();
  let done = 0;
  const lane = async (): Promise<void> => {
    for (const item of queue) {
      stop.throwIfAborted();
      await work(item, stop);
      onProgress?.(++done, items.length, 'files');
    }
  };
  try {
    await Promise.all(Array.from({ length: PARALLEL }, lane));
  } catch (cause) {
    failure.abort(cause);
    throw cause;
  }
}

function corrupt(subject: string, problem: string, cause?: unknown): UndertoneError {
  const remedy = 'The corpus’s home has changed: please report it, and download the corpus by hand meanwhile.';
  return new UndertoneError('DOWNLOAD_CORRUPT', { subject, problem, remedy, cause });
}
