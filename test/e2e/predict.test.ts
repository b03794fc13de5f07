// Predicting as its users do: the built program in a process of its own, with models made here.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { decode as decodePng } from 'fast-png';
import { encodeWav } from '../helpers/audio-writers.ts';
import { temporaryFolder, undertone } from '../helpers/command-line.ts';
import { loudnessNetwork, PITCH_CONFIG, pitchNetwork, writeModel } from '../helpers/models.ts';
import { oggOpusPages } from '../helpers/ogg.ts';
import { encodeOpus } from '../helpers/opus.ts';
import { buzz, sine } from '../helpers/signals.ts';

const RATE = 16_000;
/** The recordings here are of tones, for the model tells those apart. */
const TONES_TOO = '--no-voice-check';
const folder = temporaryFolder();
const model = writeModel(folder, PITCH_CONFIG, pitchNetwork());

const recording = join(folder, 'both.wav');
const both = new Float32Array(10 * RATE);
both.set(sine(200, 2 * RATE, RATE, 0.1), RATE);
both.set(sine(4_000, 4 * RATE, RATE, 0.1), 5 * RATE);
writeFileSync(recording, encodeWav([both], RATE));

interface Prediction {
  label: string;
  confidence: number;
  uncertain: boolean;
  scores: Record<string, number>;
}

interface Line {
  file: string;
  durationMs: number;
  model: string;
  overall: Prediction | null;
  segments: (Prediction & { startMs: number; endMs: number })[];
  notSpeech: { startMs: number; endMs: number }[];
  warnings: string[];
}

