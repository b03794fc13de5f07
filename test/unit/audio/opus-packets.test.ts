import { Worker } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { createOpusPacketDecoder, OPUS_RATES_HZ } from '../../../src/audio/opus-packets.ts';
import { encodeOpus } from '../../helpers/opus.ts';
import { seededRandom, sine } from '../../helpers/signals.ts';
import { fitTone, rms, toDecibels } from '../../helpers/tones.ts';

const HZ = 440;
const AMPLITUDE = 0.25;
const TONE = sine(HZ, 48_000, 48_000, AMPLITUDE);
const PACKETS = encodeOpus(TONE);
const DAMAGED = expect.objectContaining({ code: 'AUDIO_DAMAGED' });
/** Packets that break RFC 6716 section 3.4, each in its own way. */
const MALFORMED: [string, Uint8Array][] = [
  ['empty', new Uint8Array(0)],
  ['too large', new Uint8Array(100_000).fill(0x55)],
  ['two equal frames of an odd length', Uint8Array.of(0x79, 1, 2, 3)],
  ['a first frame longer than the packet', Uint8Array.of(0x7a, 200, 1, 2)],
  ['a frame count missing', Uint8Array.of(0x7b)],
  ['no frames', Uint8Array.of(0x7b, 0)],
  ['63 frames of 20 ms', Uint8Array.of(0xfb, 63, 1, 2, 3)],
  ['seven frames of 20 ms', Uint8Array.of(0xfb, 7, 1, 2, 3, 4, 5, 6, 7)],
];

function join(chunks: readonly Float32Array[]): Float32Array {
  return Float32Array.from(chunks.flatMap((chunk) => [...chunk]));
}

describe('decoding', () => {
  test.each(OPUS_RATES_HZ)('gives a tone back at %i Hz, a fiftieth of a second a packet', (sampleRateHz) => {
    const decoder = createOpusPacketDecoder({ sampleRateHz });
    const sound = PACKETS.map((packet) => decoder.decode(packet));
    for (const samples of sound) expect(samples).toHaveLength(sampleRateHz / 50);
    const fit = fitTone(join(sound), HZ, sampleRateHz, sampleRateHz / 10);
    expect(Math.abs(toDecibels(fit.amplitude / AMPLITUDE))).toBeLessThan(0.5);
    expect(toDecibels(fit.residual / AMPLITUDE)).toBeLessThan(-25);
  });

  test('mixes stereo down to the mean of its channels, or interleaves them', () => {
    const left = Float32Array.from({ length: 96_000 }, (_, i) => (i % 2 === 0 ? TONE[i / 2]! : 0));
    const packets = encodeOpus(left, { channels: 2, bitrate: 128_000 });
    const [mono, stereo] = [createOpusPacketDecoder(), createOpusPacketDecoder({ channels: 2 })];
    const mixed = join(packets.map((packet) => mono.decode(packet)));
    const both = join(packets.map((packet) => stereo.decode(packet)));
    expect(both).toHaveLength(2 * mixed.length);
    const amplitude = (samples: Float32Array) => fitTone(samples, HZ, 16_000, 1_600).amplitude / AMPLITUDE;
    expect(amplitude(mixed)).toBeCloseTo(0.5, 1);
    expect(amplitude(both.filter((_, i) => i % 2 === 0))).toBeCloseTo(1, 1);
    expect(amplitude(both.filter((_, i) => i % 2 === 1))).toBeCloseTo(0, 1);
  });

  test('the silence frame that Discord sends is 20 ms of zeros', () => {
    expect(createOpusPacketDecoder().decode(Uint8Array.of(0xf8, 0xff, 0xfe))).toEqual(new Float32Array(320));
  });

  test.each([2.5, 5, 10, 20, 40, 60])('a packet of %f ms has as many samples', (frameMs) => {
    const decoder = createOpusPacketDecoder();
    for (const packet of encodeOpus(TONE, { frameMs })) expect(decoder.decode(packet)).toHaveLength(16 * frameMs);
  });

  test('a packet may hold 120 ms', () => {
    expect(createOpusPacketDecoder().decode(Uint8Array.of(0xfb, 6, 1, 2, 3, 4, 5, 6))).toHaveLength(1_920);
  });

  test('arrays handed out stay as they are', () => {
    const decoder = createOpusPacketDecoder();
    const first = PACKETS.slice(0, 5).map((packet) => decoder.decode(packet));
    const kept = first.map((samples) => samples.slice());
    for (const packet of PACKETS.slice(5)) decoder.decode(packet);
    expect(first).toEqual(kept);
  });
});

