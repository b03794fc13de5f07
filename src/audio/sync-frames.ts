import type { ByteReader } from './byte-reader.ts';
import { SYNC_HEADER_BYTES, type SyncHeader, type SyncHeaderReader } from './sync-headers.ts';

/** The longest run handed on at once: some seconds of sound, which bounds what a decoder makes of it. */
const RUN_BYTES = 32 * 1024;

/** What {@link syncFrames} notes on its way. */
export interface SyncTally {
  frames: number;
  /** Stretches of bytes between frames that are no frames. */
  gaps: number;
  /** True when the last frame is not all there. */
  cut: boolean;
}

function alike(a: SyncHeader, b: SyncHeader): boolean {
  return a.sampleRateHz === b.sampleRateHz && a.samples === b.samples;
}

/**
 * The first place from `from` on where a frame like `model` (any, without a model) begins and is followed by another
 * one, or by the end of the bytes; -1 if there is none. One header alone is easily chance.
 */
export function findFrame(bytes: Uint8Array, from: number, read: SyncHeaderReader, model?: SyncHeader): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    if (at + SYNC_HEADER_BYTES > bytes.length) return -1;
    const header = read(bytes, at);
    if (header === undefined || (model !== undefined && !alike(header, model))) continue;
    const next = at + header.bytes;
    if (next + SYNC_HEADER_BYTES > bytes.length) return at;
    const follower = read(bytes, next);
    if (follower !== undefined && alike(header, follower)) return at;
  }
  return -1;
}

/**
 * Splits a row of frames into runs of whole, adjoining frames, as views that are valid until the next run is asked
 * for. Bytes that are no frames are passed over and counted.
 */
export async function* syncFrames(
  reader: ByteReader,
  read: SyncHeaderReader,
  model: SyncHeader,
  tally: SyncTally,
): AsyncGenerator<Uint8Array, void> {
  while (await reader.require(SYNC_HEADER_BYTES)) {
    const run = runLength(reader.bytes, read, model, tally);
    if (run > 0) {
      yield reader.bytes.subarray(0, run);
      reader.consume(run);
      continue;
    }
    const header = read(reader.bytes, 0);
    if (header !== undefined && alike(header, model)) {
      if (await reader.require(header.bytes)) continue;
      tally.cut = true;
      return;
    }
    await passOver(reader, read, model, tally);
  }
}

/** The bytes of the whole frames that `bytes` begins with. */
function runLength(bytes: Uint8Array, read: SyncHeaderReader, model: SyncHeader, tally: SyncTally): number {
  let run = 0;
  while (run < RUN_BYTES && run + SYNC_HEADER_BYTES <= bytes.length) {
    const header = read(bytes, run);
    if (header === undefined || !alike(header, model) || run + header.bytes > bytes.length) break;
    run += header.bytes;
    tally.frames++;
  }
  return run;
}

const TAGS = ['TAG', 'APETAGEX', 'LYRICSBEGIN', 'ID3'];

async function passOver(
  reader: ByteReader,
  read: SyncHeaderReader,
  model: SyncHeader,
  tally: SyncTally,
): Promise<void> {
  const opening = String.fromCharCode(...reader.bytes.subarray(0, 12));
  // Tags may follow the last frame: they are no damage.
  if (!TAGS.some((tag) => opening.startsWith(tag))) tally.gaps++;
  for (;;) {
    const at = findFrame(reader.bytes, 1, read, model);
    if (at >= 0) {
      reader.consume(at);
      return;
    }
    reader.consume(Math.max(0, reader.bytes.length - SYNC_HEADER_BYTES + 1));
    if (!(await reader.fill())) {
      reader.consume(reader.bytes.length);
      return;
    }
  }
}
