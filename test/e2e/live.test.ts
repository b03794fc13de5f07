// `undertone live`, as a user runs it: a recording that is played, a microphone, and what is said where there is none.
import { spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import type { LiveEvent } from '../../src/live/index.ts';
import type { FilePrediction } from '../../src/predictor/index.ts';
import { encodeWav } from '../helpers/audio-writers.ts';
import { MAIN, temporaryFolder, undertone } from '../helpers/command-line.ts';
import { buzz, whiteNoise } from '../helpers/signals.ts';

const RATE = 16_000;
const folder = temporaryFolder();

/** A voice that speaks twice. */
function speech(): Float32Array {
  const sound = whiteNoise(7 * RATE, 5, 1e-4);
  for (const at of [0.5, 4]) buzz(2, RATE).forEach((sample, i) => (sound[at * RATE + i]! += sample));
  return sound;
}

const file = join(folder, 'speech.wav');
writeFileSync(file, encodeWav([speech()], RATE));

const eventsOf = (lines: string): LiveEvent[] =>
  lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LiveEvent);

describe('undertone live', () => {
  test('plays a recording and says what predict says of it', () => {
    const { code, stdout } = undertone('live', '--file', file, '--speed', '20', '--json');
    expect(code).toBe(0);
    const events = eventsOf(stdout);
    expect(events.map(({ type }) => type).join(' ')).toMatch(/^(speechStart (emotion )+speechEnd ){2}summary$/);
    const { segments } = JSON.parse(undertone('predict', file, '--json').stdout) as FilePrediction;
    const live = events.filter((event) => event.type === 'emotion' && event.of === 'segment');
    expect(live).toHaveLength(segments.length);
    live.forEach((event, index) => {
      const { startMs, endMs } = segments[index]!;
      expect(event).toMatchObject({ startMs, endMs });
    });
  });

  test('says it for people, with a summary', () => {
    const { code, stdout } = undertone('live', '--file', file, '--speed', '20');
    expect(code).toBe(0);
    expect(stdout.split('\n').filter((line) => line.includes('%'))).toHaveLength(3);
    expect(stdout).toMatch(/0:04\.\d of speech: /);
  });

  test('hears a microphone through the recorder that is there, until Ctrl-C', async () => {
    // There is no microphone here: this recorder plays the recording, then waits to be stopped, as a real one does.
    const recorder = join(folder, 'arecord');
    writeFileSync(recorder, `#!/bin/sh\ntail -c +45 '${file}'\nexec sleep 60\n`);
    chmodSync(recorder, 0o755);
    const child = spawn(process.execPath, [MAIN, 'live', '--json'], {
      env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
    });
    const complaint = text(child.stderr);
    let said = '';
    for await (const chunk of child.stdout) {
      said += String(chunk);
      if (said.match(/"speechEnd"/g)?.length === 2) child.kill('SIGINT');
    }
    expect(await complaint).toBe('');
    // All of it comes at once, so that the second begins before the first was heard.
    const types = eventsOf(said).map(({ type }) => type);
    expect(types.filter((type) => type === 'speechStart')).toHaveLength(2);
    expect(types.filter((type) => type === 'speechEnd')).toHaveLength(2);
    expect(types.at(-1)).toBe('summary');
  });

  test.each([
    ['there is nothing to record with', [], { PATH: folder + '/nothing' }, 1, /Install one of arecord/],
    ['the recording is not there', ['--file', 'nope.wav'], {}, 1, /nope\.wav: does not exist/],
    ['the speed is none', ['--file', file, '--speed', '0'], {}, 2, /--speed: is 0/],
  ])('says what to do where %s', async (_, args, environment, code, message) => {
    const child = spawn(process.execPath, [MAIN, 'live', ...args], { env: { ...process.env, ...environment } });
    const complaint = text(child.stderr);
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(code);
    expect(await complaint).toMatch(message);
  });
});
