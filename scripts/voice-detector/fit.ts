// Fits the first witness of the voice detector: src/predictor/voice/speech-weights.ts.
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Command } from 'commander';
import { format, resolveConfig } from 'prettier';
import { decodeAudio } from '../../src/audio/index.ts';
import type { SpeechWeights } from '../../src/predictor/voice/speech-weights.ts';
import { measureBlocks, soundTraits } from '../../src/predictor/voice/sound-traits.ts';
import { changeSpeed, throughChannel } from '../../src/training/augmentation/index.ts';
import { derivedRandom, uniform } from '../../src/training/random.ts';
import { RATE_HZ } from './made-up-sounds.ts';
import { fitNetwork, type Example } from './network.ts';
import { asItComes, cremaFiles, inRoom, madeUpSounds, music, promptFiles, segmentsOf, type Sound } from './segments.ts';

const WEIGHTS = join(import.meta.dirname, '../../src/predictor/voice/speech-weights.ts');
/** Of CREMA-D's recordings, one in so many. */
const STEP = 5;
/** Of spoken prompts, one in so many. */
const PROMPT_STEP = 6;
/** Of each made-up kind. */
const COUNT = 8;
/** Half-minutes of each piece of music. */
const PIECES = 3;
/** Speech is heard slower and deeper, and faster and higher, as well: as from other voices. */
const PACES = [
  [0.75, 0.9],
  [1.1, 1.3],
] as const;
/** How much of all examples each kind counts for; within a kind all groups (emotions, voices, pieces) count alike. */
const SHARES = { speech: 0.5, 'made-up': 0.125, music: 0.375 };
/** No example counts for more than so many. */
const MOST_WEIGHT = 5;

interface Segment {
  readonly traits: Float64Array;
  readonly kind: keyof typeof SHARES;
  readonly group: string;
}

new Command('fit')
  .description(
    `Fits the network that tells speech from other sound, and writes its weights to src/predictor/voice/speech-weights.ts.
Speech is half of the actors of CREMA-D and the spoken prompts of two Debian packages; other sound is made up, and the music of the Debian packages
that recordings.json lists to fit to. The same recordings give the same weights.`,
  )
  .requiredOption('--crema-d <folder>', 'the recordings of CREMA-D (AudioWAV)')
  .requiredOption('--packages <folder>', 'where the packages are unpacked (dpkg-deb -x), a folder each')
  .action(async ({ cremaD, packages }: { cremaD: string; packages: string }) => {
    await write(fit(await gather(cremaD, packages)));
  })
  .parse();

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function gather(cremaD: string, packages: string): Promise<Segment[]> {
  const segments: Segment[] = [];
  const add = (samples: Float32Array, facts: Pick<Segment, 'kind' | 'group'>): void => {
    for (const segment of segmentsOf(samples)) {
      segments.push({ traits: soundTraits(measureBlocks(segment)), ...facts });
      // Windows of live speech are asked about as well.
      for (const seconds of [1, 2]) {
        const window = segment.subarray(0, seconds * RATE_HZ);
        if (window.length < segment.length) segments.push({ traits: soundTraits(measureBlocks(window)), ...facts });
      }
    }
  };
  const addSpeech = async (file: string, group: string): Promise<void> => {
    const { samples } = await decodeAudio(file, { sampleRateHz: RATE_HZ });
    const name = basename(file);
    const random = derivedRandom(name, 'pace');
    const others = PACES.map((range) => changeSpeed(samples, uniform(random, range)));
    const heard = [
      ...Object.values(asItComes(samples, name)),
      ...others.flatMap((other) => byTelephoneToo(other, name)),
    ];
    for (const way of heard) add(way, { kind: 'speech', group });
  };
  for (const file of cremaFiles(cremaD, 'fit', STEP)) await addSpeech(file, /_([A-Z]{3})_/.exec(basename(file))![1]!);
  for (const file of promptFiles(packages, 'fitSpeech', PROMPT_STEP)) await addSpeech(file, 'prompts');
  say(`${segments.length} segments and windows of speech`);
  const addOther = ({ samples, file, group }: Sound, kind: Segment['kind']): void => {
    for (const heard of byTelephoneToo(samples, file)) add(heard, { kind, group });
  };
  for (const sound of madeUpSounds('fit', COUNT)) addOther(sound, 'made-up');
  for await (const sound of music(packages, 'fit', PIECES)) addOther(sound, 'music');
  say(`${segments.length} of all sound`);
  return segments;
}

function byTelephoneToo(samples: Float32Array, file: string): Float32Array[] {
  const padded = inRoom(samples, file);
  return [padded, throughChannel(padded, 'telephone')];
}

function fit(segments: readonly Segment[]): SpeechWeights {
  const groups = Map.groupBy(segments, ({ kind, group }) => `${kind} ${group}`);
  const groupsOf = Map.groupBy(groups.values(), ([first]) => first!.kind);
  const examples = [...groupsOf].flatMap(([kind, ofKind]) =>
    ofKind.flatMap((group) => {
      const weight = Math.min(MOST_WEIGHT, (SHARES[kind] * segments.length) / ofKind.length / group.length);
      return group.map(({ traits }): Example => ({ traits, isSpeech: kind === 'speech', weight }));
    }),
  );
  return fitNetwork(examples, derivedRandom('voice detector'));
}

async function write(weights: SpeechWeights): Promise<void> {
  const text = `/** A network of one hidden layer. */
export interface SpeechWeights {
  /** Of each trait, over what it was fitted to. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  /** A hidden unit a row. */
  readonly hidden: readonly (readonly number[])[];
  readonly hiddenBias: readonly number[];
  readonly output: readonly number[];
  readonly outputBias: number;
}

/**
 * The weights of the network in speech-likeness.ts, as scripts/voice-detector/fit.ts writes them. Fitted to half of the actors of CREMA-D (ODbL
 * 1.0 and DbCL 1.0), to made-up sounds, and to prompts and music of packages of Debian under CC0, CC BY, CC BY-SA, BSD and Free Art licences:
 * docs/decisions/0013 names them with their authors, and says what the network is worth.
 */
export const SPEECH_WEIGHTS: SpeechWeights = ${JSON.stringify(weights)};
`;
  writeFileSync(WEIGHTS, await format(text, { ...(await resolveConfig(WEIGHTS)), filepath: WEIGHTS }));
}
