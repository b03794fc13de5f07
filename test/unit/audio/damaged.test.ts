import { expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A recording that takes longer than this is taken for a hang. */
const HANG_MS = 5_000;
const LARGEST_BYTES = 500 * 2 ** 20;

interface Line {
  begins?: string;
  name: string;
  outcome: 'decoded' | 'refused' | 'crashed';
  finite?: boolean;
  samples?: number;
  warnings?: string[];
  error?: string;
  peakBytes?: number;
}

/** Runs the decoder over all damaged recordings in a process of its own, and stops that when it hangs. */
async function runDamaged(): Promise<{ lines: Line[]; hanging: string | undefined; noise: string }> {
  const program = join(import.meta.dirname, '../../helpers/audio-damage-run.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program]);
  const lines: Line[] = [];
  let current: string | undefined;
  let hanging: string | undefined;
  let noise = '';
  child.stderr.on('data', (data: Buffer) => (noise += data.toString()));
  const watch = () =>
    setTimeout(() => {
      hanging = current;
      child.kill('SIGKILL');
    }, HANG_MS);
  let timer = setTimeout(() => child.kill('SIGKILL'), 30_000);
  for await (const text of createInterface(child.stdout)) {
    const line = JSON.parse(text) as Line;
    clearTimeout(timer);
    timer = watch();
    if (line.begins === undefined) lines.push(line);
    else current = line.begins;
  }
  clearTimeout(timer);
  return { lines, hanging, noise };
}

test('damaged recordings are decoded as far as they go or refused by name; none hangs, crashes or takes all memory', async () => {
  const { lines, hanging, noise } = await runDamaged();
  expect(hanging).toBeUndefined();
  expect(noise).toBe('');
  const peak = lines.pop();
  expect(peak?.peakBytes).toBeLessThan(LARGEST_BYTES);
  expect(lines.length).toBeGreaterThan(500);
  expect(lines.filter(({ outcome }) => outcome === 'crashed')).toEqual([]);
  expect(lines.filter(({ outcome, finite }) => outcome === 'decoded' && finite !== true)).toEqual([]);

  // What is cut off says so, whichever the format; an ADTS or Matroska file cut between two frames cannot tell.
  const cut = lines.filter(({ name, outcome }) => outcome === 'decoded' && name.includes('cut at'));
  expect(cut.length).toBeGreaterThan(120);
  expect(cut.filter(({ warnings }) => !warnings!.includes('truncated')).map(({ name }) => name)).toEqual([]);

  // Where frames are found again, a hole costs a part and not the rest. (In Ogg it costs a page: all of a short file.)
  const holed = lines.filter(({ name }) => /(\d\.flac|mp3|aac|webm) with noise in the middle$/.test(name));
  expect(holed.filter(({ outcome }) => outcome !== 'decoded')).toEqual([]);
}, 90_000);
