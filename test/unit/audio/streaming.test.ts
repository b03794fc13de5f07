import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { decodeAudio, openAudio } from '../../../src/audio/index.ts';
import { FIXTURES, fixtureNames } from '../../helpers/audio-damage.ts';
import { speechLike } from '../../helpers/audio-signal.ts';
import { seededRandom } from '../../helpers/signals.ts';
import { encodeAiff, encodeWav } from '../../helpers/audio-writers.ts';

const OPTIONS = { sampleRateHz: 'native' } as const;

/** Feeds `bytes` in pieces of random sizes, always in one array that is overwritten afterwards. */
async function* pieces(bytes: Uint8Array, seed: number, largest: number): AsyncGenerator<Uint8Array> {
  const random = seededRandom(seed);
  for (let at = 0; at < bytes.length;) {
    const piece = bytes.slice(at, at + Math.floor(random() * largest));
    at += piece.length;
    yield await Promise.resolve(piece);
    piece.fill(0xaa);
  }
}

function recordings(): [string, Uint8Array][] {
  const stereo = speechLike(22_050, 2);
  return [
    ...fixtureNames().map((name): [string, Uint8Array] => [name, new Uint8Array(readFileSync(join(FIXTURES, name)))]),
    ['s24.wav', encodeWav(stereo, 22_050, { encoding: 's24', before: [['LIST', new Uint8Array(9001)]] })],
    ['s16.aiff', encodeAiff(stereo, 22_050)],
  ];
}

async function openedFiles(path: string): Promise<number> {
  const links = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  );
  return links.filter((link) => link === path).length;
}

describe('a stream gives what the whole gives', () => {
  test.each(recordings())('%s in pieces of random sizes', async (_name, bytes) => {
    const whole = await decodeAudio(bytes, OPTIONS);
    for (const largest of [100, 3000, 70_000]) {
      const streamed = await decodeAudio(pieces(bytes, largest, largest), OPTIONS);
      expect(streamed.info).toEqual(whole.info);
      expect(streamed.warnings).toEqual([]);
      expect(Buffer.from(streamed.samples.buffer).equals(Buffer.from(whole.samples.buffer))).toBe(true);
    }
  });

  test('a path, its URL, a Node stream and a web stream are the same recording', async () => {
    const path = join(FIXTURES, '16000-1.opus.ogg');
    const { samples } = await decodeAudio(path);
    const bytes = readFileSync(path);
    for (const source of [pathToFileURL(path), Readable.from([bytes]), new Blob([bytes]).stream()]) {
      expect((await decodeAudio(source)).samples).toEqual(samples);
    }
  });

  test('chunks belong to the reader', async () => {
    const wav = encodeWav(speechLike(16_000, 1, 20), 16_000);
    const chunks: Float32Array[] = [];
    const copies: Float32Array[] = [];
    for await (const chunk of await openAudio(wav)) {
      chunks.push(chunk);
      copies.push(chunk.slice());
    }
    expect(chunks.length).toBeGreaterThan(3);
    expect(chunks).toEqual(copies);
  });
});

test('twenty minutes of stereo WAV take no more memory than the first', () => {
  const program = join(import.meta.dirname, '../../helpers/audio-memory-run.ts');
  const output = execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', program, '20']);
  const measured = JSON.parse(output.toString()) as { seconds: number; earlyBytes: number; peakBytes: number };
  expect(measured.seconds).toBe(1200);
  expect(measured.peakBytes).toBeLessThan(200 * 2 ** 20);
  // Kept whole, the sound alone would be 200 MB more.
  expect(measured.peakBytes - measured.earlyBytes).toBeLessThan(50 * 2 ** 20);
}, 60_000);

describe('stopping early', () => {
  const path = join(FIXTURES, '44100-2-16.flac');

  test.each(fixtureNames())('%s: leaving the loop closes the file', async (name) => {
    const file = join(FIXTURES, name);
    const stream = await openAudio(file);
    expect(await openedFiles(file)).toBe(process.platform === 'linux' ? 1 : 0);
    for await (const chunk of stream) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(await openedFiles(file)).toBe(0);
  });

  test('close() closes a file that was never read, twice if need be', async () => {
    const stream = await openAudio(path);
    await stream.close();
    await stream.close();
    expect(await openedFiles(path)).toBe(0);
    for await (const chunk of stream) expect(chunk).toBeUndefined();
  });

  test('an error closes the file', async () => {
    await expect(decodeAudio(path, { maxDurationMs: 1 })).rejects.toMatchObject({ code: 'AUDIO_TOO_LARGE' });
    await expect(openAudio(import.meta.filename)).rejects.toMatchObject({ code: 'AUDIO_UNKNOWN_FORMAT' });
    expect(await openedFiles(path)).toBe(0);
    expect(await openedFiles(import.meta.filename)).toBe(0);
  });

  test('leaving the loop ends the source stream', async () => {
    let ended = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        yield encodeWav(speechLike(16_000, 1), 16_000, { claimedBytes: 0xffffffff });
        for (;;) yield await Promise.resolve(new Uint8Array(100_000));
      } finally {
        ended = true;
      }
    }
    for await (const chunk of await openAudio(endless())) if (chunk.length > 0) break;
    expect(ended).toBe(true);
  });

  test('an aborted signal ends decoding with its reason', async () => {
    const reason = new Error('enough');
    await expect(decodeAudio(path, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const stream = await openAudio(encodeWav(speechLike(16_000, 1, 30), 16_000), { signal: controller.signal });
    const reading = (async () => {
      for await (const chunk of stream) if (chunk.length > 0) controller.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
  });

  test('an aborted signal ends waiting for a source that is silent', async () => {
    const controller = new AbortController();
    const silent: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          setImmediate(() => {
            controller.abort();
          });
          return new Promise(() => undefined);
        },
      }),
    };
    await expect(openAudio(silent, { signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' });
  });
});
