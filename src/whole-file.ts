import { open, rename, rm } from 'node:fs/promises';
import { UndertoneError } from './errors.ts';

/** The error for a file or folder that cannot be written. */
export function unwritable(path: string, cause: unknown): UndertoneError {
  return new UndertoneError('OUTPUT_UNWRITABLE', {
    subject: path,
    problem: `cannot be written (${(cause as NodeJS.ErrnoException).code ?? String(cause)})`,
    remedy: 'Check that the folder exists, that you may write there and that the disk has room.',
    cause,
  });
}

/**
 * Writes a file whole or not at all: pieces go to a neighbour that takes the file's place when it is complete.
 * @throws UndertoneError OUTPUT_UNWRITABLE
 */
export async function writeFileWhole(path: string, pieces: Iterable<string | Uint8Array>): Promise<void> {
  const partial = `${path}.partial`;
  try {
    const file = await open(partial, 'w');
    try {
      for (const piece of pieces) await file.appendFile(piece);
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw unwritable(path, cause);
  }
}
