import type { ByteReader } from './byte-reader.ts';
import { crc16, crc8 } from './checksums.ts';
import type { FlacStreamInfo } from './flac-decoder.ts';

/** The longest frame header: 4 fixed bytes, a number of up to 7, block size and rate of 2 each, a checksum. */
const MAX_HEADER_BYTES = 16;

/** Frames handed on at once: about a second of sound, which bounds what a decoder makes of them. */
const BATCH_FRAMES = 10;

/** What {@link flacFrames} notes on its way. */
export interface FlacTally {
  /** Stretches that hold no whole, sound frame. */
  gaps: number;
  /** True when the last frame is not all there. */
  cut: boolean;
}

/** The length of the frame header at `at`, or 0 where there is none (RFC 9639 section 9.1). */
function headerLength(bytes: Uint8Array, at: number): number {
  if (at + MAX_HEADER_BYTES > bytes.length && at + 6 > bytes.length) return 0;
  if (bytes[at] !== 0xff || (bytes[at + 1]! & 0xfe) !== 0xf8) return 0;
  const sizeCode = bytes[at + 2]! >> 4;
  const rateCode = bytes[at + 2]! & 15;
  if (sizeCode === 0 || rateCode === 15 || bytes[at + 3]! >> 4 > 10 || (bytes[at + 3]! & 1) === 1) return 0;
  const lead = bytes[at + 4]!;
  // The coded number is as long as the ones its first byte begins with, or one byte if it begins with a zero.
  const ones = Math.clz32(~(lead << 24));
  if (ones === 1 || ones > 7) return 0;
  const sizeBytes = sizeCode === 6 ? 1 : sizeCode === 7 ? 2 : 0;
  const rateBytes = rateCode === 12 ? 1 : rateCode > 12 ? 2 : 0;
  const length = 4 + Math.max(1, ones) + sizeBytes + rateBytes;
  return at + length < bytes.length && crc8(bytes, at, at + length) === bytes[at + length] ? length + 1 : 0;
}

function findHeader(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    if (headerLength(bytes, at) > 0) return at;
  }
  return -1;
}

/** No frame is longer than its samples stored as they are, with a bit to spare for each (a side channel has one). */
function maxFrameBytes({ maxBlockSize, channels, bitsPerSample }: FlacStreamInfo): number {
  return 64 + channels * (8 + Math.ceil((Math.max(16, maxBlockSize) * (bitsPerSample + 1)) / 8));
}

/**
 * Splits a FLAC stream into batches of frames, as views that are valid until the next batch is asked for. A frame does
 * not say its length: it ends where another header begins and its own CRC-16 comes out right. Only such frames are
 * handed on, so damage costs the frames it lies in.
 */
export async function* flacFrames(
  reader: ByteReader,
  info: FlacStreamInfo,
  tally: FlacTally,
): AsyncGenerator<Uint8Array[], void> {
  const limit = maxFrameBytes(info);
  let at = 0;
  for (let more = true; more;) {
    reader.consume(at);
    at = 0;
    more = await reader.fill();
    const { bytes } = reader;
    // Frames are views into the window, so they are all handed on before it moves.
    let frames: Uint8Array[] = [];
    while (at < bytes.length && (!more || at + limit + MAX_HEADER_BYTES <= bytes.length)) {
      const end = headerLength(bytes, at) === 0 ? -1 : frameEnd(bytes, at, limit, !more);
      if (end > 0) frames.push(bytes.subarray(at, end));
      at = end > 0 ? end : passOver(bytes, at, more, tally);
      if (frames.length < BATCH_FRAMES) continue;
      yield frames;
      frames = [];
    }
    if (frames.length > 0) yield frames;
  }
}

/** Where the frame at `at` ends, or -1 when it is damaged or cut off. */
function frameEnd(bytes: Uint8Array, at: number, limit: number, isLast: boolean): number {
  const stop = Math.min(bytes.length, at + limit);
  let crc = 0;
  let checked = at;
  for (let next = findHeader(bytes, at + 1); next >= 0 && next <= stop; next = findHeader(bytes, next + 1)) {
    crc = crc16(bytes, checked, next, crc);
    if (crc === 0) return next;
    checked = next;
  }
  return isLast && bytes.length <= stop && crc16(bytes, checked, bytes.length, crc) === 0 ? bytes.length : -1;
}

/** Where to go on after bytes that are no frame, which is noted. */
function passOver(bytes: Uint8Array, at: number, more: boolean, tally: FlacTally): number {
  const next = findHeader(bytes, at + 1);
  if (next < 0 && !more) {
    tally.cut = true;
    return bytes.length;
  }
  tally.gaps++;
  return next < 0 ? bytes.length - MAX_HEADER_BYTES : next;
}
