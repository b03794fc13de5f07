/**
 * Decodes every damaged recording, and writes one line of JSON about each to the standard output before and after.
 * A program of its own, so that a hang or a crash is seen from outside and its memory is all that is measured.
 */
import { writeSync } from 'node:fs';
import { decodeAudio } from '../../src/audio/index.ts';
import { UndertoneError } from '../../src/errors.ts';
import { damagedRecordings } from './audio-damage.ts';

function say(message: object): void {
  writeSync(1, `${JSON.stringify(message)}\n`);
}

for (const { name, bytes } of damagedRecordings()) {
  // What one recording takes is measured, not what was left of those before: on a busy machine that piles up.
  globalThis.gc!();
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
say({ peakBytes: process.resourceUsage().maxRSS * 1024 });
