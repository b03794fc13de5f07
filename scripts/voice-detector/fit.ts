// Fits the first witness of the voice detector: src/predictor/voice/speech-weights.ts.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { format, resolveConfig } from 'prettier';
import { decodeAudio } from '../../src/audio/index.ts';
import { logOddsOfSpeech } from '../../src/predictor/voice/speech-likeness.ts';
import type { SpeechWeights } from '../../src/predictor/voice/speech-weights.ts';
import { measureBlocks, soundTraits } from '../../src/predictor/voice/sound-traits.ts';
import { throughChannel } from '../../src/training/augmentation/index.ts';
import { derivedRandom } from '../../src/training/random.ts';
import { RATE_HZ } from './made-up-sounds.ts';
import { fitNetwork, type Example } from './network.ts';
import { actorOf, asItComes, cremaFiles, inRoom, madeUpSounds, music, segmentsOf } from './segments.ts';

const WEIGHTS = join(import.meta.dirname, '../../src/predictor/voice/speech-weights.ts');
/** Of CREMA-D's recordings, one in so many. */
const STEP = 8;
/** Of each made-up kind. */
const COUNT = 8;
/** Folds by which the thresholds are looked at. */
const FOLDS = 2;
/** No example counts for more than so many. */
const MOST_WEIGHT = 5;

interface Segment {
  readonly traits: Float64Array;
  readonly isSpeech: boolean;
  /** All groups of speech, and all of what is none, count alike. */
  readonly group: string;
  readonly fold: number;
  /** Windows of live speech are asked about as well. */
  readonly isWhole: boolean;
}

new Command('fit')
  .description(
    `Fits the network that tells speech from other sound, and writes its weights to src/predictor/voice/speech-weights.ts.
Speech is half of the actors of CREMA-D, other sound made up, and half of the music of Debian's asterisk-moh-opsound-wav and lomiri-sounds.
The same recordings give the same weights.`,
  )
  .requiredOption('--crema-d <folder>', 'the recordings of CREMA-D (AudioWAV)')
  .requiredOption('--music <folders...>', 'the music of both packages, a folder each')
  .action(async ({ cremaD, music: folders }: { cremaD: string; music: string[] }) => {
    const segments = await gather(cremaD, folders);
    const held = segments.map(() => 0);
    for (let fold = 0; fold < FOLDS; fold++) {
      const weights = fit(segments.filter((segment) => segment.fold !== fold));
      segments.forEach(({ traits, fold: own }, i) => {
        if (own === fold) held[i] = logOddsOfSpeech(traits, weights);
      });
    }
    report(segments, held);
    await write(fit(segments));
  })
  .parse();

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function gather(cremaD: string, musicFolders: readonly string[]): Promise<Segment[]> {
  const segments: Segment[] = [];
  const add = (samples: Float32Array, facts: Pick<Segment, 'isSpeech' | 'group' | 'fold'>): void => {
    for (const segment of segmentsOf(samples)) {
      segments.push({ traits: soundTraits(measureBlocks(segment)), isWhole: true, ...facts });
      for (const seconds of [1, 2]) {
        const window = segment.subarray(0, seconds * RATE_HZ);
        if (window.length < segment.length)
          segments.push({ traits: soundTraits(measureBlocks(window)), isWhole: false, ...facts });
      }
    }
  };
  for (const file of cremaFiles(cremaD, 'fit', STEP)) {
    const { samples } = await decodeAudio(file, { sampleRateHz: RATE_HZ });
    const group = /_([A-Z]{3})_/.exec(file.slice(-16))?.[1] ?? '';
    const fold = (actorOf(file) >> 1) % FOLDS;
    for (const heard of Object.values(asItComes(samples, file))) add(heard, { isSpeech: true, group, fold });
  }
  say(`${segments.length} segments and windows of speech`);
  let index = 0;
  const addOther = ({ samples, file, group }: { samples: Float32Array; file: string; group: string }): void => {
    const padded = inRoom(samples, file);
    const fold = index++ % FOLDS;
    for (const heard of [padded, throughChannel(padded, 'telephone')]) add(heard, { isSpeech: false, group, fold });
  };
  for (const sound of madeUpSounds('fit', COUNT)) addOther(sound);
  for (const folder of musicFolders) for await (const sound of music(folder, 'fit')) addOther(sound);
  say(`${segments.length} of all sound`);
  return segments;
}

function fit(segments: readonly Segment[]): SpeechWeights {
  const groups = Map.groupBy(segments, ({ isSpeech, group }) => `${isSpeech} ${group}`);
  const sides = [true, false].map((side) => [...groups.values()].filter(([first]) => first!.isSpeech === side));
  const examples = sides.flatMap((side) =>
    side.flatMap((group) => {
      const weight = Math.min(MOST_WEIGHT, segments.length / 2 / side.length / group.length);
      return group.map(({ traits, isSpeech }): Example => ({ traits, isSpeech, weight }));
    }),
  );
  return fitNetwork(examples, derivedRandom('voice detector'));
}

/** What thresholds would do to those halves of the recordings that a network was not fitted to. */
function report(segments: readonly Segment[], odds: readonly number[]): void {
  const share = (isSpeech: boolean, isWhole: boolean, is: (odds: number) => boolean): string => {
    const side = odds.filter((_, i) => segments[i]!.isSpeech === isSpeech && segments[i]!.isWhole === isWhole);
    return `${((100 * side.filter(is).length) / side.length).toFixed(2)} %`;
  };
  const rows = [-6, -5, -4.5, -4, -3, -2, -1, 0, 1, 1.5, 2, 3, 4].map((bound) => ({
    'log-odds below': bound,
    'segments of speech': share(true, true, (value) => value < bound),
    'windows of speech': share(true, false, (value) => value < bound),
    'segments of other sound': share(false, true, (value) => value < bound),
    'windows of other sound': share(false, false, (value) => value < bound),
  }));
  for (const row of rows) say(JSON.stringify(row));
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
 * 1.0 and DbCL 1.0), to made-up sounds, and to half of the music of Debian's asterisk-moh-opsound-wav (Paul Shuler, Manolo Camp,
 * Reno Project; CC BY-SA 3.0) and lomiri-sounds (ringtones; CC0, CC BY and CC BY-SA, its copyright file names all authors); docs/decisions/0013 says what it is worth.
 */
export const SPEECH_WEIGHTS: SpeechWeights = ${JSON.stringify(weights)};
`;
  writeFileSync(WEIGHTS, await format(text, { ...(await resolveConfig(WEIGHTS)), filepath: WEIGHTS }));
}
