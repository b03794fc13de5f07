import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  decodeAlaw,
  decodeAlawInt16,
  decodeMulaw,
  decodeMulawInt16,
  encodeAlaw,
  encodeMulaw,
} from '../../../src/audio/g711.ts';

const CODES = Uint8Array.from({ length: 256 }, (_, code) => code);
const SAMPLES = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

/**
 * The positive half of a law as ITU-T Rec. G.711 tabulates it: each segment's first decision value and its 16 equal
 * steps, in units of the law (`unit` 16-bit steps: 14 bits for mu-law, 13 for A-law); and the code of the lowest interval.
 */
const LAWS = [
  {
    name: 'mu-law (table 2a)',
    encode: encodeMulaw,
    decode: decodeMulaw,
    decodeInt16: decodeMulawInt16,
    unit: 4,
    // Segment 1 begins with the half interval 0..1, whose quantized value is 0.
    decisions: [
      [0, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29],
      ...[31, 95, 223, 479, 991, 2_015, 4_063].map((first, i) => segment(first, 4 * 2 ** i)),
    ].flat(),
    end: 8_159,
    codeOf: (interval: number) => 0xff - interval,
    signBit: 0x80,
    encodeHash: '90c29de505fb68e766118303bd552a16005dcf810873698bee1d8f3b247ce28c',
    decodeHash: '3dab54339e520bb2c924826e3b72a917a2b612e9fd12fc867500f1d983a75827',
  },
  {
    name: 'A-law (table 1a)',
    encode: encodeAlaw,
    decode: decodeAlaw,
    decodeInt16: decodeAlawInt16,
    unit: 8,
    decisions: [0, 32, 64, 128, 256, 512, 1_024, 2_048].flatMap((first, i) => segment(first, 2 ** Math.max(1, i))),
    end: 4_096,
    codeOf: (interval: number) => (0x80 + interval) ^ 0x55,
    signBit: 0x80,
    encodeHash: '38488f6fd710f4686360edc4d38639f96c491595ef93f8eb8d62d5e07ca6ce7b',
    decodeHash: 'e04788d110e58ff8c70c93b8480190d973e3b67876b6119abbaec766cc75c174',
  },
];

function segment(first: number, step: number): number[] {
  return Array.from({ length: 16 }, (_, i) => first + i * step);
}

describe.each(LAWS)('$name', (law) => {
  const { encode, decode, decodeInt16, decisions, unit, codeOf } = law;

  test('every interval between decision values has its code, and every code its quantized value', () => {
    expect(decisions).toHaveLength(128);
    decisions.forEach((low, interval) => {
      const high = decisions[interval + 1] ?? law.end;
      const code = codeOf(interval);
      const inside = Int16Array.of(low * unit, high * unit - 1);
      expect([...encode(inside)]).toEqual([code, code]);
      // A negative sample's magnitude is its bits' complement, as in the ITU's reference software.
      expect([...encode(inside.map((sample) => ~sample))]).toEqual([code ^ law.signBit, code ^ law.signBit]);
      const halfInterval = low === 0 && high === 1;
      const quantized = halfInterval ? 0 : ((low + high) / 2) * unit;
      expect(decodeInt16(Uint8Array.of(code))[0]).toBe(quantized);
      expect(decodeInt16(Uint8Array.of(code ^ law.signBit))[0]).toBe(quantized === 0 ? 0 : -quantized);
    });
  });

  test('all 65,536 samples and all 256 codes are what the reference software of ITU-T Rec. G.191 makes of them', () => {
    expect(sha256(encode(SAMPLES))).toBe(law.encodeHash);
    expect(sha256(new Uint8Array(decodeInt16(CODES).buffer))).toBe(law.decodeHash);
  });

  test('louder never decodes to quieter', () => {
    const decoded = decodeInt16(encode(SAMPLES));
    expect(decoded.findIndex((sample, i) => i > 0 && sample < decoded[i - 1]!)).toBe(-1);
  });

  test('a decoded code encodes to a code of the same value, as integer and as float', () => {
    const decoded = decodeInt16(CODES);
    expect(decodeInt16(encode(decoded))).toEqual(decoded);
    expect(decodeInt16(encode(decode(CODES)))).toEqual(decoded);
  });

  test('floats are the integers over 32,768', () => {
    expect(decode(CODES)).toEqual(Float32Array.from(decodeInt16(CODES), (sample) => sample / 32_768));
    expect(encode(Float32Array.from(SAMPLES, (sample) => sample / 32_768))).toEqual(encode(SAMPLES));
  });

  test('floats beyond full scale are clipped, and NaN is silence', () => {
    const [loudest, quietest] = [encode(Int16Array.of(32_767))[0], encode(Int16Array.of(-32_768))[0]];
    expect([...encode(Float32Array.of(1, 2, Infinity))]).toEqual([loudest, loudest, loudest]);
    expect([...encode(Float32Array.of(-1, -2, -Infinity))]).toEqual([quietest, quietest, quietest]);
    expect(encode(Float32Array.of(NaN))).toEqual(encode(Float32Array.of(0)));
  });

  test('writes into the array given, and refuses one that is too short', () => {
    const [floats, integers, bytes] = [new Float32Array(300).fill(7), new Int16Array(256), new Uint8Array(256)];
    expect(decode(CODES, floats)).toBe(floats);
    expect(floats.subarray(256).every((sample) => sample === 7)).toBe(true);
    expect(decodeInt16(CODES, integers)).toBe(integers);
    expect(encode(integers, bytes)).toBe(bytes);
    expect(() => decode(CODES, new Float32Array(255))).toThrow(RangeError);
    expect(() => encode(integers, new Uint8Array(255))).toThrow(RangeError);
  });
});

test.each([
  ['mu-law', decodeMulawInt16, [0x00, 0x7f, 0x80, 0xff, 0x0f, 0xf0], [-32_124, 0, 32_124, 0, -16_764, 120]],
  ['A-law', decodeAlawInt16, [0x2a, 0x55, 0xaa, 0xd5, 0x54, 0xd4], [-32_256, -8, 32_256, 8, -24, 24]],
] as const)('%s extremes, zeros and a middle', (_, decodeInt16, codes, samples) => {
  expect([...decodeInt16(Uint8Array.from(codes))]).toEqual([...samples]);
});
