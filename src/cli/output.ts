import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FeatureMatrix } from '../features/index.ts';

export { writeFileWhole } from '../whole-file.ts';

/** The dimensions of a matrix one after the other, over time: one array, valid until the next is asked for. */
function* dimensions({ data, frames, dims }: FeatureMatrix): Generator<Float32Array<ArrayBuffer>> {
  const row = new Float32Array(frames);
  for (let dim = 0; dim < dims; dim++) {
    for (let frame = 0, at = dim; frame < frames; frame++, at += dims) row[frame] = data[at]!;
    yield row;
  }
}

/** Nine digits say a float exactly; JSON has no word for NaN and Infinity, so they become null. */
const jsonNumber = (value: number): string => (Number.isFinite(value) ? String(Number(value.toPrecision(9))) : 'null');

/**
 * A feature as JSON text, piece by piece: `{"feature", ..., "shape": [dims, frames], "data": [[...], ...]}` with one
 * row a dimension, as librosa has it.
 */
export function* matrixAsJson(feature: string, matrix: FeatureMatrix, extra: object = {}): Generator<string> {
  const head = JSON.stringify({ feature, ...extra, shape: [matrix.dims, matrix.frames] });
  yield `${head.slice(0, -1)},"data":[`;
  let separator = '';
  for (const row of dimensions(matrix)) {
    yield `${separator}[${Array.from(row, jsonNumber).join(',')}]`;
    separator = ',';
  }
  yield ']}\n';
}

/**
 * A feature as NumPy's .npy (format 1.0): little-endian float32, shape (dims, frames), C order. A piece is valid until the
 * next one is asked for.
 */
export function* matrixAsNpy(matrix: FeatureMatrix): Generator<Uint8Array> {
  const description = `{'descr': '<f4', 'fortran_order': False, 'shape': (${matrix.dims}, ${matrix.frames}), }`;
  // Magic, version, a 2-byte header length, then the header; data begins at a multiple of 64.
  const length = Math.ceil((10 + description.length + 1) / 64) * 64 - 10;
  const header = Buffer.alloc(10 + length, ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(length, 8);
  header.write(description, 10, 'latin1');
  header.write('\n', header.length - 1);
  yield header;
  for (const row of dimensions(matrix)) yield new Uint8Array(row.buffer);
}

/** Writes pieces to standard output, waiting where the reader is slow. */
export async function writeStandardOutput(pieces: Iterable<string | Uint8Array>): Promise<void> {
  await pipeline(Readable.from(pieces, { objectMode: true }), process.stdout, { end: false });
}

/** Lays rows of cells out in columns; by default the first stands to the left and the others to the right. */
export function table(rows: readonly (readonly string[])[], sides: readonly ('left' | 'right')[] = ['left']): string {
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)), []);
  const align = (cell: string, i: number): string =>
    sides[i] === 'left' ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!);
  return rows.map((row) => row.map(align).join('  ').trimEnd()).join('\n');
}
