/** Tables for checksums that run from the highest bit down, as FLAC and Ogg use them. */
function table(polynomial: number, bits: 8 | 16 | 32): Uint32Array {
  const top = 2 ** (bits - 1);
  const mask = 2 ** bits - 1;
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << (bits - 8);
    for (let i = 0; i < 8; i++) crc = (crc & top) === 0 ? crc << 1 : (crc << 1) ^ polynomial;
    return crc & mask;
  });
}

const CRC8 = table(0x07, 8);
const CRC16 = table(0x8005, 16);
const CRC32 = table(0x04c11db7, 32);

/** The CRC-8 of a FLAC frame's header (RFC 9639 section 9.1.8). */
export function crc8(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let i = from; i < to; i++) crc = CRC8[crc ^ bytes[i]!]!;
  return crc;
}

/** The CRC-16 of a FLAC frame (RFC 9639 section 9.3), carried on from `crc`. */
export function crc16(bytes: Uint8Array, from: number, to: number, crc = 0): number {
  for (let i = from; i < to; i++) crc = ((crc << 8) & 0xffff) ^ CRC16[(crc >> 8) ^ bytes[i]!]!;
  return crc;
}

/** The CRC-32 of an Ogg page (RFC 3533 section 6), carried on from `crc`. */
export function crc32(bytes: Uint8Array, from: number, to: number, crc = 0): number {
  for (let i = from; i < to; i++) crc = (crc << 8) ^ CRC32[(crc >>> 24) ^ bytes[i]!]!;
  return crc >>> 0;
}
