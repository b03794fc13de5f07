import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { decodeAudio } from '../../src/audio/index.ts';
import { SamplePast, SpeechSegmenter } from '../../src/predictor/index.ts';
import { addNoise, NOISE_KINDS, throughChannel } from '../../src/training/augmentation/index.ts';
import { choose, derivedRandom, uniform } from '../../src/training/random.ts';
import { MADE_UP_SOUNDS, RATE_HZ } from './made-up-sounds.ts';

/** Whether a sound is fitted to or kept for judging. */
export type Part = 'fit' | 'judge';

/** A recording, and the group whose name it counts under. */
export interface Sound {
  readonly group: string;
  readonly file: string;
  readonly samples: Float32Array;
}

const MAX_MS = 6_000;
/** A quiet room, as loud as the noise of a microphone. */
const ROOM = 1e-4;
const SNR_DB = [20, 10, 5];
/** These actors of CREMA-D are fitted to: every second one. */
const isFittedActor = (id: number): boolean => id % 2 === 0;
const MUSIC_SECONDS = 30;

/** Which actor of CREMA-D a file is of. */
export const actorOf = (file: string): number => Number(basename(file).slice(0, 4));

/** CREMA-D's recordings: each shout and sob of full intensity, and of all else every `step`-th one. */
export function cremaFiles(folder: string, part: Part, step: number): string[] {
  return globSync('**/*.{opus,wav,flac,mp3}', { cwd: folder })
    .filter((file) => isFittedActor(actorOf(file)) === (part === 'fit'))
    .sort()
    .filter((file, index) => file.includes('_HI.') || index % step === 0)
    .map((file) => join(folder, file));
}

/** Recordings of music, in pieces of half a minute, at most so many of each, from its beginning. */
export async function* music(folder: string, part?: Part, most = Infinity): AsyncGenerator<Sound> {
  const files = globSync('**/*.{wav,ogg,oga,mp3,flac}', { cwd: folder }).sort();
  for (const [index, file] of files.entries()) {
    // Of music to fit to, every second piece is kept for judging.
    if (part && (index % 2 === 0) !== (part === 'fit')) continue;
    const name = basename(file).replace(/\.\w+$/, '');
    const { samples } = await decodeAudio(join(folder, file), { sampleRateHz: RATE_HZ });
    const length = MUSIC_SECONDS * RATE_HZ;
    for (let start = 0; start < Math.min(samples.length, most * length); start += length) {
      yield { group: name, file, samples: samples.subarray(start, start + length) };
    }
  }
}

/** So many of each kind of {@link MADE_UP_SOUNDS}. */
export function* madeUpSounds(part: Part, count: number): Generator<Sound> {
  for (const [group, make] of Object.entries(MADE_UP_SOUNDS)) {
    for (let i = 0; i < count; i++) yield { group, file: group, samples: make(derivedRandom(part, group, i)) };
  }
}

/** A recording as it may come: clean, over a telephone or a narrow network, and in noise. */
export function asItComes(samples: Float32Array, file: string): Record<string, Float32Array> {
  const random = derivedRandom(basename(file));
  const kind = choose(random, NOISE_KINDS);
  const snrDb = choose(random, SNR_DB);
  const padded = inRoom(samples, file);
  return {
    clean: padded,
    telephone: throughChannel(padded, 'telephone'),
    opus: throughChannel(padded, 'opus16'),
    [`${snrDb} dB`]: addNoise(padded, { kind, snrDb }, random),
  };
}

/** A recording with a second of a quiet room before and after it. */
export function inRoom(samples: Float32Array, file: string): Float32Array {
  const random = derivedRandom(file, 'room');
  const room = Float32Array.from({ length: samples.length + 2 * RATE_HZ }, () => ROOM * uniform(random, [-1, 1]));
  samples.forEach((sample, i) => (room[RATE_HZ + i]! += sample));
  return room;
}

/** The segments that the engine would ask about. */
export function segmentsOf(samples: Float32Array): Float32Array[] {
  const past = new SamplePast(RATE_HZ);
  const segmenter = new SpeechSegmenter(past, MAX_MS);
  const found: Float32Array[] = [];
  // Chunk by chunk, for the past forgets what is over.
  for (let from = 0; from < samples.length; from += RATE_HZ) {
    for (const { start, end } of segmenter.push(samples.subarray(from, from + RATE_HZ)))
      found.push(past.copy(start, end));
  }
  for (const { start, end } of segmenter.finish()) found.push(past.copy(start, end));
  past.free();
  return found;
}
