import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeAudio } from '../../../src/audio/index.ts';
import { ClipFeatures, hearingSchema } from '../../../src/predictor/index.ts';
import { HeardCopies, heardSettingsSchema, throughChannel } from '../../../src/training/augmentation/index.ts';
import { derivedRandom } from '../../../src/training/random.ts';
import { userCacheFolder } from '../../../src/training/cache-folder.ts';
import { FeatureBank, type BankEntry, type FeatureBankOptions } from '../../../src/training/feature-bank.ts';
import { encodeWav } from '../../helpers/audio-writers.ts';
import { buzz } from '../../helpers/signals.ts';

const input = hearingSchema.parse({});
let folder: string;
let cacheFolder: string;
let entries: BankEntry[];
let warnings: string[];

/** A bank of the recordings, on this thread, with its cache in the folder of the test. */
const openBank = (options: Partial<FeatureBankOptions> = {}): Promise<FeatureBank> =>
  FeatureBank.open({ entries, input, cacheFolder, onWarning: (message) => warnings.push(message), ...options });

async function writeRecording(name: string, pitchHz: number): Promise<BankEntry> {
  const path = join(folder, name);
  await writeFile(path, encodeWav([buzz(0.6, 16_000, { pitchHz })], 16_000));
  return { path };
}

const never = { probability: 0 };
const NOTHING = { speed: never, reverberation: never, noise: never, gain: never, opus: never, g711: never };

const pitches = [110, 140, 180, 220];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'undertone-bank-'));
  entries = await Promise.all(pitches.map((pitchHz) => writeRecording(`${pitchHz}.wav`, pitchHz)));
});

beforeEach(async () => {
  warnings = [];
  cacheFolder = await mkdtemp(join(folder, 'cache-'));
});

afterAll(() => rm(folder, { recursive: true }));

const samplesOf = async (index: number): Promise<Float32Array> => (await decodeAudio(entries[index]!.path)).samples;

/** The largest difference to half precision's own error. */
function expectHalfOf(data: Float16Array, expected: Float32Array): void {
  expect(data).toHaveLength(expected.length);
  expect(data.every((value, i) => Math.abs(value - expected[i]!) <= Math.abs(expected[i]!) * 2 ** -11 + 1e-7)).toBe(
    true,
  );
}

/** All numbers of a bank. */
const numbersOf = (bank: FeatureBank): number[] =>
  entries.flatMap((_, index) =>
    Array.from({ length: bank.copies + 1 }, (_, copy) => Array.from(bank.matrix(index, copy).data)).flat(),
  );

/** The files of the cache. */
async function packs(): Promise<string[]> {
  const names = await readdir(cacheFolder, { recursive: true });
  return names.filter((name) => name.endsWith('.pack')).map((name) => join(cacheFolder, name));
}

