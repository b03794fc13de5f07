import { describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { decodeAudio, type AudioSource } from '../../../src/audio/index.ts';
import { FIXTURES, fixtureNames } from '../../helpers/audio-damage.ts';
import { bestLag, correlation, mean, speechLike } from '../../helpers/audio-signal.ts';
import { encodeAiff, encodeWav, type WavOptions, type WrittenEncoding } from '../../helpers/audio-writers.ts';

/** Largest difference that an encoding may make to a sample. */
const STEP: Record<WrittenEncoding, number> = {
  u8: 2 ** -8,
  s8: 2 ** -8,
  s16: 2 ** -16,
  s24: 2 ** -23,
  s32: 2 ** -23,
  f32: 0,
  f64: 0,
  mulaw: 0.032,
  alaw: 0.032,
};

async function expectExact(source: AudioSource, rate: number, channels: number, codec: string, step: number) {
  const original = mean(speechLike(rate, channels, 0.25));
  const { samples, info, warnings, sampleRateHz } = await decodeAudio(source, { sampleRateHz: 'native' });
  expect({ info, warnings, sampleRateHz }).toMatchObject({
    info: { sampleRateHz: rate, channels, codec },
    warnings: [],
    sampleRateHz: rate,
  });
  expect(samples.length).toBe(original.length);
  const error = samples.reduce((worst, sample, i) => Math.max(worst, Math.abs(sample - original[i]!)), 0);
  expect(error).toBeLessThanOrEqual(step + 1e-7);
}

describe('WAV and AIFF give back what was written', () => {
  const wavs: [WrittenEncoding, number, number, string, WavOptions][] = [
    ['u8', 8000, 1, 'pcm_u8', {}],
    ['s16', 8000, 2, 'pcm_s16le', {}],
    ['s16', 44100, 1, 'pcm_s16le', { before: [['FLLR', new Uint8Array(4044)]] }],
    [
      's16',
      16000,
      2,
      'pcm_s16le',
      {
        before: [
          ['bext', new Uint8Array(603)],
          ['LIST', new Uint8Array(27)],
        ],
      },
    ],
    ['s16', 16000, 1, 'pcm_s16le', { before: [['odd ', new Uint8Array(5)]], padOddChunks: false }],
    ['s16', 22050, 2, 'pcm_s16le', { after: [['LIST', new Uint8Array(26)]] }],
    ['s16', 48000, 2, 'pcm_s16be', { form: 'RIFX' }],
    ['s24', 96000, 2, 'pcm_s24le', { extensible: true }],
    ['s24', 44100, 3, 'pcm_s24le', { form: 'RF64' }],
    ['s24', 16000, 1, 'pcm_s24be', { form: 'RIFX' }],
    ['s32', 48000, 1, 'pcm_s32le', {}],
    ['f32', 16000, 2, 'pcm_f32le', { extensible: true }],
    ['f64', 192000, 1, 'pcm_f64le', {}],
    ['mulaw', 8000, 1, 'pcm_mulaw', {}],
    ['alaw', 8000, 2, 'pcm_alaw', {}],
    ['s16', 16000, 1, 'pcm_s16le', { claimedBytes: 0 }],
    ['s16', 16000, 2, 'pcm_s16le', { claimedBytes: 0xffffffff }],
  ];
  test.each(wavs)('WAV %s at %i Hz, %i channels, %s %p', async (encoding, rate, channels, codec, options) => {
    const wav = encodeWav(speechLike(rate, channels, 0.25), rate, { ...options, encoding });
    await expectExact(wav, rate, channels, codec, STEP[encoding]);
  });

  const aiffs: [WrittenEncoding, string | undefined, number, number, string][] = [
    ['s8', undefined, 8000, 1, 'pcm_s8'],
    ['s16', undefined, 44100, 2, 'pcm_s16be'],
    ['s24', undefined, 96000, 1, 'pcm_s24be'],
    ['s32', 'NONE', 48000, 2, 'pcm_s32be'],
    ['s16', 'sowt', 16000, 2, 'pcm_s16le'],
    ['f32', 'fl32', 22050, 1, 'pcm_f32be'],
    ['f64', 'FL64', 16000, 2, 'pcm_f64be'],
    ['mulaw', 'ulaw', 8000, 1, 'pcm_mulaw'],
    ['alaw', 'ALAW', 8000, 2, 'pcm_alaw'],
  ];
  test.each(aiffs)(
    'AIFF %s, compression %s, at %i Hz, %i channels',
    async (encoding, compression, rate, channels, codec) => {
      const options = compression === undefined ? { encoding } : { encoding, compression };
      const aiff = encodeAiff(speechLike(rate, channels, 0.25), rate, options);
      await expectExact(aiff, rate, channels, codec, STEP[encoding]);
    },
  );
});

describe('the encoded fixtures give back the signal that they were made of', () => {
  test.each(fixtureNames())('%s', async (name) => {
    const [, rate, channels, ending] = /^(\d+)-(\d)[.-](.*)$/.exec(name)!;
    const { samples, info, warnings } = await decodeAudio(join(FIXTURES, name), { sampleRateHz: 'native' });
    // Opus runs at 48 kHz; the AAC decoder doubles low rates, as it does for HE-AAC.
    const nativeHz = ending!.startsWith('opus') ? 48000 : name === '22050-1.adts.aac' ? 44100 : Number(rate);
    expect(info).toMatchObject({ sampleRateHz: nativeHz, channels: Number(channels) });
    expect(warnings).toEqual([]);
    const original = mean(speechLike(nativeHz, Number(channels)));
    const lossless = ending!.includes('flac');
    const lag = bestLag(original, samples, lossless ? 5 : Math.round(0.01 * nativeHz));
    expect(Math.abs(lag)).toBeLessThanOrEqual(lossless ? 0 : 0.003 * nativeHz);
    expect(correlation(original, samples, lag)).toBeGreaterThan(lossless ? 0.9999 : 0.98);
    // A bare row of AAC frames does not say where the sound ends within the last one.
    const slack = ending === 'adts.aac' ? 1024 : lossless ? 0 : 0.003 * nativeHz;
    expect(Math.abs(samples.length - original.length)).toBeLessThanOrEqual(slack);
  });
});

describe('delivery', () => {
  test.each(fixtureNames())('%s comes at 16 kHz by default, as long as it is', async (name) => {
    const { samples, sampleRateHz } = await decodeAudio(join(FIXTURES, name));
    const original = mean(speechLike(16_000, Number(name.split(/[.-]/)[1])));
    expect(sampleRateHz).toBe(16_000);
    expect(Math.abs(samples.length - 16_000)).toBeLessThanOrEqual(name.endsWith('.aac') ? 400 : 50);
    expect(correlation(original, samples, bestLag(original, samples, 100))).toBeGreaterThan(0.97);
  });

  test('the mixdown is the mean of the channels, not one of them', async () => {
    const left = Float32Array.of(1, 0.5, -1);
    const right = Float32Array.of(0.5, 0.5, 1);
    const { samples } = await decodeAudio(encodeWav([left, right], 16_000, { encoding: 'f32' }));
    expect([...samples]).toEqual([0.75, 0.5, 0]);
  });

  test('samples that are no finite numbers become silence, with a warning', async () => {
    const channel = Float32Array.of(0.25, NaN, Infinity, -Infinity, 3e38, -0.25);
    const { samples, warnings } = await decodeAudio(encodeWav([channel], 16_000, { encoding: 'f32' }));
    expect([...samples]).toEqual([0.25, 0, 0, 0, 0, -0.25]);
    expect(warnings.map(({ code }) => code)).toEqual(['invalid-samples']);
  });
});
