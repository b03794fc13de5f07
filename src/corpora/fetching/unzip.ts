import { createWriteStream } from 'node:fs';
import { mkdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';
import { UndertoneError } from '../../errors.ts';
import { unwritable } from '../../whole-file.ts';

/**
 * Unpacks an archive into a folder; files that are there already, with the right size, are left alone.
 * @throws UndertoneError DOWNLOAD_CORRUPT for what is no sound archive or has names that lead out of the folder
 *   (nothing is written outside), OUTPUT_UNWRITABLE
 */
export async function unzip(archive: string, folder: string): Promise<void> {
  try {
    // yauzl refuses absolute names and names with `..`, and checks sizes; CRC-32 is not worth it after a checksum.
    const zip = await openPromise(archive, { autoClose: false });
    try {
      for await (const entry of zip.eachEntry()) {
        const path = join(folder, entry.fileName);
        const isFolder = entry.fileName.endsWith('/');
        const present = await stat(path).catch(() => undefined);
        if (isFolder || present?.size === entry.uncompressedSize) continue;
        await mkdir(dirname(path), { recursive: true });
        await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(`${path}.partial`));
        await rename(`${path}.partial`, path);
      }
    } finally {
      zip.close();
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall !== undefined) throw unwritable(folder, cause);
    throw new UndertoneError('DOWNLOAD_CORRUPT', {
      subject: archive,
      problem: `is no sound ZIP archive (${(cause as Error).message})`,
      remedy: 'Remove it and download it again.',
      cause,
    });
  }
}
