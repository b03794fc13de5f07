import type { ByteReader } from './byte-reader.ts';
import { crc32 } from './checksums.ts';

/** A page of an Ogg stream (RFC 3533 section 6). */
export interface OggPage {
  /** The whole page; a view that is valid until the next page is asked for. */
  readonly bytes: Uint8Array;
  readonly serial: number;
  readonly sequence: number;
  /** The codec's clock at the end of the page; -1 when no packet ends on it. */
  readonly granule: number;
  /** Whether its first packet began on an earlier page. */
  readonly continued: boolean;
  readonly first: boolean;
  readonly last: boolean;
}

/** What {@link oggPages} notes on its way. */
export interface OggTally {
  /** Stretches of bytes that are no sound page. */
  gaps: number;
  /** True when the last page is not all there. */
  cut: boolean;
}

const HEADER_BYTES = 27;
const NO_GRANULE = 0xffffffffffffffffn;

/**
 * Reads the pages of an Ogg stream. Pages whose checksum is wrong are passed over, up to the next sound one.
 */
export async function* oggPages(reader: ByteReader, tally: OggTally): AsyncGenerator<OggPage, void> {
  let inGap = false;
  while (reader.bytes.length > 0 || (await reader.fill())) {
    const length = pageLength(reader.bytes);
    if (length > reader.bytes.length && (await reader.fill())) continue;
    const page = length > 0 && length <= reader.bytes.length ? parsePage(reader.bytes, length) : undefined;
    if (page !== undefined) {
      inGap = false;
      yield page;
      reader.consume(length);
      continue;
    }
    if (length > reader.bytes.length) tally.cut = true;
    else if (!inGap) tally.gaps++;
    inGap = true;
    toNextCapture(reader);
  }
}

/** The length of the page that `bytes` begins with: 0 when it is none, more than `bytes` when that must be seen. */
function pageLength(bytes: Uint8Array): number {
  for (let i = 0; i < 4; i++) if (i < bytes.length && bytes[i] !== 'OggS'.charCodeAt(i)) return 0;
  if (bytes.length < HEADER_BYTES) return HEADER_BYTES;
  const segments = bytes[26]!;
  let length = HEADER_BYTES + segments;
  if (bytes.length < length) return length;
  for (let i = 0; i < segments; i++) length += bytes[HEADER_BYTES + i]!;
  return length;
}

function parsePage(bytes: Uint8Array, length: number): OggPage | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  // The checksum is taken over the page with zeros in its own place.
  const crc = crc32(bytes, HEADER_BYTES - 1, length, crc32(ZEROS, 0, 4, crc32(bytes, 0, 22)));
  if (crc !== view.getUint32(22, true)) return undefined;
  const flags = view.getUint8(5);
  const granule = view.getBigUint64(6, true);
  return {
    bytes: bytes.subarray(0, length),
    serial: view.getUint32(14, true),
    sequence: view.getUint32(18, true),
    granule: granule === NO_GRANULE ? -1 : Number(granule),
    continued: (flags & 1) !== 0,
    first: (flags & 2) !== 0,
    last: (flags & 4) !== 0,
  };
}

const ZEROS = new Uint8Array(4);

function toNextCapture(reader: ByteReader): void {
  const { bytes } = reader;
  let at = 1;
  while (at < bytes.length && pageLength(bytes.subarray(at, at + 4)) === 0) {
    const next = bytes.indexOf(0x4f, at + 1);
    at = next < 0 ? bytes.length : next;
  }
  reader.consume(Math.min(at, bytes.length));
}

/** Puts the packets of one logical stream together from its pages. */
export class PacketAssembler {
  #begun: Uint8Array[] = [];
  #sequence = -1;

  /**
   * The packets that end on `page`, in order: views into the page, or copies of what spans pages. A packet whose
   * beginning or end was lost is left out.
   *
   * @returns also whether pages are missing before this one
   */
  push(page: OggPage): { packets: Uint8Array[]; missing: boolean } {
    const missing = this.#sequence >= 0 && page.sequence !== this.#sequence + 1;
    this.#sequence = page.sequence;
    if (missing || !page.continued) this.#begun = [];
    // What continues a packet whose beginning is not at hand is of no use.
    let orphan = page.continued && this.#begun.length === 0;
    const packets: Uint8Array[] = [];
    const { bytes } = page;
    const segments = bytes[26]!;
    let start = HEADER_BYTES + segments;
    let end = start;
    for (let i = 0; i < segments; i++) {
      const lacing = bytes[HEADER_BYTES + i]!;
      end += lacing;
      if (lacing === 255) continue;
      if (!orphan) packets.push(this.#finish(bytes.subarray(start, end)));
      orphan = false;
      start = end;
    }
    if (end > start && !orphan) this.#begun.push(bytes.slice(start, end));
    return { packets, missing };
  }

  #finish(tail: Uint8Array): Uint8Array {
    if (this.#begun.length === 0) return tail;
    const packet = Buffer.concat([...this.#begun, tail]);
    this.#begun = [];
    return packet;
  }
}
