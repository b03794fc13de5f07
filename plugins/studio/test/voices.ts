// What is said in the tests of the page: voices of the tests' own, and some of the corpora's where they are at hand.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { decodeAudio } from 'undertone';
import { buzz, whiteNoise } from '../../../test/helpers/signals.ts';

export const RATE = 16_000;
const PAUSE_S = 0.9;

/** Sounds one after the other, with pauses in a quiet room. */
function joined(sounds: readonly Float32Array[]): Float32Array {
  const total = sounds.reduce((sum, { length }) => sum + length + PAUSE_S * RATE, PAUSE_S * RATE);
  const all = whiteNoise(total, 5, 1e-4);
  let at = PAUSE_S * RATE;
  for (const sound of sounds) {
    sound.forEach((sample, i) => (all[at + i]! += sample));
    at += sound.length + PAUSE_S * RATE;
  }
  return all;
}

/** Two voices of the tests' own who speak in turns. */
export function synthetic(): [string, [Float32Array, Float32Array]] {
  const turn = (pitchHz: number, amplitude: number): Float32Array => buzz(2.2, RATE, { pitchHz, amplitude });
  const silence = new Float32Array(2.2 * RATE);
  return [
    'a synthetic voice',
    [joined([turn(120, 0.1), silence, turn(220, 0.4)]), joined([silence, turn(170, 0.3), silence])],
  ];
}

const CORPUS = '../shared/corpora/CREMA-D/AudioWAV';
const SPEAKERS = ['1001', '1083'];
const EMOTIONS = ['ANG', 'SAD', 'HAP', 'NEU', 'FEA', 'DIS'];

/** Voices by name, each with several stretches of speech: one of the tests' own, and two of the corpora. */
export async function voices(): Promise<[string, Float32Array][]> {
  const [name, [own]] = synthetic();
  const all: [string, Float32Array][] = [[name, own]];
  if (!existsSync(CORPUS)) return all;
  const files = readdirSync(CORPUS).sort();
  for (const speaker of SPEAKERS) {
    const clips = EMOTIONS.map((emotion) => files.find((file) => file.startsWith(speaker) && file.includes(emotion))!);
    const sounds = await Promise.all(clips.map(async (clip) => (await decodeAudio(join(CORPUS, clip))).samples));
    all.push([`speaker ${speaker} of CREMA-D`, joined(sounds)]);
  }
  return all;
}
