import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UndertoneError } from '../../errors.ts';
import { unwritable } from '../../whole-file.ts';

/** When to try again, and when to give up. */
export interface RetryPolicy {
  /** Attempts in a row that bring nothing new. */
  readonly attempts: number;
  /** The wait after the first of them, in ms; it doubles with each. */
  readonly delayMs: number;
  /** A server that sends nothing for so long, in ms, is given up on. */
  readonly silenceMs: number;
}

/** Gives a server about a minute to come back. */
export const PATIENT: RetryPolicy = { attempts: 6, delayMs: 2_000, silenceMs: 30_000 };

/** What is known of a file before it comes, and how to fetch it. */
export interface DownloadOptions {
  readonly checksum?: { readonly algorithm: 'md5' | 'sha256'; readonly hex: string };
  /** Is told how many bytes of the file are there. */
  readonly onBytes?: (bytes: number) => void;
  readonly retry?: RetryPolicy;
  readonly signal?: AbortSignal;
}

/** A failure after which it makes sense to try again. */
class Interruption extends Error {
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs = 0, cause?: unknown) {
    super(message, { cause });
    this.retryAfterMs = retryAfterMs;
  }
}

const LONGEST_WAIT_MS = 60_000;

/**
 * Downloads a file whole or not at all. What has come so far stays beside it as `.partial`, and the next attempt, or the
 * next call, goes on from there where the server can (RFC 9110, section 14). A file that is there already is left alone.
 * @throws UndertoneError DOWNLOAD_FAILED, DOWNLOAD_CORRUPT after two downloads with a wrong checksum, OUTPUT_UNWRITABLE
 */
export async function download(url: string, path: string, options: DownloadOptions = {}): Promise<void> {
  if ((await sizeOf(path)) !== undefined) return;
  const partial = `${path}.partial`;
  await mkdir(dirname(path), { recursive: true }).catch((cause: unknown) => {
    throw unwritable(dirname(path), cause);
  });
  for (let tries = 2; ; tries--) {
    await fetchWithRetries(url, partial, options);
    if (options.checksum === undefined) break;
    const actual = await checksumOf(partial, options.checksum.algorithm);
    if (actual === options.checksum.hex) break;
    // Damaged on its way, or put together from two versions: once more from the beginning.
    await rm(partial);
    if (tries > 1) continue;
    throw new UndertoneError('DOWNLOAD_CORRUPT', {
      subject: url,
      problem: `has the ${options.checksum.algorithm.toUpperCase()} ${actual}, published is ${options.checksum.hex}`,
      remedy: 'Try again later, or from another network: something on the way may change what is downloaded.',
    });
  }
  await rename(partial, path);
}

async function fetchWithRetries(url: string, partial: string, options: DownloadOptions): Promise<void> {
  const { retry = PATIENT, signal } = options;
  for (let failures = 0; ;) {
    const before = (await sizeOf(partial)) ?? 0;
    try {
      await fetchOnce(url, partial, before, options);
      return;
    } catch (cause) {
      signal?.throwIfAborted();
      if (!(cause instanceof Interruption)) throw cause;
      failures = ((await sizeOf(partial)) ?? 0) > before ? 1 : failures + 1;
      if (failures >= retry.attempts) throw failed(url, `${cause.message}, ${failures} times in a row`, cause);
      const waitMs = Math.max(retry.delayMs * 2 ** (failures - 1), cause.retryAfterMs);
      await sleep(Math.min(waitMs, LONGEST_WAIT_MS), undefined, signal === undefined ? {} : { signal });
    }
  }
}

/** One request: appends what comes to the partial file. @throws Interruption where another attempt makes sense */
async function fetchOnce(url: string, partial: string, from: number, options: DownloadOptions): Promise<void> {
  const { retry = PATIENT, signal, onBytes } = options;
  const silence = new AbortController();
  const timer = setTimeout(() => {
    silence.abort();
  }, retry.silenceMs);
  const interrupted = (cause: unknown): Interruption => {
    const reason = silence.signal.aborted ? `sends nothing for ${retry.silenceMs / 1_000} s` : networkProblem(cause);
    return new Interruption(reason, 0, cause);
  };
  try {
    const headers = { 'accept-encoding': 'identity', ...(from > 0 ? { range: `bytes=${from}-` } : {}) };
    const stop = signal === undefined ? silence.signal : AbortSignal.any([silence.signal, signal]);
    const response = await fetch(url, { headers, signal: stop }).catch((cause: unknown) => {
      throw interrupted(cause);
    });
    const start = await startOf(response, url, partial, from);
    let bytes = start;
    const file = await open(partial, start > 0 ? 'a' : 'w').catch((cause: unknown) => {
      throw unwritable(partial, cause);
    });
    try {
      const chunks = (response.body ?? new Blob([]).stream())[Symbol.asyncIterator]();
      for (;;) {
        const next = await chunks.next().catch((cause: unknown) => {
          throw interrupted(cause);
        });
        if (next.done === true) break;
        timer.refresh();
        const chunk = next.value as Uint8Array;
        await file.appendFile(chunk).catch((cause: unknown) => {
          throw unwritable(partial, cause);
        });
        bytes += chunk.length;
        onBytes?.(bytes);
      }
    } finally {
      await file.close();
    }
  } finally {
    clearTimeout(timer);
    // Frees the connection where the body was not read.
    silence.abort();
  }
}

/** At which byte of the file a response's body starts. */
async function startOf(response: Response, url: string, partial: string, from: number): Promise<number> {
  const { status, headers } = response;
  if (status === 200) return 0;
  if (status === 206 && headers.get('content-range')?.startsWith(`bytes ${from}-`) === true) return from;
  if (status === 416 && headers.get('content-range') === `bytes */${from}`) return from;
  if (status === 206 || status === 416) {
    // The file there is another one now.
    await rm(partial, { force: true });
    throw new Interruption('cannot go on where the download stopped');
  }
  const answer = `the server answers ${`${status} ${response.statusText}`.trim()}`;
  const mayPass = status === 408 || status === 425 || status === 429 || status >= 500;
  if (!mayPass) throw failed(url, answer);
  // Seconds; its other form, a date, is rare, and the growing wait does as well.
  const retryAfterS = Number(headers.get('retry-after') ?? 0);
  throw new Interruption(answer, Number.isFinite(retryAfterS) ? retryAfterS * 1_000 : 0);
}

function networkProblem(cause: unknown): string {
  const inner = (cause as Error).cause as NodeJS.ErrnoException | undefined;
  const reason = inner?.code ?? inner?.message ?? (cause as Error).message;
  return `the connection fails (${reason})`;
}

function failed(url: string, problem: string, cause?: unknown): UndertoneError {
  const remedy = 'Check the network and the address, then run the same command again: it goes on where it stopped.';
  return new UndertoneError('DOWNLOAD_FAILED', { subject: url, problem, remedy, cause });
}

async function checksumOf(path: string, algorithm: string): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}
