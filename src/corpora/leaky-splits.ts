import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { ClipCopy, LeakySplit } from './data-split.ts';
import type { ManifestEntry } from './manifest.ts';
import { shuffled } from './split-dealing.ts';
import { checkFolds, hashSplit, impossible, partition } from './split-parts.ts';

/** The field's mistake, made on purpose: every clip is copied first, then the copies are shuffled and dealt to folds. */
export function leakySplits(
  entries: readonly ManifestEntry[],
  { folds, copiesPerClip = 4 }: { readonly folds: number; readonly copiesPerClip?: number },
  random: RandomGenerator,
): LeakySplit[] {
  if (!Number.isInteger(copiesPerClip) || copiesPerClip < 2) {
    throw impossible(`${copiesPerClip} copies of a clip cannot leak`, 'Choose a whole number of at least 2.');
  }
  checkFolds(folds, entries.length, 'clips');
  const clips = [...entries.keys()].sort((a, b) => (entries[a]!.id < entries[b]!.id ? -1 : 1));
  const rows = clips.flatMap((entry) => Array.from({ length: copiesPerClip }, (_, copy) => ({ entry, copy })));
  const dealt = shuffled(rows, random).map((row, position) => ({ ...row, fold: position % folds }));
  return Array.from({ length: folds }, (_, fold) => {
    const [train, test] = partition(dealt, (row) => row.fold !== fold).map(inOrder) as [ClipCopy[], ClipCopy[]];
    return leakySplit(entries, { name: `leaky ${fold + 1}/${folds}`, fold, copiesPerClip }, train, test);
  });
}

function leakySplit(
  entries: readonly ManifestEntry[],
  about: Pick<LeakySplit, 'name' | 'fold' | 'copiesPerClip'>,
  trainCopies: readonly ClipCopy[],
  testCopies: readonly ClipCopy[],
): LeakySplit {
  const trained = new Set(trainCopies.map(({ entry }) => entry));
  const test = [...new Set(testCopies.map(({ entry }) => entry))];
  const share = testCopies.filter(({ entry }) => trained.has(entry)).length / testCopies.length;
  return {
    ...about,
    protocol: 'leaky',
    train: [...trained],
    validation: test,
    test,
    chosenOn: 'test copies',
    trainCopies,
    testCopies,
    dropped: [],
    notes: [`${(100 * share).toFixed(1)} % of the tested copies have a copy of the same clip in training`],
    hash: hashSplit(entries, 'leaky', [trainCopies, testCopies]),
  };
}

function inOrder(rows: readonly ClipCopy[]): ClipCopy[] {
  return rows.map(({ entry, copy }) => ({ entry, copy })).sort((a, b) => a.entry - b.entry || a.copy - b.copy);
}
