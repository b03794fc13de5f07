import { existsSync, globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { decodeAudio } from '../../src/audio/index.ts';
import { SamplePast, SpeechSegmenter } from '../../src/predictor/index.ts';
import { addNoise, NOISE_KINDS, throughChannel } from '../../src/training/augmentation/index.ts';
import { choose, derivedRandom, uniform } from '../../src/training/random.ts';
import { MADE_UP_SOUNDS, RATE_HZ } from './made-up-sounds.ts';
import recordings from './recordings.json' with { type: 'json' };

/** What a sound is for: to fit to, to choose bounds on, or to judge at the end what nobody looked at before. */
export type Part = 'fit' | 'choose' | 'judge';

/** Recordings of a Debian package, as recordings.json lists them. */
interface PackageFolder {
  readonly package: string;
  /** Where they are, inside the package. */
  readonly folder: string;
  /** A regular expression for the names of those that are used. */
  readonly only?: string;
  /** Where a package is used for two ends. */
  readonly half?: 'first' | 'second';
}

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
const MUSIC_SECONDS = 30;
const RECORDED = '**/*.{wav,ogg,oga,mp3,flac,opus}';

/** Half of the actors of CREMA-D are fitted to, and a quarter each is for the other ends. */
const partOfActor = (id: number): Part => (id % 2 === 0 ? 'fit' : id % 4 === 1 ? 'choose' : 'judge');

/** Which actor of CREMA-D a file is of. */
const actorOf = (file: string): number => Number(basename(file).slice(0, 4));

/** CREMA-D's recordings: each shout and sob of full intensity, and of all else every `step`-th one. */
export function cremaFiles(folder: string, part: Part, step: number): string[] {
  return globSync('**/*.{opus,wav,flac,mp3}', { cwd: folder })
    .filter((file) => partOfActor(actorOf(file)) === part)
    .sort()
    .filter((file, index) => file.includes('_HI.') || index % step === 0)
    .map((file) => join(folder, file));
}

/**
 * The music of some packages of Debian, in pieces of half a minute.
 * @param packages where they lie unpacked, a folder each, which has the package's name
 * @param most pieces of each recording, spread over all of it
 */
export async function* music(packages: string, part: Part, most: number): AsyncGenerator<Sound & { package: string }> {
  for (const entry of recordings[part] as readonly PackageFolder[]) {
    for (const file of filesOf(packages, entry)) {
      const { samples } = await decodeAudio(file, { sampleRateHz: RATE_HZ });
      const length = MUSIC_SECONDS * RATE_HZ;
      const pieces = Math.ceil(samples.length / length);
      const taken = Math.min(pieces, most);
      for (let piece = 0; piece < taken; piece++) {
        const start = Math.floor((piece * pieces) / taken) * length;
        yield {
          group: `${entry.package} ${basename(file)}`,
          package: entry.package,
          file: basename(file),
          samples: samples.subarray(start, start + length),
        };
      }
    }
  }
}

/** Spoken prompts and dialogues of packages of Debian, one in so many. */
export function promptFiles(packages: string, part: 'fitSpeech' | 'chooseSpeech', step: number): string[] {
  return (recordings[part] as readonly PackageFolder[]).flatMap((entry) =>
    filesOf(packages, entry).filter((_, index) => index % step === 0),
  );
}

/** @throws Error where the package is not there: what is left out silently would change the weights */
function filesOf(packages: string, { package: name, folder, only, half }: PackageFolder): string[] {
  const where = join(packages, name, folder);
  if (!existsSync(where)) throw new Error(`There is no ${where}: unpack ${name} with \`dpkg-deb -x\``);
  return globSync(RECORDED, { cwd: where })
    .filter((file) => !only || new RegExp(only).test(basename(file)))
    .sort()
    .filter((_, index) => !half || (index % 2 === 0) === (half === 'first'))
    .map((file) => join(where, file));
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
