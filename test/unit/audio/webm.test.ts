import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeAudio } from '../../../src/audio/index.ts';
import { readBlock } from '../../../src/audio/matroska-blocks.ts';
import { FIXTURES } from '../../helpers/audio-damage.ts';
import { bytesOf } from '../../helpers/audio-writers.ts';

const SEGMENT = Buffer.from('18538067', 'hex');
const CLUSTER = Buffer.from('1f43b675', 'hex');

/** Leaves an element's size open, as a live stream does: all ones behind the mark of its length. */
function leaveOpen(bytes: Buffer, id: Buffer): void {
  const at = bytes.indexOf(id) + id.length;
  const length = Math.clz32(bytes[at]!) - 23;
  bytes.fill(0xff, at, at + length);
  bytes[at] = 2 ** (9 - length) - 1;
}

describe('Matroska blocks (RFC 9559 section 10)', () => {
  const [a, b, c] = [new Uint8Array(300).fill(1), new Uint8Array(510).fill(2), new Uint8Array(7).fill(3)];
  const head = (flags: number) => Uint8Array.of(0x82, 0, 0, flags);

  test('one packet without lacing', () => {
    expect(readBlock(bytesOf(head(0x80), c))).toEqual({ track: 2, packets: [c] });
  });

  test('Xiph lacing: sizes as sums of bytes', () => {
    const block = bytesOf(head(2), Uint8Array.of(2, 255, 45, 255, 255, 0), a, b, c);
    expect(readBlock(block)?.packets).toEqual([a, b, c]);
  });

  test('EBML lacing: a size and a difference (510 - 300 = 210)', () => {
    const size = 0x4000 | 300;
    const difference = 0x4000 | (210 + 8191);
    const sizes = Uint8Array.of(2, size >> 8, size & 255, difference >> 8, difference & 255);
    expect(readBlock(bytesOf(head(6), sizes, a, b, c))?.packets).toEqual([a, b, c]);
  });

  test('fixed-size lacing', () => {
    expect(readBlock(bytesOf(head(4), Uint8Array.of(1), c, c))?.packets).toEqual([c, c]);
  });

  test('sizes beyond the block make no sense', () => {
    expect(readBlock(bytesOf(head(2), Uint8Array.of(1, 200), c))).toBeUndefined();
    expect(readBlock(bytesOf(head(2), Uint8Array.of(200)))).toBeUndefined();
    expect(readBlock(Uint8Array.of(0x82, 0))).toBeUndefined();
  });
});

test('sizes left open, as browsers record, change nothing', async () => {
  const bytes = readFileSync(join(FIXTURES, '48000-2.opus.webm'));
  const { samples } = await decodeAudio(bytes);
  leaveOpen(bytes, SEGMENT);
  leaveOpen(bytes, CLUSTER);
  const open = await decodeAudio(bytes);
  expect(open.samples).toEqual(samples);
  expect(open.warnings).toEqual([]);
});
