import { extname } from 'node:path';
import type { FakeAttachment } from '../api.ts';
import type { Snowflakes } from '../snowflakes.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
  '.csv': 'text/csv',
  '.txt': 'text/plain',
  '.md': 'text/markdown',
  '.ogg': 'audio/ogg',
  '.wav': 'audio/wav',
};

/** Files of messages, which are downloaded from the fake as well. */
export class Attachments {
  readonly #ids: Snowflakes;
  readonly #origin: () => string;
  readonly #files = new Map<string, FakeAttachment>();

  constructor(ids: Snowflakes, origin: () => string) {
    this.#ids = ids;
    this.#origin = origin;
  }

  add(channelId: string, filename: string, bytes: Uint8Array, contentType?: string): FakeAttachment {
    const id = this.#ids.next();
    const path = `/attachments/${channelId}/${id}/${encodeURIComponent(filename)}`;
    const url = `${this.#origin()}${path}`;
    const file: FakeAttachment = {
      id,
      filename,
      size: bytes.length,
      url,
      proxy_url: url,
      content_type: contentType ?? TYPES[extname(filename).toLowerCase()] ?? 'application/octet-stream',
      bytes,
      ...pngSize(bytes),
    };
    this.#files.set(path, file);
    return file;
  }

  /** The file at a URL's path. */
  at(path: string): FakeAttachment | undefined {
    return this.#files.get(path);
  }
}

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Discord measures pictures. A PNG begins with its header, width and height first. */
function pngSize(bytes: Uint8Array): { width?: number; height?: number } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (buffer.length < 24 || !buffer.subarray(0, 8).equals(PNG_SIGNATURE)) return {};
  return { width: buffer.readUInt32BE(16), height: buffer.readUInt32BE(20) };
}
