import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { ManifestEntry } from './manifest.ts';
import { groupSorted } from './split-parts.ts';

/** A share of the training speakers, in corpora with at least so many, becomes the validation part. */
const VALIDATION_SHARE = 0.1;
const LEAST_SPEAKERS = 8;

/** A copy in random order (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], random: RandomGenerator): T[] {
  const copy = [...items];
  for (let last = copy.length - 1; last > 0; last--) {
    const other = uniformInt(random, 0, last);
    [copy[last], copy[other]] = [copy[other]!, copy[last]!];
  }
  return copy;
}

interface Speaker {
  readonly name: string;
  readonly corpus: string;
  readonly sex: string;
}

function speakersOf(entries: readonly ManifestEntry[]): Speaker[] {
  return groupSorted(entries, ({ speaker }) => speaker).map(([name, [first]]) => ({
    name,
    corpus: first!.corpus,
    sex: first!.sex ?? 'unknown',
  }));
}

/**
 * Deals speakers to folds like cards, corpus by corpus and sex by sex, so that both spread evenly. Corpora with fewer
 * speakers than folds are dealt by themselves, from the first fold on: with five folds, three speakers of one and two of
 * another corpus are tested in one fold each.
 * @returns the fold of each speaker
 */
export function dealSpeakers(
  entries: readonly ManifestEntry[],
  folds: number,
  random: RandomGenerator,
): Map<string, number> {
  const foldOf = new Map<string, number>();
  const dealt = { few: 0, many: 0 };
  for (const [, corpus] of groupSorted(speakersOf(entries), (speaker) => speaker.corpus)) {
    const pile = corpus.length < folds ? 'few' : 'many';
    for (const [, speakers] of groupSorted(corpus, ({ sex }) => sex)) {
      for (const { name } of shuffled(speakers, random)) foldOf.set(name, dealt[pile]++ % folds);
    }
  }
  return foldOf;
}

/**
 * Deals the sentences of one corpus to folds, those that are said with the same emotions together: every fold can then
 * be judged on every emotion, even where each emotion has sentences of its own.
 * @returns the fold of each sentence
 */
export function dealSentences(
  entries: readonly ManifestEntry[],
  folds: number,
  random: RandomGenerator,
): Map<string, number> {
  const said = entries.filter(({ sentence }) => sentence !== undefined);
  const sentences = groupSorted(said, ({ sentence }) => sentence!).map(([name, clips]) => {
    return { name, emotions: [...new Set(clips.map(({ emotion }) => emotion))].sort().join() };
  });
  const alike = groupSorted(sentences, ({ emotions }) => emotions).flatMap(([, group]) => shuffled(group, random));
  return new Map(alike.map(({ name }, position) => [name, position % folds]));
}

/**
 * Chooses a tenth of the speakers of every corpus that has enough, as many women as men. A corpus of few speakers needs
 * them all for training.
 */
export function chooseValidationSpeakers(entries: readonly ManifestEntry[], random: RandomGenerator): Set<string> {
  const chosen = new Set<string>();
  for (const [, corpus] of groupSorted(speakersOf(entries), (speaker) => speaker.corpus)) {
    const sexes = groupSorted(corpus, ({ sex }) => sex).map(([, speakers]) => shuffled(speakers, random));
    if (corpus.length < LEAST_SPEAKERS) continue;
    const order = shuffled(sexes, random);
    for (let turn = 0, wanted = Math.round(corpus.length * VALIDATION_SHARE); wanted > 0; turn++) {
      const speaker = order[turn % order.length]!.pop();
      if (speaker === undefined) continue;
      chosen.add(speaker.name);
      wanted--;
    }
  }
  return chosen;
}

/** Deals clips to folds, corpus by corpus and emotion by emotion. @returns the fold of each index into `entries` */
export function dealClips(
  entries: readonly ManifestEntry[],
  folds: number,
  random: RandomGenerator,
): Map<number, number> {
  const byId = [...entries.keys()].sort((a, b) => (entries[a]!.id < entries[b]!.id ? -1 : 1));
  const groups = groupSorted(byId, (index) => `${entries[index]!.corpus} ${entries[index]!.emotion}`);
  const order = groups.flatMap(([, group]) => shuffled(group, random));
  return new Map(order.map((index, position) => [index, position % folds]));
}