const lines = (text: string): Line[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

describe('undertone predict', () => {
  test('--json is one object: overall, and each segment with its time and scores', () => {
    const { code, stdout } = undertone('predict', recording, TONES_TOO, '--model', model, '--json');
    expect(code).toBe(0);
    const [line, another] = lines(stdout);
    expect(another).toBeUndefined();
    expect(line).toMatchObject({ file: recording, durationMs: 10_000, model: 'pitch', warnings: [] });
    const { overall, segments } = line!;
    expect(Object.keys(overall!)).toEqual(expect.arrayContaining(['label', 'confidence', 'scores']));
    expect(segments.map(({ label }) => label)).toEqual(['low', 'high']);
    for (const { startMs, endMs, label, confidence, uncertain, scores } of segments) {
      expect(Number.isInteger(startMs) && Number.isInteger(endMs) && endMs > startMs).toBe(true);
      expect(scores[label]).toBe(confidence);
      expect(uncertain).toBe(confidence < 0.6);
      expect(scores.low! + scores.high!).toBeCloseTo(1, 5);
    }
    expect(Math.abs(segments[0]!.startMs - 1_000)).toBeLessThan(150);
    expect(Math.abs(segments[1]!.endMs - 9_000)).toBeLessThan(150);
    expect(overall!.label).toBe('high');
  });

  test('a person reads times, emotions and a timeline', () => {
    const { stdout } = undertone('predict', recording, TONES_TOO, '--model', model);
    expect(stdout).toMatch(
      /both\.wav: 0:10\.0, model pitch\noverall uncertain \(high\?\) \d+ %: high \d+ %, low \d+ %\n/,
    );
    expect(stdout).toMatch(/^ {2}·{3,}l+·+h+·+$/m);
    expect(stdout).toMatch(/^ {2}·+[▁▂▃▄▅▆▇█]+·+[▁▂▃▄▅▆▇█]+·+$/m);
    expect(stdout).toMatch(/^ {2}0:0[01]\.\d {2}0:03\.\d {2}low +\d+ % {2}low \d+ %, high \d+ %$/m);
  });

  test('--plot draws the timeline', () => {
    const [png, svg] = [join(folder, 'both.png'), join(folder, 'both.svg')];
    expect(undertone('predict', recording, TONES_TOO, '--model', model, '--plot', png).code).toBe(0);
    expect(decodePng(readFileSync(png)).width).toBe(1_920);
    expect(undertone('predict', recording, TONES_TOO, '--model', model, '--plot', svg).code).toBe(0);
    expect(readFileSync(svg, 'utf8')).toMatch(/both\.wav.*overall high.*low \d+ %.*high \d+ %/s);
  });

  test('a folder gives a line for each recording; a bad one costs that one', () => {
    const many = join(folder, 'many');
    mkdirSync(join(many, 'nested'), { recursive: true });
    const opus = encodeOpus(buzz(2, 48_000), { bitrate: 32_000 });
    writeFileSync(join(many, 'voice.opus'), Buffer.concat([...oggOpusPages(opus)]));
    writeFileSync(join(many, 'nested', 'tone.wav'), encodeWav([sine(4_000, RATE, RATE, 0.1)], RATE));
    writeFileSync(join(many, 'silence.wav'), encodeWav([new Float32Array(RATE)], RATE));
    writeFileSync(join(many, 'bad.wav'), 'no sound at all');
    const { code, stdout, stderr } = undertone('predict', many, recording, TONES_TOO, '--model', model, '--json');
    expect(code).toBe(1);
    const results = lines(stdout);
    expect(results.map(({ file }) => file.slice(folder.length + 1))).toEqual([
      'many/nested/tone.wav',
      'many/silence.wav',
      'many/voice.opus',
      'both.wav',
    ]);
    expect(results.map(({ overall }) => overall?.label ?? null)).toEqual(['high', null, 'low', 'high']);
    expect(results[1]!.segments).toEqual([]);
    expect(JSON.parse(stderr)).toMatchObject({
      file: join(many, 'bad.wav'),
      error: { code: 'AUDIO_UNKNOWN_FORMAT', retryable: false },
    });
    const text = undertone('predict', many, TONES_TOO, '--model', model);
    expect(text.stdout).toMatch(/tone\.wav +0:01\.0 {2}high +\d+ % {2}h+\n.*silence\.wav +0:01\.0 {2}no speech/);
    expect(text.stderr).toMatch(/^undertone: .*bad\.wav/);
  });

  test('--channels split hears each channel as a voice of its own; --report is a page that needs nothing else', () => {
    const calls = join(folder, 'calls & more');
    mkdirSync(calls);
    const quiet = new Float32Array(both.length);
    writeFileSync(join(calls, 'both.wav'), encodeWav([both, quiet], RATE));
    writeFileSync(join(calls, 'mono.wav'), encodeWav([both], RATE));
    writeFileSync(join(calls, 'none.wav'), 'no sound');
    const page = join(folder, 'report.html');
    const { code, stdout, stderr } = undertone('predict', '--channels', 'split', calls, '--report', page, '--model', model, '--no-voice-check', '--json'); // prettier-ignore
    expect([code, JSON.parse(stderr)]).toMatchObject([1, { error: { code: 'AUDIO_UNKNOWN_FORMAT' } }]);
    const heard = lines(stdout) as (Line & { channel?: number })[];
    expect(
      heard.map(({ file, channel, segments }) => [file.slice(calls.length + 1), channel, segments.length]),
    ).toEqual([
      ['both.wav', 0, 2],
      ['both.wav', 1, 0],
      ['mono.wav', undefined, 2],
    ]);
    const html = readFileSync(page, 'utf8');
    expect(html).toMatch(/^<!DOCTYPE html>/);
    expect(html.match(/<svg [^>]*role="img"/g)).toHaveLength(2);
    expect(html).toContain('<a href="calls%20%26%20more/both.wav">both.wav</a>');
    expect(html).toContain('none.wav: ');
    expect(html.replace(/xmlns="[^"]*"/g, '')).not.toMatch(/https?:|<script|@import|url\(/);
    expect(undertone('predict', '--channels', 'left', calls).code).toBe(2);
  });

  test('tones are no speech unless it is said that they are', () => {
    const [line] = lines(undertone('predict', recording, '--model', model, '--json').stdout);
    expect(line).toMatchObject({ overall: null, segments: [] });
    expect(line!.notSpeech).toHaveLength(2);
    expect(Math.abs(line!.notSpeech[0]!.startMs - 1_000)).toBeLessThan(150);
    const { stdout } = undertone('predict', recording, '--model', model);
    expect(stdout).toMatch(/no speech was found\nleft out: 0:06\.\d of music, noise or tones/);
  });

  test('another model is used by naming it', () => {
    const input = { kind: 'waveform' } as const;
    const config = { ...PITCH_CONFIG, id: 'loudness', labels: ['loud', 'quiet'], input };
    const other = writeModel(folder, { ...config, output: 'probabilities' }, loudnessNetwork());
    const [line] = lines(undertone('predict', recording, TONES_TOO, '--model', other, '--json').stdout);
    expect(line).toMatchObject({ model: 'loudness', overall: { label: 'quiet' } });
  });

  test.each([
    [['predict', recording, '--model', 'no-such-model'], 'MODEL_NOT_FOUND', 1],
    [['predict', join(folder, 'missing.wav'), '--model', model], 'AUDIO_NOT_FOUND', 1],
    [['predict', recording, '--model', model, '--plot', 'picture.jpg'], 'USAGE', 2],
    [['predict', recording, model, '--model', model], 'AUDIO_NOT_FOUND', 1],
    [['predict', recording, recording.replace('both', 'other'), '--model', folder], 'MODEL_INVALID', 1],
    [['predict', recording, recording.replace('both', 'other'), '--model', model, '--plot', 'x.png'], 'USAGE', 2],
  ])('%j fails with a code', (args, code, exit) => {
    const result = undertone(...args, '--json');
    expect(result.code).toBe(exit);
    expect(JSON.parse(result.stderr)).toMatchObject({ error: { code } });
  });
});

test('undertone models lists what is in models/', () => {
  const { code, stdout } = undertone('models', '--json');
  expect(code).toBe(0);
  const { models } = JSON.parse(stdout) as {
    folder: string;
    models: { id: string; labels?: string[]; error?: string }[];
  };
  for (const { labels, error } of models) expect([error, labels?.length]).toEqual([undefined, expect.any(Number)]);
});