describe('packets that are none', () => {
  test.each(MALFORMED)('%s: refused, and what follows decodes as if it had never come', (_, malformed) => {
    const [disturbed, calm] = [createOpusPacketDecoder(), createOpusPacketDecoder()];
    for (const packet of PACKETS) {
      expect(() => disturbed.decode(malformed)).toThrow(DAMAGED);
      expect(disturbed.decode(packet)).toEqual(calm.decode(packet));
    }
  });

  test('random bytes decode to some legal length or are refused, and the decoder finds back', () => {
    const [disturbed, calm] = [createOpusPacketDecoder(), createOpusPacketDecoder()];
    const random = seededRandom(11);
    let refused = 0;
    for (let i = 0; i < 3_000; i++) {
      const bytes = Uint8Array.from({ length: 1 + Math.floor(random() * 300) }, () => random() * 256);
      try {
        const samples = disturbed.decode(bytes);
        expect(samples.length % 40).toBe(0);
        expect(samples.length).toBeLessThanOrEqual(1_920);
        expect(samples.every((sample) => Math.abs(sample) <= 1)).toBe(true);
        expect(disturbed.conceal()).toHaveLength(samples.length);
      } catch (error) {
        expect(error).toEqual(DAMAGED);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(100);
    const difference = PACKETS.map((packet) => {
      const [a, b] = [disturbed.decode(packet), calm.decode(packet)];
      return rms(a.map((sample, i) => sample - b[i]!));
    });
    expect(Math.max(...difference.slice(25))).toBeLessThan(0.01 * AMPLITUDE);
  });
});

describe('concealment', () => {
  test('has nothing to guess from before the first packet', () => {
    expect(createOpusPacketDecoder().conceal()).toHaveLength(0);
  });

  test.each([10, 20, 60])('continues the sound of %i ms packets, then fades', (frameMs) => {
    const decoder = createOpusPacketDecoder();
    for (const packet of encodeOpus(TONE, { frameMs }).slice(0, 8)) decoder.decode(packet);
    const levels = Array.from({ length: 20 }, () => decoder.conceal()).map((samples) => {
      expect(samples).toHaveLength(16 * frameMs);
      return rms(samples) / (AMPLITUDE * Math.SQRT1_2);
    });
    expect(levels[0]).toBeGreaterThan(0.5);
    expect(levels.at(-1)).toBeLessThan(0.2);
  });

  test('fills a lost packet of several frames', () => {
    const decoder = createOpusPacketDecoder();
    decoder.decode(Uint8Array.of(0xfb, 6, 1, 2, 3, 4, 5, 6));
    expect(decoder.conceal()).toHaveLength(1_920);
  });
});

test('a rate that Opus does not decode to is refused', () => {
  const rate = 44_100 as unknown as 48_000;
  expect(() => createOpusPacketDecoder({ sampleRateHz: rate })).toThrow(
    expect.objectContaining({ code: 'AUDIO_INVALID_RATE' }),
  );
});

/** Decodes packets, again and again from the start, in a thread of its own. */
async function decodeInThread(rounds: number): Promise<Float32Array[]> {
  const code = `
    import { parentPort, workerData } from 'node:worker_threads';
    const { createOpusPacketDecoder } = await import(workerData.module);
    const sounds = Array.from({ length: workerData.rounds }, () => {
      const decoder = createOpusPacketDecoder();
      return Float32Array.from(workerData.packets.flatMap((packet) => [...decoder.decode(packet)]));
    });
    parentPort.postMessage(sounds);`;
  const module = new URL('../../../src/audio/opus-packets.ts', import.meta.url).href;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
    workerData: { module, packets: PACKETS, rounds },
  });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

test('threads that decode at the same time do not disturb each other', async () => {
  const decoder = createOpusPacketDecoder();
  const alone = Float32Array.from(PACKETS.flatMap((packet) => [...decoder.decode(packet)]));
  const threads = await Promise.all(Array.from({ length: 3 }, () => decodeInThread(40)));
  for (const sound of threads.flat()) expect(sound).toEqual(alone);
});
