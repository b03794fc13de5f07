import { expect, test } from '@jest/globals';
import { isStillEncrypted, rtpHeader, SpeakerLine } from '../src/voice/packets.ts';

const datagram = (length: number, first = 0x90, type = 0x78): Buffer => {
  const buffer = Buffer.alloc(length, 7);
  buffer[0] = first;
  buffer[1] = type;
  buffer.writeUInt16BE(65_535, 2);
  buffer.writeUInt32BE(4_294_967_000, 4);
  buffer.writeUInt32BE(222, 8);
  return buffer;
};

test('a header is read; what is no packet of Opus has none', () => {
  expect(rtpHeader(datagram(40))).toEqual({ sequence: 65_535, timestamp: 4_294_967_000, ssrc: 222 });
  expect(rtpHeader(datagram(40, 0x90, 0xf8))).toBeDefined(); // the marker bit
  for (const other of [datagram(12), datagram(40, 0x10), datagram(40, 0x90, 0x48)])
    expect(rtpHeader(other)).toBeUndefined();
  // The library itself would throw for these, and end the process.
  for (const length of [0, 1, 9, 10, 11]) expect(rtpHeader(Buffer.alloc(length, 0x90))).toBeUndefined();
});

test('a payload that is still encrypted end to end is told from Opus', () => {
  const sealed = Uint8Array.from([...Array<number>(40).fill(1), 12, 0xfa, 0xfa]);
  expect(isStillEncrypted(sealed)).toBe(true);
  expect(isStillEncrypted(sealed.subarray(0, -1))).toBe(false);
  expect(isStillEncrypted(Uint8Array.of(0xf8, 0xff, 0xfe))).toBe(false);
  // A size that is none: Opus that happens to end so.
  expect(isStillEncrypted(Uint8Array.from([...Array<number>(40).fill(1), 200, 0xfa, 0xfa]))).toBe(false);
});

test('packets of one source keep their numbers', () => {
  const line = new SpeakerLine();
  expect(line.place({ ssrc: 1, sequence: 65_535, timestamp: 4_294_967_000 }, 0)).toEqual({ sequence: 65_535, timestamp: 4_294_967_000 }); // prettier-ignore
  expect(line.place({ ssrc: 1, sequence: 0, timestamp: 664 }, 20)).toEqual({ sequence: 0, timestamp: 664 });
  expect(line.changes).toBe(0);
});

test('another source goes on where the first ended, after as long a pause', () => {
  const line = new SpeakerLine();
  line.place({ ssrc: 1, sequence: 10, timestamp: 9_600 }, 1_000);
  line.place({ ssrc: 1, sequence: 11, timestamp: 10_560 }, 1_020);
  // A late one is no later.
  line.place({ ssrc: 1, sequence: 9, timestamp: 8_640 }, 1_025);
  expect(line.place({ ssrc: 2, sequence: 40_000, timestamp: 3_000_000_000 }, 1_120)).toEqual({ sequence: 16, timestamp: 10_560 + 4_800 }); // prettier-ignore
  expect(line.place({ ssrc: 2, sequence: 40_001, timestamp: 3_000_000_960 }, 1_140)).toEqual({ sequence: 17, timestamp: 10_560 + 5_760 }); // prettier-ignore
  expect(line.changes).toBe(1);
});
