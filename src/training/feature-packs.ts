import { createHash, hash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UndertoneError } from '../errors.ts';
import { writeFileWhole } from '../whole-file.ts';

/** Raw features of one copy of a recording (not normalised): row-major, `frames` rows of `dims` values. */
export interface BankMatrix {
  readonly data: Float16Array;
  readonly frames: number;
  readonly dims: number;
}

/** What is in a pack, in the order in which it lies there. */
interface PackHeader {
  readonly dims: number;
  readonly matrices: readonly (readonly [key: string, frames: number])[];
}

/**
 * Matrices on disk, many to a file. A pack is a 32-bit length (little-endian), so many bytes of JSON, then the values in
 * half precision, in the byte order of the machine. Its name is the SHA-256 of its bytes and the number of the process
 * that wrote it: it is either whole or known to be damaged. Whole packs are only added, so that any number of processes
 * may use a folder.
 */
export class FeaturePacks {
  readonly #folder: string;
  readonly #onWarning: (message: string) => void;
  #writable = true;

  constructor(folder: string, onWarning: (message: string) => void) {
    this.#folder = folder;
    this.#onWarning = onWarning;
  }

  /** Those of the matrices wanted that are here. A damaged pack is deleted with a warning. */
  async read(wanted: ReadonlySet<string>): Promise<Map<string, BankMatrix>> {
    const found = new Map<string, BankMatrix>();
    // A folder that cannot be listed is most often one that is yet to be made; writing will say if it is not.
    const names = await readdir(this.#folder).catch(() => []);
    for (const name of names.filter(isAbandoned)) await removeQuietly(join(this.#folder, name));
    for (const name of names.filter((file) => file.endsWith('.pack')).sort()) {
      if (found.size === wanted.size) break;
      const path = join(this.#folder, name);
      const bytes = await readFile(path).catch(() => undefined);
      if (!bytes) continue; // in use, forbidden or gone: no reason to delete it
      if (name.startsWith(hash('sha256', bytes))) collect(bytes, wanted, found);
      else await this.#discard(path);
    }
    return found;
  }

  /** Adds matrices. Where that cannot be done there is a warning, and no further try. */
  async write(matrices: ReadonlyMap<string, BankMatrix>): Promise<void> {
    const [first] = matrices.values();
    if (!first || !this.#writable) return;
    const pieces = packPieces({
      dims: first.dims,
      matrices: Array.from(matrices, ([key, { frames }]) => [key, frames] as const),
    });
    for (const { data } of matrices.values())
      pieces.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    const digest = createHash('sha256');
    for (const piece of pieces) digest.update(piece);
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFileWhole(join(this.#folder, `${digest.digest('hex')}-${process.pid}.pack`), pieces);
    } catch (error) {
      this.#writable = false;
      const reason = error instanceof UndertoneError ? error.message : String(error);
      this.#onWarning(`The features are kept in memory alone, and will be computed again next time. ${reason}`);
    }
  }

  async #discard(path: string): Promise<void> {
    this.#onWarning(`${path}: is damaged; the features in it are computed anew.`);
    await removeQuietly(path);
  }
}

/** Removes a file, or leaves it where that cannot be done: it will be tried again. */
const removeQuietly = (path: string): Promise<void> => rm(path, { force: true }).catch(() => undefined);

/** Whether a file is what a process left that was killed while it wrote. */
function isAbandoned(name: string): boolean {
  const [, writer] = /-(\d+)\.pack\.partial$/.exec(name) ?? [];
  if (writer === undefined) return false;
  try {
    return !process.kill(Number(writer), 0); // signal 0 asks whether the process is there
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Length and JSON, padded so that the values begin at a multiple of 8. */
function packPieces(header: PackHeader): Uint8Array[] {
  const json = JSON.stringify(header);
  const bytes = Buffer.byteLength(json);
  const padded = Math.ceil((4 + bytes) / 8) * 8 - 4;
  const head = Buffer.alloc(4 + padded, ' ');
  head.writeUInt32LE(padded);
  head.write(json, 4);
  return [head];
}

/** Takes the matrices wanted out of a pack. */
function collect(bytes: Buffer, wanted: ReadonlySet<string>, found: Map<string, BankMatrix>): void {
  let at = 4 + bytes.readUInt32LE();
  const { dims, matrices } = JSON.parse(bytes.toString('utf8', 4, at)) as PackHeader;
  const isWanted = ([key]: PackHeader['matrices'][number]): boolean => wanted.has(key) && !found.has(key);
  // A view keeps the whole pack in memory.
  const all = matrices.every(isWanted);
  for (const matrix of matrices) {
    const [key, frames] = matrix;
    if (isWanted(matrix)) {
      const view = new Float16Array(bytes.buffer, bytes.byteOffset + at, frames * dims);
      found.set(key, { data: all ? view : view.slice(), frames, dims });
    }
    at += frames * dims * 2;
  }
}
