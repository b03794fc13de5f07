import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeAudio, type AudioSource, type DecodeOptions } from '../../../src/audio/index.ts';
import { UndertoneError, type ErrorCode } from '../../../src/errors.ts';
import { FIXTURES } from '../../helpers/audio-damage.ts';
import { speechLike } from '../../helpers/audio-signal.ts';
import { bytesOf, encodeAiff, encodeWav, uint } from '../../helpers/audio-writers.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'undertone-audio-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function errorOf(source: AudioSource, options?: DecodeOptions): Promise<UndertoneError> {
  try {
    await decodeAudio(source, options);
  } catch (error) {
    if (error instanceof UndertoneError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const stereo = speechLike(16_000, 2, 0.1);
const wav = encodeWav(stereo, 16_000);

function patched(at: number, part: Uint8Array): Uint8Array {
  const copy = wav.slice();
  copy.set(part, at);
  return copy;
}

test('one channel is delivered alone; one that is not there is named', async () => {
  const [left, right] = stereo;
  for (const [channel, expected] of [left!, right!].entries()) {
    const { samples } = await decodeAudio(wav, { sampleRateHz: 'native', channel });
    expect(samples).toHaveLength(expected.length);
    samples.forEach((sample, at) => {
      expect(Math.abs(sample - expected[at]!)).toBeLessThan(1e-4);
    });
  }
  for (const channel of [2, -1, 0.5, NaN]) {
    expect(await errorOf(wav, { name: 'call', channel })).toMatchObject({
      code: 'AUDIO_NO_SUCH_CHANNEL',
      subject: 'call',
    });
  }
});

describe('bytes that are no recording', () => {
  const cases: [string, Uint8Array, ErrorCode, RegExp][] = [
    ['nothing', new Uint8Array(0), 'AUDIO_EMPTY', /no bytes/],
    ['a text', bytesOf('Dear Sir or Madam,\nplease find attached'), 'AUDIO_UNKNOWN_FORMAT', /a text file/],
    ['a PNG', bytesOf('\x89PNG\r\n\x1a\n', new Uint8Array(100)), 'AUDIO_UNKNOWN_FORMAT', /a PNG image/],
    ['a JPEG', bytesOf('\xff\xd8\xff\xe0', new Uint8Array(100)), 'AUDIO_UNKNOWN_FORMAT', /a JPEG image/],
    ['zeros', new Uint8Array(100_000), 'AUDIO_UNKNOWN_FORMAT', /unknown format/],
    ['one byte', Uint8Array.of(82), 'AUDIO_UNKNOWN_FORMAT', /./],
    ['half a WAV header', wav.slice(0, 30), 'AUDIO_DAMAGED', /ends inside its fmt chunk/],
    ['a WAV header alone', wav.slice(0, 44), 'AUDIO_EMPTY', /no sound/],
    [
      'a WAV of no samples',
      encodeWav([new Float32Array(0)], 16_000, { after: [['LIST', new Uint8Array(4)]] }),
      'AUDIO_EMPTY',
      /no sound/,
    ],
    ['a WAV without data', encodeWav([new Float32Array(0)], 16_000).slice(0, 36), 'AUDIO_DAMAGED', /no data chunk/],
    ['a WAV whose fmt claims 2 GB', patched(16, uint(2 ** 31, 4)), 'AUDIO_DAMAGED', /inside another chunk/],
    ['a WAV of no channels', patched(22, uint(0, 2)), 'AUDIO_DAMAGED', /0 channels/],
    ['a WAV of 65,535 channels', patched(22, uint(65_535, 2)), 'AUDIO_DAMAGED', /65535 channels/],
    ['a WAV of 4 GHz', patched(24, uint(4e9, 4)), 'AUDIO_INVALID_RATE', /4000000000 Hz/],
    ['a WAV of 0 Hz', patched(24, uint(0, 4)), 'AUDIO_INVALID_RATE', /0 Hz/],
    ['a WAV of ADPCM', patched(20, uint(2, 2)), 'AUDIO_UNSUPPORTED_CODEC', /format 0x2/],
    ['an AIFF header alone', encodeAiff(stereo, 16_000).slice(0, 60), 'AUDIO_DAMAGED', /ends/],
    ['an AIFF-C of MACE', encodeAiff(stereo, 16_000, { compression: 'MAC3' }), 'AUDIO_UNSUPPORTED_CODEC', /MAC3/],
    ['an ID3 tag alone', bytesOf('ID3\x04\0\0\0\0\0\x0a', new Uint8Array(10)), 'AUDIO_EMPTY', /ID3/],
    [
      'an ID3 tag that claims more',
      bytesOf('ID3\x04\0\0\x7f\x7f\x7f\x7f', new Uint8Array(500)),
      'AUDIO_DAMAGED',
      /ID3/,
    ],
    ['a FLAC header alone', bytesOf('fLaC'), 'AUDIO_DAMAGED', /ends inside its header/],
    ['the head of an Ogg page', bytesOf('OggS\0\x02', new Uint8Array(10)), 'AUDIO_DAMAGED', /header/],
    ['the head of a WebM', bytesOf('\x1a\x45\xdf\xa3\x84abcd'), 'AUDIO_DAMAGED', /list of tracks/],
    ['the head of an MP4', bytesOf('\0\0\0\x14ftypM4A \0\0\0\0M4A '), 'AUDIO_EMPTY', /no sound track/],
  ];
  test.each(cases)('%s', async (_what, bytes, code, problem) => {
    const error = await errorOf(bytes, { name: 'upload-17' });
    expect(error.code).toBe(code);
    expect(error.subject).toBe('upload-17');
    expect(error.message).toMatch(/^upload-17: /);
    expect(error.problem).toMatch(problem);
    expect(error.remedy.length).toBeGreaterThan(10);
  });
});

describe('sources that cannot be read', () => {
  test('a missing file', async () => {
    const path = join(folder, 'missing.wav');
    expect(await errorOf(path)).toMatchObject({ code: 'AUDIO_NOT_FOUND', subject: path });
    expect(await errorOf(path, { name: 'voice' })).toMatchObject({ subject: 'voice' });
  });

  test('a folder', async () => {
    expect(await errorOf(folder)).toMatchObject({ code: 'AUDIO_IS_DIRECTORY', subject: folder });
  });

  (process.getuid?.() === 0 ? test.skip : test)('a file without permission (root may read all)', async () => {
    const path = join(folder, 'secret.wav');
    writeFileSync(path, wav);
    chmodSync(path, 0);
    expect(await errorOf(path)).toMatchObject({ code: 'AUDIO_UNREADABLE', subject: path });
  });

  test('a URL of the web', async () => {
    expect(await errorOf(new URL('https://example.org/a.wav'))).toMatchObject({ code: 'AUDIO_UNREADABLE' });
  });

  test('a stream that breaks off, and one of text', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(wav.slice(0, 1000));
      throw new Error('connection reset');
    }
    const error = await errorOf(broken(), { name: 'call' });
    expect(error).toMatchObject({ code: 'AUDIO_UNREADABLE', subject: 'call', retryable: true });
    expect(error.cause).toMatchObject({ message: 'connection reset' });
    async function* text(): AsyncGenerator {
      yield await Promise.resolve('RIFF');
    }
    expect(await errorOf(text() as AsyncGenerator<Uint8Array>)).toMatchObject({ code: 'AUDIO_UNREADABLE' });
  });
});

describe('options', () => {
  test('a recording longer than maxDurationMs is refused, one as long is not', async () => {
    expect(await errorOf(wav, { maxDurationMs: 99 })).toMatchObject({ code: 'AUDIO_TOO_LARGE', subject: 'audio' });
    expect((await decodeAudio(wav, { maxDurationMs: 100 })).samples.length).toBe(1600);
  });

  test('an impossible rate is refused', async () => {
    expect(await errorOf(wav, { sampleRateHz: 10 })).toMatchObject({ code: 'AUDIO_INVALID_RATE' });
  });
});

describe('recordings that are damaged but not lost', () => {
  test('a header that claims 2 GB gives what is there', async () => {
    const { samples, warnings } = await decodeAudio(encodeWav(stereo, 16_000, { claimedBytes: 2 ** 31 }));
    expect(samples.length).toBe(1600);
    expect(warnings.map(({ code }) => code)).toEqual(['truncated']);
  });

  test.each(['44100-2-16.flac', '44100-2.cbr.mp3', '48000-2.opus.webm', '44100-2.adts.aac'])(
    'noise in the middle of %s costs a part of it',
    async (name) => {
      const bytes = new Uint8Array(readFileSync(join(FIXTURES, name)));
      const whole = await decodeAudio(bytes);
      const middle = Math.floor(bytes.length / 2);
      bytes.set(
        Uint8Array.from({ length: 50 }, (_, i) => (i * 97) % 256),
        middle,
      );
      const { samples, warnings } = await decodeAudio(bytes);
      expect(samples.length).toBeGreaterThan(0.3 * whole.samples.length);
      // Codecs without checksums may decode the noise.
      if (name.endsWith('flac')) expect(warnings.map(({ code }) => code)).toContain('damaged');
    },
  );

  test('MP3 frames are found behind junk and before a tag', async () => {
    const mp3 = readFileSync(join(FIXTURES, '44100-2.cbr.mp3'));
    const whole = await decodeAudio(mp3);
    const { samples, warnings } = await decodeAudio(bytesOf(new Uint8Array(1000), mp3, 'TAG', new Uint8Array(125)));
    expect(samples).toEqual(whole.samples);
    expect(warnings).toEqual([]);
  });

  test('an Ogg page whose checksum is wrong is left out, the rest is decoded', async () => {
    const ogg = readFileSync(join(FIXTURES, '16000-1.opus.ogg'));
    const { samples } = await decodeAudio(ogg);
    const damaged = bytesOf(ogg, ogg);
    damaged[ogg.length - 100]! ^= 1;
    const { samples: rest, warnings } = await decodeAudio(damaged);
    expect(warnings.map(({ code }) => code)).toContain('damaged');
    expect(rest.length).toBeGreaterThanOrEqual(samples.length);
    expect(rest.slice(-samples.length)).toEqual(samples);
  });

  test('two Opus recordings in one file follow each other', async () => {
    const ogg = readFileSync(join(FIXTURES, '16000-1.opus.ogg'));
    const { samples } = await decodeAudio(ogg);
    const twice = await decodeAudio(bytesOf(ogg, ogg));
    expect(twice.warnings).toEqual([]);
    expect(twice.samples.length).toBe(2 * samples.length);
    expect(twice.samples.slice(samples.length)).toEqual(samples);
  });
});
