import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { assertDisjoint, type CleanSplit, type DataSplit, type DroppedClips, type Protocol } from './data-split.ts';
import { leakySplits } from './leaky-splits.ts';
import type { ManifestEntry } from './manifest.ts';
import { chooseValidationSpeakers, dealClips, dealSentences, dealSpeakers } from './split-dealing.ts';
import { checkFolds, groupSorted, hashSplit, impossible, partition } from './split-parts.ts';

export * from './data-split.ts';

/** What {@link splitManifest} is asked for. */
export interface SplitOptions {
  readonly protocol: Protocol;
  /** 2 or more; `loso` and `corpus` have their own number and ignore it. */
  readonly folds: number;
  /** Decides who is in which fold. */
  readonly seed: number;
  /** `leaky` only: how many copies a clip has, the recording itself included; default 4. */
  readonly copiesPerClip?: number;
}

/** Where clips are held back for validation instead of speakers: one in so many. */
const VALIDATION_CLIPS = 10;

/** A split before its validation part is taken from the training part. */
interface Sides {
  readonly name: string;
  readonly train: readonly number[];
  readonly test: readonly number[];
  readonly dropped?: readonly DroppedClips[];
  readonly notes?: readonly string[];
  readonly textDisjoint?: readonly string[];
}

/**
 * Divides a manifest's entries by a protocol: the same way for the same entries, in whatever order, and the same
 * options. Validation speakers are taken from the training speakers of every corpus that has enough. Tested clips whose
 * emotion is not trained at all are dropped, and the split says so.
 * @throws UndertoneError `SPLIT_IMPOSSIBLE` where the entries cannot be divided so (none, one speaker, one emotion, ...)
 */
export function splitManifest(entries: readonly ManifestEntry[], options: SplitOptions): DataSplit[] {
  checkVariety(entries);
  const random = xoroshiro128plus(options.seed);
  const { protocol, folds } = options;
  const splits =
    protocol === 'leaky'
      ? leakySplits(entries, options, random)
      : divisions[protocol](entries, folds, random).map((sides, fold) =>
          cleanSplit(entries, { protocol, fold }, sides, random),
        );
  for (const split of splits) {
    if (new Set(split.train.map((index) => entries[index]!.emotion)).size < 2) {
      throw impossible(`Split "${split.name}" would train on fewer than two emotions`);
    }
    if (split.test.length === 0) throw impossible(`Split "${split.name}" would have nothing to test`);
    assertDisjoint(entries, split);
  }
  return splits;
}

function checkVariety(entries: readonly ManifestEntry[]): void {
  if (entries.length === 0) throw impossible('There are no clips to split', 'Name a folder with labelled recordings.');
  const [only, another] = new Set(entries.map(({ emotion }) => emotion));
  if (another !== undefined) return;
  const problem = `All ${entries.length} clips are labelled "${only!}", so there is nothing to tell apart`;
  throw impossible(problem, 'Add clips of other emotions.');
}

function cleanSplit(
  entries: readonly ManifestEntry[],
  about: Pick<CleanSplit, 'protocol' | 'fold'>,
  { name, notes = [], textDisjoint = [], ...sides }: Sides,
  random: RandomGenerator,
): CleanSplit {
  const { test, dropped } = dropUntrained(entries, sides);
  const { train, validation, chosenOn } = takeValidation(entries, sides.train, about.protocol, random);
  const hash = hashSplit(entries, about.protocol, [train, validation, test]);
  return { name, ...about, train, validation, test, chosenOn, dropped, notes, textDisjoint, hash };
}

type Divide = (entries: readonly ManifestEntry[], folds: number, random: RandomGenerator) => Sides[];

const divisions: Readonly<Record<CleanSplit['protocol'], Divide>> = {
  speaker: speakerSides,
  'speaker+text': speakerAndTextSides,
  loso: (entries) => leaveOneOut(entries, 'loso', 'speakers', ({ speaker }) => speaker),
  corpus: (entries) => leaveOneOut(entries, 'corpus', 'corpora', ({ corpus }) => corpus),
  random(entries, folds, random) {
    checkFolds(folds, entries.length, 'clips');
    const foldOf = dealClips(entries, folds, random);
    return foldSides(entries, 'random', folds, (_, index) => foldOf.get(index)!);
  },
};

function speakerSides(entries: readonly ManifestEntry[], folds: number, random: RandomGenerator): Sides[] {
  checkFolds(folds, new Set(entries.map(({ speaker }) => speaker)).size, 'speakers');
  const foldOf = dealSpeakers(entries, folds, random);
  return foldSides(entries, 'speaker', folds, ({ speaker }) => foldOf.get(speaker)!);
}

