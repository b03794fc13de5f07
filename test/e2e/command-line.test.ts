// The command line as its users have it: the built program in a process of its own.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { decode as decodePng } from 'fast-png';
import { computeFeature } from '../../src/features/index.ts';
import { encodeWav } from '../helpers/audio-writers.ts';
import { MAIN, temporaryFolder, undertone } from '../helpers/command-line.ts';
import { sine } from '../helpers/signals.ts';

const RATE = 16_000;
const folder = temporaryFolder();
const tone = sine(440, RATE, RATE, 0.5);
const recording = join(folder, 'tone.wav');
writeFileSync(recording, encodeWav([tone], RATE, { encoding: 'f32' }));

interface FeatureJson {
  feature: string;
  shape: [number, number];
  data: (number | null)[][];
}

describe('undertone', () => {
  test('without arguments, and with --help, shows the commands and examples', () => {
    for (const { code, stdout } of [undertone(), undertone('--help')]) {
      expect(code).toBe(0);
      expect(stdout).toMatch(/features.*plot.*doctor.*Examples:/s);
    }
  });

  test.each(['features', 'plot', 'doctor'])('%s --help shows examples', (command) => {
    const { code, stdout } = undertone(command, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`Examples:\n  undertone ${command}`));
  });

  test('--version is that of package.json', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(undertone('--version').stdout.trim()).toBe(version);
  });

  test('an older Node is told which one is needed, before anything of a newer one is asked of it', () => {
    const olderNode = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });`;
    const { status, stderr } = spawnSync(process.execPath, ['--import', `data:text/javascript,${olderNode}`, MAIN], {
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/needs Node 22\.14 or later, and this is 20\.20\.2/);
    expect(status).toBe(1);
  });

  test.each([
    [['fetaures'], /unknown command 'fetaures'.*Did you mean features/s],
    [['features', recording, '--feature', 'mfc'], /mfc: is no feature \(did you mean "mfcc"\?\)/],
    [['features', recording], /which feature.*--feature/],
    [['features', '--feature', 'mfcc'], /no recording was named/],
    [['features', recording, '--feature', 'mfcc', '--n-fft', 'many'], /must be a number/],
    [['features', recording, '--feature', 'mfcc', '--n-fft', '1.5'], /nFft/],
    [['features', recording, '--feature', 'mfcc', '--n-mfcc', '200'], /nMfcc 200 is more than nMels 128/],
    [['features', recording, '--feature', 'mfcc', '--sample-rate', '1'], /1 Hz/],
    [['features', recording, '--feature', 'mfcc', '--out', 'x.csv'], /\.npy or \.json/],
    [['plot', recording], /--out/],
    [['plot', recording, '--out', 'picture.jpg'], /\.png or \.svg/],
  ])('wrong use exits with 2 and says what to do: %j', (args, message) => {
    const { code, stderr, stdout } = undertone(...args);
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([2, '']);
  });

  test.each([
    [['features', join(folder, 'missing.wav'), '--feature', 'rms'], 'AUDIO_NOT_FOUND'],
    [['features', folder, '--feature', 'rms'], 'AUDIO_IS_DIRECTORY'],
    [['features', 'package.json', '--feature', 'rms'], 'AUDIO_UNKNOWN_FORMAT'],
    [['features', recording, '--feature', 'rms', '--out', join(folder, 'no/such/folder.npy')], 'OUTPUT_UNWRITABLE'],
    [['features', '--summary', join(folder, 'missing')], 'AUDIO_NOT_FOUND'],
  ])('a failure exits with 1 and, for machines, has a code: %j', (args, code) => {
    const result = undertone(...args, '--json');
    expect(result.code).toBe(1);
    const { error } = JSON.parse(result.stderr) as { error: { code: string; message: string } };
    expect(error.code).toBe(code);
    expect(error.message).toContain(args.findLast((arg) => arg.includes('/') || arg === 'package.json'));
  });
});

test('a full disk behind standard output is said and exits with 1', () => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, [MAIN, 'features', recording, '--feature', 'mfcc', '--json'], {
    encoding: 'utf8',
    stdio: ['ignore', full, 'pipe'],
  });
  closeSync(full);
  expect(stderr).toMatch(/^undertone: standard output cannot be written \(ENOSPC\)/);
  expect(status).toBe(1);
});

describe('undertone features', () => {
  const compute = (...args: string[]): FeatureJson =>
    JSON.parse(undertone('features', recording, '--json', '--feature', ...args).stdout) as FeatureJson;

  test('--json has one row a dimension, with the values of the engine', () => {
    const { feature, shape, data } = compute(
      'mfcc',
      '--n-mfcc',
      '13',
      '--n-fft',
      '512',
      '--hop',
      '160',
      '--win',
      '400',
    );
    expect([feature, shape]).toEqual(['mfcc', [13, 101]]);
    const settings = { sampleRateHz: RATE, nMfcc: 13, nFft: 512, hopLength: 160, winLength: 400 };
    const expected = computeFeature('mfcc', tone, settings);
    expect(data).toHaveLength(13);
    data.forEach((row, dim) => {
      row.forEach((value, frame) => {
        expect(value).toBeCloseTo(expected.data[frame * 13 + dim]!, 3);
      });
    });
  });

  test.each([
    ['spectrogram', 1_025],
    ['melspectrogram', 128],
    ['chroma_stft', 12],
    ['rms', 1],
    ['zero_crossing_rate', 1],
    ['spectral_centroid', 1],
    ['spectral_bandwidth', 1],
    ['spectral_rolloff', 1],
    ['spectral_flatness', 1],
    ['yin', 1],
    ['pyin', 3],
  ])('%s has %i rows and 32 frames', (name, dims) => {
    const { shape, data } = compute(name);
    expect(shape).toEqual([dims, 32]);
    expect(data.every((row) => row.length === 32)).toBe(true);
  });

  test('pyin hears 440 Hz in the tone, and nothing (null) where there is none', () => {
    const [f0, voiced] = compute('pyin').data;
    expect(f0![16]).toBeGreaterThan(437);
    expect(f0![16]).toBeLessThan(443);
    expect(voiced![16]).toBe(1);
    f0!.forEach((hz, frame) => {
      expect(hz === null).toBe(voiced![frame] === 0);
    });
  });

  test('recipe162 is one column', () => {
    expect(compute('recipe162').shape).toEqual([162, 1]);
  });

  test.each([
    ['rms', '--n-mels', '40'],
    ['rms', '--top-db', '60'],
    ['mfcc', '--tuning', '0'],
    ['pyin', '--win', '400'],
    ['recipe162', '--deltas', '1'],
  ])('an option that means nothing to the feature is said and ignored: %s %s', (feature, option, value) => {
    const { code, stderr } = undertone('features', recording, '--feature', feature, option, value);
    expect([code, stderr]).toEqual([0, `undertone: warning: ${option} means nothing to ${feature} and was ignored\n`]);
  });

  test('--out x.npy is what NumPy reads: header, C order, float32', () => {
    const path = join(folder, 'mel.npy');
    expect(undertone('features', recording, '--feature', 'melspectrogram', '--db', '--out', path).code).toBe(0);
    const bytes = readFileSync(path);
    expect(bytes.subarray(0, 8).toString('latin1')).toBe('\x93NUMPY\x01\x00');
    const start = 10 + bytes.readUInt16LE(8);
    expect(start % 64).toBe(0);
    const header = bytes.subarray(10, start).toString('latin1');
    expect(header).toMatch(/^\{'descr': '<f4', 'fortran_order': False, 'shape': \(128, 32\), \} *\n$/);
    expect(bytes).toHaveLength(start + 4 * 128 * 32);
    const expected = computeFeature('melspectrogram', tone, { sampleRateHz: RATE, decibels: {} });
    expect(bytes.readFloatLE(start + 4 * (5 * 32 + 7))).toBeCloseTo(expected.data[7 * 128 + 5]!, 3);
  });

  test('--out x.json is what --json prints', () => {
    const path = join(folder, 'rms.json');
    undertone('features', recording, '--feature', 'rms', '--out', path);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(compute('rms'));
  });

  test('without --json a person reads shape and range', () => {
    const { stdout } = undertone('features', recording, '--feature', 'rms');
    expect(stdout).toMatch(
      /^rms: 1 x 32 \(dimensions x frames\) at 16000 Hz\nfrom wav, pcm_f32le, 16000 Hz, 1 channel\n/,
    );
  });

  test('--summary goes through a folder: a bad file costs that file alone', () => {
    const corpus = join(folder, 'corpus');
    mkdirSync(join(corpus, 'nested'), { recursive: true });
    for (let i = 0; i < 40; i++) {
      writeFileSync(join(corpus, i % 2 ? 'nested' : '', `${i}.wav`), encodeWav([tone], RATE));
    }
    writeFileSync(join(corpus, 'bad.wav'), 'no sound at all');
    writeFileSync(join(corpus, 'notes.txt'), 'not counted');
    const { code, stdout } = undertone('features', '--summary', corpus, '--json');
    expect(code).toBe(0);
    const summary = JSON.parse(stdout) as {
      files: number;
      decoded: number;
      audioSeconds: number;
      seconds: number;
      timesRealTime: number;
      failures: { file: string; error: string }[];
      features: { feature: string; mean: number; deviation: number }[];
    };
    expect(summary).toMatchObject({ files: 41, decoded: 40 });
    expect(summary.audioSeconds).toBeCloseTo(40, 6);
    expect(summary.timesRealTime).toBeCloseTo(summary.audioSeconds / summary.seconds, 6);
    expect(summary.failures).toHaveLength(1);
    expect(summary.failures[0]!.error).toContain('bad.wav');
    const rms = summary.features.find(({ feature }) => feature === 'rms')!;
    expect(rms.mean).toBeCloseTo(0.5 / Math.SQRT2, 1);
    expect(rms.deviation).toBeCloseTo(0, 6);
  });
});

describe('undertone plot', () => {
  test('draws a PNG of the wanted width', () => {
    const path = join(folder, 'tone.png');
    const { code, stdout } = undertone('plot', recording, '--out', path, '--width', '640', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ out: path, durationMs: 1_000, frames: 63 });
    const { width, data } = decodePng(readFileSync(path));
    expect(width).toBe(1_280);
    expect(new Set(data).size).toBeGreaterThan(100);
  });

  test('draws an SVG with the title', () => {
    const path = join(folder, 'tone.svg');
    undertone('plot', recording, '--out', path, '--title', 'A & B');
    const svg = readFileSync(path, 'utf8');
    expect(svg).toMatch(/^<(\?xml|svg)/);
    expect(svg).toContain('A &amp; B');
  });
});

test('undertone doctor finds all parts that everybody needs, and says why another is missing', () => {
  const { code, stdout } = undertone('doctor', '--json');
  const report = JSON.parse(stdout) as {
    ok: boolean;
    parts: { name: string; ok: boolean; optional: boolean; note?: string }[];
  };
  expect([code, report.ok]).toEqual([0, true]);
  expect(report.parts.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['kernels', 'opus', 'flac', 'tfjs-node']),
  );
  for (const part of report.parts) if (!part.ok) expect(part.note).not.toBe('');
  expect(undertone('doctor').stdout).toMatch(/kernels +works/);
});
