/**
 * G.711, the codec of the telephone network (ITU-T Rec. G.711, 11/1988): 8-bit mu-law (North America, Japan) and A-law
 * (elsewhere). Both directions give bit for bit what the ITU's reference software gives (Rec. G.191, module G711).
 *
 * The widespread Sun g711.c, and libraries that descend from it, negate negative samples in two's complement where the
 * reference complements their bits. Decoding is the same; encoding differs by one code for the 127 negative samples of
 * each law that lie exactly on a decision value. We follow the ITU.
 */

/** A mu-law code's 14-bit magnitude is offset by this, so that each segment begins at a power of two (G.711, table 2). */
const MULAW_BIAS = 33;
const MULAW_LARGEST_BIASED = 0x1fff;
/** A-law codes travel with every other bit inverted (G.711, table 1a, note 3), so that silence is no run of zeros. */
const ALAW_TOGGLED_BITS = 0x55;

const MULAW_SAMPLES = Int16Array.from({ length: 256 }, (_, code) => expandMulaw(code));
const ALAW_SAMPLES = Int16Array.from({ length: 256 }, (_, code) => expandAlaw(code));

/**
 * Decodes mu-law to samples within -32124/32768..32124/32768.
 *
 * @param out - where to write; at least as long as `bytes`. Default: a new array
 * @throws RangeError when `out` is too short; so do all functions of this file
 */
export function decodeMulaw(bytes: Uint8Array, out: Float32Array = new Float32Array(bytes.length)): Float32Array {
  return look(bytes, MULAW_SAMPLES, out, 1 / 32_768);
}

/** Decodes mu-law to 16-bit samples: 14 significant bits, left-justified. */
export function decodeMulawInt16(bytes: Uint8Array, out = new Int16Array(bytes.length)): Int16Array {
  return look(bytes, MULAW_SAMPLES, out, 1);
}

/** Decodes A-law to samples within -32256/32768..32256/32768. */
export function decodeAlaw(bytes: Uint8Array, out: Float32Array = new Float32Array(bytes.length)): Float32Array {
  return look(bytes, ALAW_SAMPLES, out, 1 / 32_768);
}

/** Decodes A-law to 16-bit samples: 13 significant bits, left-justified. */
export function decodeAlawInt16(bytes: Uint8Array, out = new Int16Array(bytes.length)): Int16Array {
  return look(bytes, ALAW_SAMPLES, out, 1);
}

/** Encodes 16-bit samples, or floats where 1 is full scale (rounded to 16 bits, clipped; NaN is silence), as mu-law. */
export function encodeMulaw(samples: Float32Array | Int16Array, out = new Uint8Array(samples.length)): Uint8Array {
  return encode(samples, compressMulaw, out);
}

/** Encodes 16-bit samples, or floats where 1 is full scale (rounded to 16 bits, clipped; NaN is silence), as A-law. */
export function encodeAlaw(samples: Float32Array | Int16Array, out = new Uint8Array(samples.length)): Uint8Array {
  return encode(samples, compressAlaw, out);
}

function look<Out extends Float32Array | Int16Array>(
  bytes: Uint8Array,
  table: Int16Array,
  out: Out,
  scale: number,
): Out {
  requireRoom(bytes.length, out.length);
  for (let i = 0; i < bytes.length; i++) out[i] = table[bytes[i]!]! * scale;
  return out;
}

function encode(samples: Float32Array | Int16Array, compress: (sample: number) => number, out: Uint8Array): Uint8Array {
  requireRoom(samples.length, out.length);
  const scale = samples instanceof Int16Array ? 1 : 32_768;
  for (let i = 0; i < samples.length; i++) {
    const rounded = Math.round(samples[i]! * scale);
    // The bitwise operations of a compressor turn NaN into 0.
    out[i] = compress(Math.max(-32_768, Math.min(32_767, rounded)));
  }
  return out;
}

function requireRoom(needed: number, given: number): void {
  if (given < needed) throw new RangeError(`The output holds ${given} samples, ${needed} are needed.`);
}

/** A negative sample's magnitude is its bits' complement: -1 and 0 are the two zeros. */
function magnitude(sample: number): number {
  return sample < 0 ? ~sample : sample;
}

function compressMulaw(sample: number): number {
  const biased = Math.min((magnitude(sample) >> 2) + MULAW_BIAS, MULAW_LARGEST_BIASED);
  const segment = 26 - Math.clz32(biased);
  const code = (segment << 4) | ((biased >> (segment + 1)) & 0xf);
  return (sample < 0 ? 0x7f : 0xff) ^ code;
}

function expandMulaw(byte: number): number {
  const code = ~byte & 0x7f;
  const segment = code >> 4;
  // The middle of the interval: the leading one, the four bits of the code, and a half.
  const biased = (33 + 2 * (code & 0xf)) << segment;
  return (biased - MULAW_BIAS) * (byte < 0x80 ? -4 : 4);
}

function compressAlaw(sample: number): number {
  const level = magnitude(sample) >> 4;
  const segment = Math.max(0, 28 - Math.clz32(level));
  const code = (segment << 4) | ((level >> Math.max(0, segment - 1)) & 0xf);
  return (sample < 0 ? code : code | 0x80) ^ ALAW_TOGGLED_BITS;
}

function expandAlaw(byte: number): number {
  const code = (byte ^ ALAW_TOGGLED_BITS) & 0x7f;
  const segment = code >> 4;
  const middle = 2 * (code & 0xf) + 1;
  const level = segment === 0 ? middle : (middle + 32) << (segment - 1);
  return level * (byte < 0x80 ? -8 : 8);
}
