import { crc32 } from 'node:zlib';
import { bytesOf, uint } from './audio-writers.ts';

/** A ZIP archive (APPNOTE 6.3.10) whose files are stored as they are; names are not looked at. */
export function encodeZip(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const locals: Uint8Array[] = [];
  const entries: Uint8Array[] = [];
  let at = 0;
  for (const [name, body] of Object.entries(files)) {
    const sizes = bytesOf(uint(crc32(body), 4), uint(body.length, 4), uint(body.length, 4));
    const common = bytesOf(uint(20, 2), uint(0, 2), uint(0, 2), uint(0, 4), sizes, uint(name.length, 2), uint(0, 2));
    const local = bytesOf('PK\x03\x04', common, name, body);
    entries.push(
      bytesOf('PK\x01\x02', uint(20, 2), common, uint(0, 2), uint(0, 2), uint(0, 2), uint(0, 4), uint(at, 4), name),
    );
    locals.push(local);
    at += local.length;
  }
  const directory = bytesOf(...entries);
  const count = uint(entries.length, 2);
  const end = bytesOf('PK\x05\x06', uint(0, 4), count, count, uint(directory.length, 4), uint(at, 4), uint(0, 2));
  return bytesOf(...locals, directory, end);
}
