import { crc32 } from '../../src/audio/checksums.ts';
import { bytesOf, uint } from './audio-writers.ts';

/** Packets a page: fifty of 20 ms are a second, and packets below 255 bytes need one lacing value each. */
const PACKETS_PER_PAGE = 50;
/** What libopus asks decoders to skip at the beginning, in samples at 48 kHz. */
const PRE_SKIP = 312;

function page(packets: readonly Uint8Array[], granule: number, sequence: number, flags: number): Uint8Array {
  const lacing = packets.flatMap(({ length }) => [
    ...new Array<number>(Math.floor(length / 255)).fill(255),
    length % 255,
  ]);
  const bytes = bytesOf(
    'OggS',
    Uint8Array.of(0, flags),
    uint(granule, 8),
    uint(1, 4),
    uint(sequence, 4),
    uint(0, 4),
    Uint8Array.of(lacing.length, ...lacing),
    ...packets,
  );
  new DataView(bytes.buffer).setUint32(22, crc32(bytes, 0, bytes.length), true);
  return bytes;
}

/** An Ogg Opus file (RFC 7845) of mono packets of 20 ms, page by page. */
export function* oggOpusPages(packets: readonly Uint8Array[], inputRateHz = 48_000): Generator<Uint8Array> {
  const head = bytesOf(
    'OpusHead',
    Uint8Array.of(1, 1),
    uint(PRE_SKIP, 2),
    uint(inputRateHz, 4),
    Uint8Array.of(0, 0, 0),
  );
  yield page([head], 0, 0, 2);
  yield page([bytesOf('OpusTags', uint(0, 4), uint(0, 4))], 0, 1, 0);
  for (let from = 0, sequence = 2; from < packets.length; from += PACKETS_PER_PAGE, sequence++) {
    const to = Math.min(packets.length, from + PACKETS_PER_PAGE);
    yield page(packets.slice(from, to), to * 960, sequence, to === packets.length ? 4 : 0);
  }
}
