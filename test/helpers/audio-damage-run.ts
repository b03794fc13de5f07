/**
 * Decodes every damaged recording, and writes one line of JSON about each to the standard output before and after.
 * A program of its own, so that a hang or a crash is seen from outside and its memory is all that is measured.
 */
import { readFileSync, writeSync } from 'node:fs';
import { decodeAudio } from '../../src/audio/index.ts';
import { UndertoneError } from '../../src/errors.ts';
import { damagedRecordings } from './audio-damage.ts';

function say(message: object): void {
  writeSync(1, `${JSON.stringify(message)}\n`);
}

/**
 * The most memory that this program has held. Linux counts what its parent held into `maxRSS` (getrusage(2)), so that
 * a test runner's memory would be taken for the decoder's: `VmHWM` is of this program alone (proc(5)).
 */
function peakBytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  return Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024;
}

for (const { name, bytes } of damagedRecordings()) {
  say({ begins: name });
  try {
    const { samples, warnings } = await decodeAudio(bytes, { name });
    const finite = samples.every((sample) => Number.isFinite(sample));
    say({ name, outcome: 'decoded', finite, samples: samples.length, warnings: warnings.map(({ code }) => code) });
  } catch (error) {
    const named = error instanceof UndertoneError && error.message.startsWith(`${name}: `);
    say({ name, outcome: named ? 'refused' : 'crashed', error: String(error) });
  }
}
say({ peakBytes: peakBytes() });
