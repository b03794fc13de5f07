import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodeWav } from './audio-writers.ts';

const RATE_HZ = 16_000;
const { sin, PI } = Math;

/** A buzz of its own for every seed: ten harmonics of 100 Hz and 7 Hz more for each seed, rising and falling. */
export function voiceLike(seed: number, seconds = 0.4, rateHz = RATE_HZ): Float32Array {
  const pitchHz = 100 + 7 * seed;
  return Float32Array.from({ length: Math.round(seconds * rateHz) }, (_, i) => {
    const t = i / rateHz;
    let sum = 0;
    for (let h = 1; h <= 10; h++) sum += sin(2 * PI * h * pitchHz * t) / h;
    return 0.2 * sum * sin((PI * t) / seconds);
  });
}

/** The bytes of a WAV file with {@link voiceLike} in it. */
export function voiceWav(seed: number, seconds?: number): Uint8Array {
  return encodeWav([voiceLike(seed, seconds)], RATE_HZ);
}

/** Makes a folder with these files in it: bytes or text, or a voice of its own by its seed. */
export function corpusFolder(files: Readonly<Record<string, Uint8Array | string | number>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'undertone-corpora-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === 'number' ? voiceWav(content) : content);
  }
  return folder;
}
