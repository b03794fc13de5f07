import type { ManifestEntry } from '../../corpora/manifest.ts';
import type { DataSplit, Protocol } from '../../corpora/data-split.ts';
import type { Condition, SplitReport } from './types.ts';

/** A protocol in a reader's words. */
export interface ProtocolWords {
  /** How tables name it. */
  readonly label: string;
  /** What is new to the network in the test part, for a table. */
  readonly unseen: string;
  readonly explanation: string;
}

/** What each protocol means. */
export const PROTOCOL_WORDS: Readonly<Record<Protocol, ProtocolWords>> = {
  speaker: {
    label: 'speaker',
    unseen: 'the voice',
    explanation:
      'Speaker-disjoint folds: nobody who is tested was trained on, and the epoch was chosen without them. ' +
      'This is what a new voice from the same kind of recording can expect.',
  },
  'speaker+text': {
    label: 'speaker+text',
    unseen: 'the voice and the sentence',
    explanation:
      'Speaker-disjoint folds in which no tested sentence was trained on either, wherever a corpus has a sentence for ' +
      'each fold: neither the voice nor the words can be recognised.',
  },
  loso: {
    label: 'leave one speaker out',
    unseen: 'the voice',
    explanation: 'Leave one speaker out: each speaker is tested by a network that was trained on all the others.',
  },
  random: {
    label: 'random clips',
    unseen: 'the clip',
    explanation:
      'Clips dealt to folds at random: the same voices, often with the same words, are trained on and tested. It flatters ' +
      'a network, which may know the voice; no new speaker can expect these figures.',
  },
  corpus: {
    label: 'leave one corpus out',
    unseen: 'the corpus: voices, sentences and recording',
    explanation:
      'Leave one corpus out: each corpus is tested by a network that was trained on the others. Emotions that no other ' +
      'corpus has are left out. This is nearest to recordings of another origin.',
  },
  leaky: {
    label: 'leaky (a mistake, shown on purpose)',
    unseen: 'nothing',
    explanation:
      'LEAKY: clips were copied and augmented first, then all copies were shuffled and split, so that nearly every tested ' +
      'copy has a sibling in training, and the epoch was chosen on the tested copies themselves. These figures measure ' +
      'memory, not hearing. They are here because published results are often made this way.',
  },
};

/** What each condition means. */
export const CONDITION_WORDS: Readonly<Record<Condition, { readonly label: string; readonly explanation: string }>> = {
  clip: { label: 'clip alone', explanation: 'The network hears the tested clip and nothing else of its speaker.' },
  'adapted-8': {
    label: 'adapted to 8 clips',
    explanation: 'The network has heard 8 other clips of the speaker, without labels.',
  },
  'adapted-all': {
    label: 'adapted to all clips',
    explanation: 'The network has heard all other clips of the speaker, without labels.',
  },
};

/** A split as a report names it: counts, not clips. */
export function describeSplit(entries: readonly ManifestEntry[], split: DataSplit): SplitReport {
  const { name, fold, hash, chosenOn, train, validation, test, dropped, notes } = split;
  const speakers = (part: readonly number[]) => new Set(part.map((index) => entries[index]!.speaker)).size;
  const [trainClips, testClips] =
    split.protocol === 'leaky' ? [split.trainCopies.length, split.testCopies.length] : [train.length, test.length];
  const validationClips = split.protocol === 'leaky' ? testClips : validation.length;
  return {
    name,
    fold,
    hash,
    chosenOn,
    clips: { train: trainClips, validation: validationClips, test: testClips },
    speakers: { train: speakers(train), validation: speakers(validation), test: speakers(test) },
    dropped: dropped.map((group) => ({ reason: group.reason, clips: group.entries.length })),
    notes,
  };
}
