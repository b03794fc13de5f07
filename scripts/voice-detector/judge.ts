// Says what the voice detector that ships is worth, on recordings that it was not fitted to.
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Command, Option } from 'commander';
import { decodeAudio } from '../../src/audio/index.ts';
import { createVoiceDetector } from '../../src/predictor/index.ts';
import { throughChannel } from '../../src/training/augmentation/index.ts';
import { RATE_HZ } from './made-up-sounds.ts';
import { asItComes, cremaFiles, inRoom, madeUpSounds, music, promptFiles, segmentsOf } from './segments.ts';

/** Actors' shouts, cries and sobs, as the corpora name their files. */
const INTENSE = /^03-01-0[4-6]-02|_(ANG|FEA|SAD)_HI|_(angry|fear|sad)\.|^.._(a|f|sa)\d/;

/** Half-minutes of each piece of music. */
const PIECES = 2;

interface JudgeOptions {
  readonly corpora: string;
  readonly packages: string;
  readonly part: 'choose' | 'judge';
  readonly step: number;
}

/** How many segments, and seconds of them, were heard under a name, and how many of those were taken for speech. */
class Counts {
  readonly #counts = new Map<string, { segments: number; seconds: number; speech: number; spoken: number }>();

  add(names: readonly string[], samples: Float32Array, isSpeech: boolean): void {
    const seconds = samples.length / RATE_HZ;
    for (const name of names) {
      const counts = this.#counts.get(name) ?? { segments: 0, seconds: 0, speech: 0, spoken: 0 };
      this.#counts.set(name, counts);
      counts.segments++;
      counts.seconds += seconds;
      if (!isSpeech) continue;
      counts.speech++;
      counts.spoken += seconds;
    }
  }

  print(): void {
    for (const [name, { segments, seconds, speech, spoken }] of [...this.#counts].sort(([a], [b]) =>
      a < b ? -1 : 1,
    )) {
      const lost = `${segments - speech} of ${segments} segments lost (${percent(1 - speech / segments)})`;
      const rejected = `${percent(1 - spoken / seconds)} of ${Math.round(seconds)} s rejected`;
      process.stdout.write(`${name.padEnd(44)} ${name.startsWith('speech') ? lost : rejected}\n`);
    }
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

new Command('judge')
  .description(
    `Says how much speech the voice detector loses, and how much other sound it rejects.
Bounds are to be chosen by the part "choose" alone: the part "judge" says what they are worth only as long as nobody chose by it.`,
  )
  .requiredOption('--corpora <folder>', 'where the folders CREMA-D, RAVDESS, SAVEE and TESS are')
  .requiredOption('--packages <folder>', 'where the Debian packages of recordings.json are unpacked, a folder each')
  .addOption(new Option('--part <part>', 'the recordings to hear').choices(['choose', 'judge']).default('choose'))
  .option(
    '--step <count>',
    'of the recordings of a corpus, one in so many (of the shouts and sobs four times as many)',
    Number,
    12,
  )
  .action(async ({ corpora, packages, part, step }: JudgeOptions) => {
    const detector = createVoiceDetector(RATE_HZ);
    const counts = new Counts();
    const hear = async (samples: Float32Array, names: readonly string[]): Promise<void> => {
      for (const segment of segmentsOf(samples)) counts.add(names, segment, await detector.isSpeech(segment));
    };
    const speech: Record<string, string[]> = { 'CREMA-D': cremaFiles(join(corpora, 'CREMA-D'), part, step) };
    if (part === 'choose') speech.prompts = promptFiles(packages, 'chooseSpeech', step);
    for (const corpus of part === 'judge' ? ['RAVDESS', 'SAVEE', 'TESS'] : []) {
      const files = globSync('**/*.{opus,wav,flac}', { cwd: join(corpora, corpus) }).sort();
      // Shouts and sobs are what is lost first: more of them.
      const isChosen = (file: string, index: number): boolean =>
        index % (INTENSE.test(basename(file)) ? step / 4 : step) === 0;
      speech[corpus] = files.filter(isChosen).map((file) => join(corpora, corpus, file));
    }
    for (const [corpus, files] of Object.entries(speech)) {
      for (const file of files) {
        const { samples } = await decodeAudio(file, { sampleRateHz: RATE_HZ });
        for (const [way, heard] of Object.entries(asItComes(samples, basename(file)))) {
          const names = ['speech', `speech ${corpus}`, `speech, ${way}`];
          if (INTENSE.test(basename(file)) && !way.endsWith('dB'))
            names.push('speech shouted, cried', `speech shouted, cried ${corpus}`);
          await hear(heard, names);
        }
      }
    }
    const hearOther = async (samples: Float32Array, file: string, names: readonly string[]): Promise<void> => {
      const padded = inRoom(samples, file);
      await hear(padded, names);
      await hear(throughChannel(padded, 'telephone'), names);
    };
    for (const { samples, file, group } of madeUpSounds(part, 4)) {
      await hearOther(samples, file, ['made-up', `made-up ${group}`]);
    }
    for await (const { samples, file, package: name } of music(packages, part, PIECES)) {
      await hearOther(samples, file, ['music', `music ${name}`]);
    }
    counts.print();
    await detector.close();
  })
  .parse();
