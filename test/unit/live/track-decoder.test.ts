import { expect, test } from '@jest/globals';
import { resample } from '../../../src/audio/index.ts';
import { requireFormat } from '../../../src/live/packets.ts';
import { trackDecoders } from '../../../src/live/track-decoder.ts';
import { sine } from '../../helpers/signals.ts';

test.each([8_000, 12_000, 16_000, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000] as const)(
  'linear samples at %d Hz come out as they went in',
  (sampleRateHz) => {
    const format = { codec: 'l16', sampleRateHz } as const;
    requireFormat(format);
    const sound = sine(440, sampleRateHz / 2, sampleRateHz, 0.5);
    const bytes = new Uint8Array(Int16Array.from(sound, (sample) => Math.round(32_768 * sample)).buffer);
    const decoder = trackDecoders(format, 16_000)();
    const packet = (sampleRateHz / 50) * 2;
    const heard: number[] = [];
    for (let at = 0; at < bytes.length; at += packet) {
      const payload = bytes.subarray(at, at + packet);
      expect(decoder.duration(payload)).toBe(payload.length / 2);
      heard.push(...decoder.decode(payload));
    }
    const expected = resample(sound, sampleRateHz, 16_000);
    const compared = Math.min(heard.length, expected.length);
    expect(compared).toBeGreaterThan(7_000);
    for (let at = 0; at < compared; at += 97) expect(heard[at]).toBeCloseTo(expected[at]!, 3);
  },
);
