/**
 * Decodes a generated stream of stereo WAV and says how much memory that took: `node audio-memory-run.ts <minutes>`.
 * A program of its own, so that nothing else is measured.
 */
import { writeSync } from 'node:fs';
import { openAudio } from '../../src/audio/index.ts';
import { encodeWav } from './audio-writers.ts';
import { speechLike } from './audio-signal.ts';

const SECOND = encodeWav(speechLike(44_100, 2), 44_100, { claimedBytes: 0xffffffff });

async function* longWav(seconds: number): AsyncGenerator<Uint8Array> {
  yield SECOND;
  for (let i = 1; i < seconds; i++) yield await Promise.resolve(SECOND.subarray(44));
}

const seconds = 60 * Number(process.argv[2]);
let samples = 0;
let early = 0;
let peak = 0;
for await (const chunk of await openAudio(longWav(seconds))) {
  samples += chunk.length;
  const rss = process.memoryUsage.rss();
  if (samples < 60 * 16_000) early = Math.max(early, rss);
  peak = Math.max(peak, rss);
}
writeSync(1, JSON.stringify({ seconds: samples / 16_000, earlyBytes: early, peakBytes: peak }));
