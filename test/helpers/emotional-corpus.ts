/** A corpus that is synthesised: voices whose pitch, melody, tempo and timbre tell what they express. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Emotion } from '../../src/corpora/emotions.ts';
import { encodeWav } from './audio-writers.ts';
import { seededRandom } from './signals.ts';

/** A test's globals are slow to reach. */
const { sin, cos, PI } = Math;
const RATE_HZ = 16_000;
const SECONDS = 0.6;

/** How an emotion sounds: pitch as a factor of the speaker's, its rise over the clip, syllables a second, brightness. */
const SOUNDS = {
  neutral: { code: '01', pitch: 1, rise: 0, tempo: 4, tilt: 1.2 },
  happy: { code: '03', pitch: 1.4, rise: 0.3, tempo: 6, tilt: 0.9 },
  sad: { code: '04', pitch: 0.8, rise: -0.3, tempo: 2, tilt: 1.8 },
  angry: { code: '05', pitch: 1.2, rise: -0.1, tempo: 8, tilt: 0.5 },
} as const satisfies Partial<Record<Emotion, object>>;

export type SungEmotion = keyof typeof SOUNDS;
export const SUNG_EMOTIONS = Object.keys(SOUNDS) as SungEmotion[];

/** A clip of one voice, 1..24. */
export function emotionalVoice(emotion: SungEmotion, actor: number, take: number): Float32Array {
  const { pitch, rise, tempo, tilt } = SOUNDS[emotion];
  const random = seededRandom(1_000 * actor + 10 * take);
  const vary = (): number => 0.95 + 0.1 * random();
  const pitchHz = (110 + 5 * actor) * pitch * vary();
  const syllablesHz = tempo * vary();
  const weights = Float32Array.from({ length: 12 }, (_, i) => (i + 1) ** -tilt);
  let phase = 0;
  return Float32Array.from({ length: SECONDS * RATE_HZ }, (_, i) => {
    const t = i / RATE_HZ;
    phase += (2 * PI * pitchHz * (1 + (rise * t) / SECONDS)) / RATE_HZ;
    let sum = 0;
    for (let harmonic = 0; harmonic < 12; harmonic++) sum += weights[harmonic]! * sin((harmonic + 1) * phase);
    const loudness = 0.55 - 0.45 * cos(2 * PI * syllablesHz * t);
    return 0.1 * loudness * sum + 0.002 * (random() - 0.5);
  });
}

/** Writes a folder of such clips under RAVDESS's file names. */
export function emotionalCorpus({
  actors = 5,
  takes = 4,
  emotions = SUNG_EMOTIONS,
}: {
  readonly actors?: number;
  /** Up to 4: two sentences, twice each. */
  readonly takes?: number;
  readonly emotions?: readonly SungEmotion[];
} = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'undertone-emotional-'));
  for (let actor = 1; actor <= actors; actor++) {
    const number = String(actor).padStart(2, '0');
    mkdirSync(join(folder, `Actor_${number}`));
    for (const emotion of emotions) {
      for (let take = 0; take < takes; take++) {
        const name = `03-01-${SOUNDS[emotion].code}-01-0${1 + (take >> 1)}-0${1 + (take & 1)}-${number}.wav`;
        writeFileSync(
          join(folder, `Actor_${number}`, name),
          encodeWav([emotionalVoice(emotion, actor, take)], RATE_HZ),
        );
      }
    }
  }
  return folder;
}
