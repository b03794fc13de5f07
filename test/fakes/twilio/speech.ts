// What people say in simulated calls.
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { framesOf } from '../../../plugins/twilio/src/simulator/call-sound.ts';
import { decodeAudio, encodeMulaw, resample } from '../../../src/audio/index.ts';
import { buzz, whiteNoise } from '../../helpers/signals.ts';

const RATE = 8_000;
const CORPUS = join(import.meta.dirname, '../../../../shared/corpora/RAVDESS');

/** Mu-law frames of a synthetic voice that speaks so often for two seconds, each time higher and louder. */
export function syntheticSpeech(times: number, pitchHz = 110): string[] {
  const sound = whiteNoise(Math.round((2.9 * times + 0.6) * RATE), 3, 1e-3);
  for (let i = 0; i < times; i++) {
    const voice = buzz(1.9, RATE, { pitchHz: pitchHz + 40 * (i % 6), amplitude: 0.05 + 0.08 * (i % 6) });
    voice.forEach((sample, at) => (sound[Math.round((0.6 + 2.9 * i) * RATE) + at]! += sample));
  }
  return framesOf(encodeMulaw(sound));
}

/** Whether there is a corpus to take real speech from. */
export const hasCorpus = existsSync(CORPUS);

/** Clips of an actor, half a second apart, at 8 kHz. */
export async function actedSpeech(clips: number, actor = 'Actor_01'): Promise<Float32Array> {
  const cwd = join(CORPUS, actor);
  const files = globSync('*.opus', { cwd }).sort();
  const some = files.filter((_, index) => index % Math.floor(files.length / clips) === 0).slice(0, clips);
  const pause = new Float32Array(RATE / 2);
  const parts = await Promise.all(some.map((file) => decodeAudio(join(cwd, file), { sampleRateHz: 48_000 })));
  return Float32Array.from(parts.flatMap(({ samples }) => [...resample(samples, 48_000, RATE), ...pause]));
}
