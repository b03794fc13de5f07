import { open, type FileHandle } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { UndertoneError } from '../errors.ts';
import { unreadable } from './audio-errors.ts';
import type { AudioSource } from './types.ts';

/** Where a recording's bytes come from. */
export interface ByteSource {
  /** The number of bytes, where it is known before reading. Known means also: readable at any position. */
  readonly size: number | undefined;
  /** Fills the beginning of `target` from `position`; resolves to the number of bytes, 0 at the end. */
  read(target: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

/** What errors call a source that the caller did not name. */
export function sourceName(source: AudioSource): string {
  return typeof source === 'string' ? source : source instanceof URL ? source.href : 'audio';
}

/**
 * Opens any {@link AudioSource}.
 *
 * @param name what errors call it
 * @throws UndertoneError AUDIO_NOT_FOUND, AUDIO_IS_DIRECTORY, AUDIO_UNREADABLE
 */
export async function openByteSource(source: AudioSource, name: string, signal?: AbortSignal): Promise<ByteSource> {
  if (typeof source === 'string') return openFile(source, name);
  if (source instanceof URL) return openFile(filePath(source, name), name);
  if (ArrayBuffer.isView(source)) return bytesSource(source);
  return streamSource(source, name, signal);
}

function filePath(url: URL, name: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw unreadable(name, 'is not the URL of a local file', 'Download it first, or pass its bytes.', cause);
  }
}

async function openFile(path: string, name: string): Promise<ByteSource> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    const status = await handle.stat();
    if (status.isDirectory()) throw isDirectory(name);
    return fileSource(handle, status.isFile() ? status.size : undefined, name);
  } catch (cause) {
    await handle?.close();
    throw fileError(cause, name);
  }
}

function fileSource(handle: FileHandle, size: number | undefined, name: string): ByteSource {
  return {
    size,
    async read(target, position) {
      try {
        // A pipe or a terminal has no positions: it is read on from where it stands.
        return (await handle.read(target, 0, target.length, size === undefined ? null : position)).bytesRead;
      } catch (cause) {
        throw fileError(cause, name);
      }
    },
    close: () => handle.close(),
  };
}

function isDirectory(name: string): UndertoneError {
  const remedy = 'Name one recording inside it.';
  return new UndertoneError('AUDIO_IS_DIRECTORY', { subject: name, problem: 'is a folder', remedy });
}

function fileError(cause: unknown, name: string): unknown {
  if (cause instanceof UndertoneError || typeof cause !== 'object' || cause === null || !('code' in cause))
    return cause;
  switch (cause.code) {
    case 'ENOENT':
    case 'ENOTDIR': {
      const parts = { subject: name, problem: 'does not exist', remedy: 'Check the path.', cause };
      return new UndertoneError('AUDIO_NOT_FOUND', parts);
    }
    case 'EISDIR':
      return isDirectory(name);
    case 'EACCES':
    case 'EPERM':
      return unreadable(name, 'may not be read by this user', "Change the file's permissions.", cause);
    default:
      return unreadable(name, `cannot be read (${String(cause.code)})`, 'Check the path and the disk.', cause);
  }
}

function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read(target, position) {
      const part = bytes.subarray(position, position + target.length);
      target.set(part);
      return Promise.resolve(part.length);
    },
    close: () => Promise.resolve(),
  };
}

function streamSource(stream: AsyncIterable<Uint8Array>, name: string, signal?: AbortSignal): ByteSource {
  const iterator = stream[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  let waiting = false;

  async function pull(): Promise<boolean> {
    waiting = true;
    const next = await settledOrAborted(iterator.next(), name, signal);
    waiting = false;
    if (next.done === true) return false;
    if (!ArrayBuffer.isView(next.value)) {
      throw unreadable(name, 'is a stream of something else than bytes', 'Pass a stream of Uint8Array or Buffer.');
    }
    rest = next.value;
    return true;
  }

  return {
    size: undefined,
    async read(target) {
      while (rest.length === 0) if (!(await pull())) return 0;
      const part = rest.subarray(0, target.length);
      target.set(part);
      rest = rest.subarray(part.length);
      return part.length;
    },
    async close() {
      const closed = iterator.return?.();
      // A generator that still waits for its own source would make us wait with it.
      if (!waiting) await closed;
      else closed?.catch(() => undefined);
    },
  };
}

async function settledOrAborted<T>(pending: Promise<T>, name: string, signal?: AbortSignal): Promise<T> {
  const guarded = pending.catch((cause: unknown) => {
    throw unreadable(name, 'broke off while it was read', 'Try again.', cause);
  });
  if (signal === undefined) return guarded;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => {
    reject(signal.reason as Error);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([guarded, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
