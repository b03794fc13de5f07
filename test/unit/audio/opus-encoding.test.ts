import { expect, test } from '@jest/globals';
import { createOpusPacketDecoder, encodeOpusPackets } from '../../../src/audio/index.ts';
import { sine } from '../../helpers/signals.ts';

test('what is encoded decodes to as much sound of the same pitch, each packet on its own memory', () => {
  const packets = encodeOpusPackets(sine(440, 4_900, 48_000, 0.5));
  expect(packets).toHaveLength(6); // 5 whole ones, and one that is filled up
  expect(new Set(packets.map(({ buffer }) => buffer)).size).toBe(6);
  const decoder = createOpusPacketDecoder({ sampleRateHz: 48_000 });
  const sound = packets.flatMap((packet) => [...decoder.decode(packet)]);
  expect(sound).toHaveLength(6 * 960);
  const crossings = sound.slice(1_000, 4_000).filter((sample, i, all) => i > 0 && sample >= 0 !== all[i - 1]! >= 0);
  expect(crossings.length).toBeGreaterThan(50);
  expect(crossings.length).toBeLessThan(60);
});

test('nothing is no packet', () => {
  expect(encodeOpusPackets(new Float32Array(0))).toEqual([]);
});