describe('what a bank hears', () => {
  test('copy 0 is what the predictor hears in the recording', async () => {
    const bank = await openBank();
    const features = new ClipFeatures(input);
    for (const index of entries.keys()) {
      const expected = features.hear(await samplesOf(index));
      const { data, frames, dims } = bank.matrix(index);
      expect([frames, dims]).toEqual([expected.frames, 64]);
      expectHalfOf(data, expected.data);
    }
    expect(bank).toMatchObject({ dims: 64, copies: 0, failures: [], computed: 4 });
  });

  test('through a channel, copy 0 is the whole recording after the channel', async () => {
    const bank = await openBank({ hearing: 'g711' });
    const expected = new ClipFeatures(input).hear(throughChannel(await samplesOf(1), 'g711'));
    expectHalfOf(bank.matrix(1).data, expected.data);
  });

  test('the other copies are drawn: by the seed, the number of the copy and the recording, by nothing else', async () => {
    const bank = await openBank({ copies: 2, seed: 3, cacheFolder: null });
    const alone = await openBank({ entries: [entries[2]!], copies: 1, seed: 3, cacheFolder: null });
    const others = await openBank({ copies: 1, seed: 4, cacheFolder: null });
    expect(bank.matrix(2, 1)).toEqual(alone.matrix(0, 1));
    expect(bank.matrix(2, 1)).not.toEqual(bank.matrix(2, 2));
    expect(bank.matrix(2, 1)).not.toEqual(others.matrix(2, 1));
    expect(bank.matrix(2, 0)).toEqual(others.matrix(2, 0));
  });

  test('all recordings of a speaker are copied in the same way, but in noise that is never the same', async () => {
    const heard = heardSettingsSchema.parse({ speed: { probability: 1, factor: [0.7, 1.4] } });
    const framesOf = (bank: FeatureBank) => entries.map((_, index) => bank.matrix(index, 1).frames);
    const together = await openBank({ copies: 1, heard, entries: entries.map((one) => ({ ...one, speaker: 'one' })) });
    const apart = await openBank({ copies: 1, heard });
    expect(new Set(framesOf(together)).size).toBe(1);
    expect(new Set(framesOf(apart)).size).toBeGreaterThan(1);
    const noisy = new HeardCopies(heardSettingsSchema.parse({ ...NOTHING, noise: { probability: 1 } }));
    const hear = (clip: string) => noisy.hear(new Float32Array(1_000).fill(0.1), derivedRandom(1), derivedRandom(clip));
    expect(hear('a')).not.toEqual(hear('b'));
  });

  test('a copy that nothing happened to is the recording', async () => {
    const heard = heardSettingsSchema.parse(NOTHING);
    expect(new HeardCopies(heard).hear(Float32Array.of(0.5), derivedRandom(1))).toEqual(Float32Array.of(0.5));
    const bank = await openBank({ copies: 1, heard, cacheFolder: null });
    expect(bank.matrix(0, 1)).toEqual(bank.matrix(0, 0));
  });

  test('a model may listen at another rate', async () => {
    const at8k = hearingSchema.parse({
      sampleRateHz: 8_000,
      features: { sampleRateHz: 8_000, nFft: 512, hopLength: 128, features: [{ name: 'melspectrogram', nMels: 20 }] },
    });
    const bank = await openBank({ input: at8k, copies: 1 });
    expect(bank.dims).toBe(20);
    expect(Math.abs(bank.matrix(0, 1).frames / bank.matrix(0, 0).frames - 1)).toBeLessThan(0.15);
  });

  test('statistics are those of the frames, over entries those of all their frames', async () => {
    const bank = await openBank();
    const column = (index: number): number[] => Array.from(bank.matrix(index).data).filter((_, i) => i % 64 === 5);
    const mean = (values: number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
    const deviation = (values: number[]): number => Math.sqrt(mean(values.map((x) => (x - mean(values)) ** 2)));
    expect(bank.statistics(1).mean(5)).toBeCloseTo(mean(column(1)), 6);
    expect(bank.statistics(1)).toBe(bank.statistics(1));
    const both = bank.corpusStatistics([0, 3]);
    expect(both.mean[5]).toBeCloseTo(mean([...column(0), ...column(3)]), 6);
    expect(both.deviation[5]).toBeCloseTo(deviation([...column(0), ...column(3)]), 6);
    expect(both.mean).toHaveLength(64);
  });
});

describe('recordings that cannot be heard', () => {
  test('cost themselves alone, and are said', async () => {
    const damaged = join(folder, 'damaged.wav');
    await writeFile(damaged, 'no sound at all');
    const missing = join(folder, 'missing.wav');
    const bank = await openBank({
      entries: [entries[0]!, { path: damaged }, { path: missing }, entries[1]!],
      copies: 1,
    });
    expect(bank.failures.map(({ index }) => index)).toEqual([1, 2]);
    expect(bank.failures[0]!.problem).toContain(damaged);
    expect(bank.failures[1]!.problem).toContain('missing.wav');
    expect([0, 1, 2, 3].map((index) => bank.has(index))).toEqual([true, false, false, true]);
    expect(bank.matrix(3, 1).frames).toBeGreaterThan(10);
    expect(() => bank.matrix(1)).toThrow(RangeError);
    expect(() => bank.matrix(0, 2)).toThrow(RangeError);
    expect(() => bank.statistics(2)).toThrow(RangeError);
  });
});

describe('the cache', () => {
  test('gives the same numbers without computing them', async () => {
    const first = await openBank({ copies: 2 });
    const second = await openBank({ copies: 2 });
    expect([first.computed, second.computed]).toEqual([12, 0]);
    expect(numbersOf(second)).toEqual(numbersOf(first));
    expect(await packs()).toHaveLength(2);
  });

  test('what is new is computed, and no more: a recording, a copy, another chain', async () => {
    const some = entries.slice(0, 3);
    expect((await openBank({ entries: some, copies: 1 })).computed).toBe(6);
    expect((await openBank({ copies: 1 })).computed).toBe(2);
    expect((await openBank({ copies: 2 })).computed).toBe(4);
    expect((await openBank({ copies: 2, seed: 9 })).computed).toBe(8);
    expect((await openBank({ entries: some, copies: 2 })).computed).toBe(0);
  });

  test('other features are other features; what a recipe has besides does not count', async () => {
    expect((await openBank()).computed).toBe(4);
    expect((await openBank({ input: hearingSchema.parse({ trim: null }) })).computed).toBe(4);
    expect((await openBank({ hearing: 'g711' })).computed).toBe(4);
    expect((await openBank({ input: { ...input, views: [] } as typeof input })).computed).toBe(0);
  });

  test('a recording with other bytes is another recording, one that was moved is the same', async () => {
    const entry = await writeRecording('changing.wav', 300);
    expect((await openBank({ entries: [entry] })).computed).toBe(1);
    const bytes = await readFile(entry.path);
    await writeFile(join(folder, 'moved.wav'), bytes);
    expect((await openBank({ entries: [{ path: join(folder, 'moved.wav') }] })).computed).toBe(0);
    await writeRecording('changing.wav', 310);
    expect((await openBank({ entries: [entry] })).computed).toBe(1);
  });

  test.each([
    ['cut off', (path: string) => truncate(path, 5_000)],
    ['empty', (path: string) => truncate(path, 0)],
    [
      'with a bit turned over',
      async (path: string) => {
        const bytes = await readFile(path);
        bytes[bytes.length - 100]! ^= 1;
        await writeFile(path, bytes);
      },
    ],
    ['full of something else', (path: string) => writeFile(path, 'x'.repeat(9_000))],
  ])('a pack that is %s is computed anew, and is whole again', async (_, damage) => {
    const sound = numbersOf(await openBank());
    const [pack] = await packs();
    await damage(pack!);
    const healed = await openBank();
    expect(healed.computed).toBe(4);
    expect(numbersOf(healed)).toEqual(sound);
    expect(warnings).toEqual([expect.stringContaining(pack!)]);
    expect((await openBank()).computed).toBe(0);
  });

  test('a write that was killed half-way leaves nothing that is believed', async () => {
    await openBank();
    const [pack] = await packs();
    const bytes = await readFile(pack!);
    await rm(pack!);
    // No process has this number; this test's own process may still be writing.
    const [dead, alive] = [99_999_999, process.pid].map((pid) => pack!.replace(/\d+\.pack$/, `${pid}.pack.partial`));
    for (const path of [dead!, alive!]) await writeFile(path, bytes.subarray(0, 3_000));
    expect((await openBank({ entries: entries.slice(0, 3) })).computed).toBe(3);
    expect(warnings).toEqual([]);
    const left = await readdir(dirname(pack!));
    expect(left).toContain(basename(alive!));
    expect(left).not.toContain(basename(dead!));
  });

  test('where nothing can be written, all is computed and said once', async () => {
    const inTheWay = join(folder, 'in-the-way');
    await writeFile(inTheWay, '');
    const bank = await openBank({ cacheFolder: join(inTheWay, 'cache') });
    expect(bank.computed).toBe(4);
    expect(warnings).toEqual([expect.stringContaining('computed again next time')]);
  });

  test('without a cache nothing is written', async () => {
    await openBank({ cacheFolder: null });
    expect(await readdir(cacheFolder)).toEqual([]);
  });
});

describe('work', () => {
  test('progress is told in recordings, those of the cache first; threads do not change a number', async () => {
    const many = Array.from({ length: 5 }, () => entries).flat();
    const told: [number, number][] = [];
    await openBank({ entries: entries.slice(0, 1) });
    const bank = await openBank({ entries: many, threads: 2, onProgress: (...done) => told.push(done) });
    expect(told[0]).toEqual([5, 20]);
    expect(told.at(-1)).toEqual([20, 20]);
    expect(bank.matrix(19)).toEqual((await openBank({ cacheFolder: null })).matrix(3));
  });

  test('an aborted signal ends it', async () => {
    await expect(openBank({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

test('the cache lies where the platform keeps such things', () => {
  expect(userCacheFolder('linux', { XDG_CACHE_HOME: '/x' })).toBe(join('/x', 'undertone'));
  expect(userCacheFolder('linux', { XDG_CACHE_HOME: '' })).toBe(join(homedir(), '.cache', 'undertone'));
  expect(userCacheFolder('darwin', {})).toBe(join(homedir(), 'Library', 'Caches', 'undertone'));
  expect(userCacheFolder('win32', { LOCALAPPDATA: 'L' })).toBe(join('L', 'undertone'));
});