function foldSides(
  entries: readonly ManifestEntry[],
  protocol: Protocol,
  folds: number,
  foldOf: (entry: ManifestEntry, index: number) => number,
): Sides[] {
  return Array.from({ length: folds }, (_, fold) => {
    const [train, test] = partition(entries.keys(), (index) => foldOf(entries[index]!, index) !== fold);
    return { name: `${protocol} ${fold + 1}/${folds}`, train, test };
  });
}

function leaveOneOut(
  entries: readonly ManifestEntry[],
  protocol: Protocol,
  what: string,
  key: (entry: ManifestEntry) => string,
): Sides[] {
  const groups = groupSorted(entries, key).map(([name]) => name);
  if (groups.length < 2) {
    throw impossible(`Leaving one out needs at least two ${what}, and there is one`, `Add ${what}.`);
  }
  return groups.map((group) => {
    const [train, test] = partition(entries.keys(), (index) => key(entries[index]!) !== group);
    return { name: `${protocol} ${group}`, train, test };
  });
}

/**
 * The folds of speakers, less what shares a sentence with the other side: of a tested corpus, the tested speakers keep
 * this fold's sentences and the training speakers the others.
 */
function speakerAndTextSides(entries: readonly ManifestEntry[], folds: number, random: RandomGenerator): Sides[] {
  const sentences = new Map(
    groupSorted(entries, ({ corpus }) => corpus).map(([corpus, own]) => [corpus, dealSentences(own, folds, random)]),
  );
  return speakerSides(entries, folds, random).map(({ train, test }, fold) => {
    const tested = [...new Set(test.map((index) => entries[index]!.corpus))].sort();
    const [spare, scarce] = partition(tested, (corpus) => sentences.get(corpus)!.size >= folds);
    const verdict = (index: number, side: 'training' | 'tested'): string => {
      const { corpus, sentence } = entries[index]!;
      if (!spare.includes(corpus)) return 'kept';
      if (sentence === undefined) return 'the sentence is unknown';
      if ((sentences.get(corpus)!.get(sentence) === fold) === (side === 'tested')) return 'kept';
      return side === 'tested'
        ? 'a tested speaker says a trained sentence'
        : 'a training speaker says a tested sentence';
    };
    const { kept: keptTrain = [], ...dropTrain } = Object.groupBy(train, (index) => verdict(index, 'training'));
    const { kept: keptTest = [], ...dropTest } = Object.groupBy(test, (index) => verdict(index, 'tested'));
    return {
      name: `speaker+text ${fold + 1}/${folds}`,
      train: keptTrain,
      test: keptTest,
      textDisjoint: spare,
      dropped: [dropTrain, dropTest].flatMap((groups) =>
        Object.entries(groups).map(([reason, clips = []]) => ({ reason, entries: clips })),
      ),
      notes: scarce.map((corpus) => {
        const count = sentences.get(corpus)!.size;
        return `${corpus} has ${count} known sentences for ${folds} folds: its sentences are on both sides`;
      }),
    };
  });
}

/** A network cannot answer with an emotion that it was never shown: such clips would only say that. */
function dropUntrained(
  entries: readonly ManifestEntry[],
  { train, test, dropped = [] }: Pick<Sides, 'train' | 'test' | 'dropped'>,
): Pick<CleanSplit, 'test' | 'dropped'> {
  const trained = new Set(train.map((index) => entries[index]!.emotion));
  const [kept, untrained] = partition(test, (index) => trained.has(entries[index]!.emotion));
  const byEmotion = groupSorted(untrained, (index) => entries[index]!.emotion);
  const reasons = byEmotion.map(([emotion, clips]) => ({ reason: `no training clip is ${emotion}`, entries: clips }));
  return { test: kept, dropped: [...dropped, ...reasons] };
}

function takeValidation(
  entries: readonly ManifestEntry[],
  trained: readonly number[],
  protocol: Protocol,
  random: RandomGenerator,
): Pick<CleanSplit, 'train' | 'validation' | 'chosenOn'> {
  const pool = trained.map((index) => entries[index]!);
  const speakers = protocol === 'random' ? new Set<string>() : chooseValidationSpeakers(pool, random);
  if (speakers.size > 0) {
    const [validation, train] = partition(trained, (index) => speakers.has(entries[index]!.speaker));
    return { train, validation, chosenOn: 'validation speakers' };
  }
  const foldOf = dealClips(pool, VALIDATION_CLIPS, random);
  // The last fold: of a handful of clips, the first folds have some and the last may have none.
  const held = new Set(trained.filter((_, position) => foldOf.get(position) === VALIDATION_CLIPS - 1));
  const [validation, train] = partition(trained, (index) => held.has(index));
  return { train, validation, chosenOn: 'validation clips' };
}
