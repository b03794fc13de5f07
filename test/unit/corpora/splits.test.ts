import { describe, expect, test } from '@jest/globals';
import type { ManifestEntry } from '../../../src/corpora/manifest.ts';
import {
  assertDisjoint,
  PROTOCOLS,
  splitManifest,
  type CleanSplit,
  type DataSplit,
  type LeakySplit,
  type Protocol,
} from '../../../src/corpora/splits.ts';
import { UndertoneError } from '../../../src/errors.ts';
import { fourCorpora, hasCorpora, madeUpClips, realClips } from '../../helpers/labelled-clips.ts';

const split = (entries: readonly ManifestEntry[], protocol: Protocol, folds = 5, seed = 1) =>
  splitManifest(entries, { protocol, folds, seed });
const valuesOf = (entries: readonly ManifestEntry[], part: readonly number[], key: keyof ManifestEntry) =>
  new Set(part.map((index) => entries[index]![key]));
const speakersOf = (entries: readonly ManifestEntry[], part: readonly number[]) => valuesOf(entries, part, 'speaker');
const shared = <T>(a: ReadonlySet<T>, b: ReadonlySet<T>) => [...a].filter((value) => b.has(value));
const clean = (splits: readonly DataSplit[]) => splits as CleanSplit[];

const manifests: [string, ManifestEntry[]][] = [['made-up clips', fourCorpora()]];
if (hasCorpora) manifests.push(['the real corpora', await realClips()]);

describe.each(manifests)('%s', (_, entries) => {
  // One fold a speaker is many folds: two of the corpora will do.
  const few = entries.filter(({ corpus }) => corpus === 'RAVDESS' || corpus === 'SAVEE');
  const clipsFor = (protocol: Protocol) => (protocol === 'loso' ? few : entries);

  test.each(['speaker', 'speaker+text', 'loso'] as const)('%s: nobody is on two sides', (protocol) => {
    const clips = clipsFor(protocol);
    for (const { train, validation, test: tested } of split(clips, protocol)) {
      const [trained, chosenOn, judged] = [train, validation, tested].map((part) => speakersOf(clips, part));
      expect(shared(trained!, judged!)).toEqual([]);
      expect(shared(trained!, chosenOn!)).toEqual([]);
      expect(shared(chosenOn!, judged!)).toEqual([]);
    }
  });

  test.each(['speaker', 'random', 'loso'] as const)(
    '%s: every clip is tested once, and used in every fold',
    (protocol) => {
      const clips = clipsFor(protocol);
      const splits = split(clips, protocol);
      expect(splits.flatMap((fold) => fold.test).sort((a, b) => a - b)).toEqual([...clips.keys()]);
      for (const { train, validation, test: tested } of splits) {
        expect(train.length + validation.length + tested.length).toBe(clips.length);
      }
    },
  );

  test('speaker: the corpora and sexes spread over the folds; few speakers have folds of their own', () => {
    const perFold = split(entries, 'speaker').map((fold) => {
      const tested = [...speakersOf(entries, fold.test)] as string[];
      return (corpus: string) => tested.filter((name) => name.startsWith(corpus));
    });
    const women = new Set(entries.filter(({ sex }) => sex === 'female').map(({ speaker }) => speaker));
    for (const speakers of perFold) {
      const [crema, ravdess] = [speakers('CREMA-D'), speakers('RAVDESS')];
      expect([15, 16]).toContain(crema.length);
      expect(ravdess).toHaveLength(4);
      expect(ravdess.filter((name) => women.has(name))).toHaveLength(2);
      expect(Math.abs(crema.filter((name) => women.has(name)).length - crema.length * (36 / 76))).toBeLessThan(2);
    }
    expect(perFold.map((speakers) => speakers('SAVEE').length)).toEqual([1, 1, 1, 0, 0]);
    expect(perFold.map((speakers) => speakers('TESS').length)).toEqual([0, 0, 0, 1, 1]);
  });

  test('speaker: a tenth of the training speakers, of both sexes, validates; small corpora need all of theirs', () => {
    for (const fold of clean(split(entries, 'speaker'))) {
      expect(fold.chosenOn).toBe('validation speakers');
      const chosen = [...speakersOf(entries, fold.validation)] as string[];
      expect(chosen.filter((name) => name.startsWith('CREMA-D'))).toHaveLength(6);
      expect(chosen.filter((name) => name.startsWith('RAVDESS'))).toHaveLength(2);
      expect(chosen).toHaveLength(8);
      expect(valuesOf(entries, fold.validation, 'sex').size).toBe(2);
    }
  });

  test('speaker+text: tested sentences are not trained on, where there are enough, and the split says what that costs', () => {
    for (const fold of clean(split(entries, 'speaker+text'))) {
      const tested = valuesOf(entries, fold.test, 'corpus');
      expect(fold.textDisjoint).toEqual([...tested].filter((corpus) => corpus !== 'RAVDESS').sort());
      const trained = valuesOf(entries, [...fold.train, ...fold.validation], 'sentence');
      const overlap = shared(valuesOf(entries, fold.test, 'sentence'), trained);
      expect(overlap.every((sentence) => (sentence as string).startsWith('RAVDESS/'))).toBe(true);
      expect(overlap).toHaveLength(2);
      expect(fold.notes).toEqual([expect.stringContaining('RAVDESS has 2 known sentences for 5 folds')]);
      const dropped = fold.dropped.flatMap((group) => group.entries);
      const all = [...fold.train, ...fold.validation, ...fold.test, ...dropped].sort((a, b) => a - b);
      expect(all).toEqual([...entries.keys()]);
      expect(fold.dropped.map(({ reason }) => reason)).toEqual([
        'a training speaker says a tested sentence',
        'a tested speaker says a trained sentence',
      ]);
      // Every emotion of a tested corpus is still judged, also where emotions have sentences of their own.
      for (const corpus of tested) {
        const own = (part: readonly number[]) => part.filter((index) => entries[index]!.corpus === corpus);
        expect(valuesOf(entries, own(fold.test), 'emotion')).toEqual(
          valuesOf(entries, own([...entries.keys()]), 'emotion'),
        );
      }
    }
  });

  test('corpus: the corpus is new, and emotions that no other corpus has are left out', () => {
    const splits = split(entries, 'corpus');
    expect(splits.map(({ name }) => name)).toEqual(
      ['CREMA-D', 'RAVDESS', 'SAVEE', 'TESS'].map((name) => `corpus ${name}`),
    );
    for (const fold of splits) {
      const [corpus, ...others] = valuesOf(entries, fold.test, 'corpus');
      expect(others).toEqual([]);
      expect(valuesOf(entries, [...fold.train, ...fold.validation], 'corpus')).not.toContain(corpus);
      const calm = entries.filter(({ emotion }) => emotion === 'calm').length;
      const lost = corpus === 'RAVDESS' ? [['no training clip is calm', calm]] : [];
      expect(fold.dropped.map(({ reason, entries: clips }) => [reason, clips.length])).toEqual(lost);
    }
  });

  test('leaky: copies of nearly every tested clip are trained on, and the epoch is chosen on the test', () => {
    for (const fold of split(entries, 'leaky') as LeakySplit[]) {
      expect(fold.trainCopies.length + fold.testCopies.length).toBe(4 * entries.length);
      expect(fold.validation).toEqual(fold.test);
      expect(fold.chosenOn).toBe('test copies');
      const trained = new Set(fold.trainCopies.map(({ entry }) => entry));
      const siblings = fold.testCopies.filter(({ entry }) => trained.has(entry)).length / fold.testCopies.length;
      // Of four copies, the three others are all on the test side of 1/5 once in 125 times.
      expect(siblings).toBeGreaterThan(0.985);
      expect(fold.notes[0]).toContain(`${(100 * siblings).toFixed(1)} %`);
    }
  });

  test.each(PROTOCOLS)(
    '%s: the same seed gives the same split, whatever the order; another seed another',
    (protocol) => {
      const ids = (of: readonly ManifestEntry[], splits: readonly DataSplit[]) =>
        splits.map((fold) => fold.test.map((index) => of[index]!.id).sort());
      const forwards = clipsFor(protocol);
      const backwards = forwards.toReversed();
      const one = split(forwards, protocol);
      const again = split(backwards, protocol);
      const other = split(forwards, protocol, 5, 2);
      expect(ids(backwards, again)).toEqual(ids(forwards, one));
      expect(again.map(({ hash }) => hash)).toEqual(one.map(({ hash }) => hash));
      expect(new Set(one.map(({ hash }) => hash)).size).toBe(one.length);
      // Who is left out of loso and corpus is nobody's choice, who validates is.
      expect(other.map(({ hash }) => hash)).not.toEqual(one.map(({ hash }) => hash));
    },
  );
});

describe('a small corpus', () => {
  test('holds clips back for validation where no speaker can be spared', () => {
    const entries = madeUpClips({ corpus: 'SAVEE', women: 0, men: 3, emotions: ['sad', 'angry'], sentences: 10 });
    for (const fold of clean(split(entries, 'loso'))) {
      expect(fold.chosenOn).toBe('validation clips');
      expect(fold.validation).toHaveLength(4);
      expect(valuesOf(entries, fold.validation, 'emotion').size).toBe(2);
      expect(speakersOf(entries, fold.test).size).toBe(1);
    }
  });

  test('speaker+text leaves out clips whose sentence is unknown', () => {
    const known = madeUpClips({ corpus: 'A', women: 2, men: 2, emotions: ['sad', 'angry'], sentences: 4 });
    const entries = known.map(({ sentence, ...entry }, at) =>
      at % 7 === 0 ? entry : { ...entry, sentence: sentence! },
    );
    for (const fold of split(entries, 'speaker+text', 2)) {
      const unknown = fold.dropped.filter(({ reason }) => reason === 'the sentence is unknown');
      expect(unknown.flatMap((group) => group.entries).length).toBe(Math.ceil(known.length / 7));
    }
  });
});

describe('splits that cannot be made', () => {
  const pair = ['sad', 'angry'] as const;
  const many = madeUpClips({ corpus: 'A', women: 3, men: 3, emotions: pair, sentences: 2 });
  const one = madeUpClips({ corpus: 'A', women: 1, men: 0, emotions: pair, sentences: 9 });
  const flat = madeUpClips({ corpus: 'A', women: 4, men: 4, emotions: ['sad'], sentences: 2 });
  const segregated = [
    ...madeUpClips({ corpus: 'A', women: 1, men: 0, emotions: ['sad'], sentences: 3 }),
    ...madeUpClips({ corpus: 'B', women: 1, men: 0, emotions: ['angry'], sentences: 3 }),
  ];
  const cases: [string, readonly ManifestEntry[], Protocol, number, RegExp][] = [
    ['no clips', [], 'speaker', 5, /no clips to split.*labelled recordings/],
    ['one emotion', flat, 'speaker', 5, /All 16 clips are labelled "sad"/],
    ['one speaker', one, 'speaker', 5, /5 folds need at least as many speakers, and there is no more than 1/],
    ['one speaker, left out', one, 'loso', 5, /at least two speakers, and there is one/],
    ['one corpus', many, 'corpus', 5, /at least two corpora/],
    ['more folds than speakers', many, 'speaker+text', 9, /choose 6 folds/],
    ['more folds than clips', one, 'random', 99, /99 folds/],
    ['one fold', many, 'speaker', 1, /1 is no number of folds/],
    ['half a fold', many, 'leaky', 2.5, /2.5 is no number of folds/],
    ['one emotion a side', segregated, 'speaker', 2, /would train on fewer than two emotions/],
  ];
  test.each(cases)('%s', (_, entries, protocol, folds, message) => {
    const make = () => split(entries, protocol, folds);
    expect(make).toThrow(UndertoneError);
    expect(make).toThrow(expect.objectContaining({ code: 'SPLIT_IMPOSSIBLE' }));
    expect(make).toThrow(message);
  });

  test('a single copy cannot leak', () => {
    const make = () => splitManifest(many, { protocol: 'leaky', folds: 2, seed: 1, copiesPerClip: 1 });
    expect(make).toThrow(/1 copies of a clip cannot leak/);
  });
});

describe('assertDisjoint', () => {
  const entries = madeUpClips({ corpus: 'A', women: 10, men: 10, emotions: ['sad', 'angry'], sentences: 5 }).concat(
    madeUpClips({ corpus: 'B', women: 2, men: 1, emotions: ['sad', 'angry'], sentences: 5 }),
  );
  const check = (fold: DataSplit) => () => {
    assertDisjoint(entries, fold);
  };
  type Spoil = (fold: CleanSplit) => Partial<CleanSplit>;
  const testIntoTraining: Spoil = ({ train, test: tested }) => ({
    train: [...train, tested[0]!],
    test: tested.slice(1),
  });
  const leaks: [Protocol, RegExp, Spoil][] = [
    [
      'speaker',
      /the clip ".*" in both the training and the test/,
      ({ train, test: t }) => ({ train: [...train, t[0]!] }),
    ],
    ['speaker', /the speaker ".*" in both the training and the test/, testIntoTraining],
    ['corpus', /the corpus ".*" in both the training and the test/, testIntoTraining],
    ['random', /the clip ".*" in both the validation and the test/, ({ test: t }) => ({ validation: t })],
    [
      'loso',
      /the speaker ".*" in both the training and the validation/,
      ({ train, validation }) => ({ train: train.slice(1), validation: [...validation, train[0]!] }),
    ],
    [
      'speaker+text',
      /the sentence ".*" in both the training and the test/,
      ({ train, validation, dropped }) => {
        const validating = speakersOf(entries, validation);
        const said = dropped[0]!.entries.filter((index) => !validating.has(entries[index]!.speaker));
        return { train: [...train, ...said] };
      },
    ],
  ];
  test.each(leaks)('%s: %s is found', (protocol, message, spoil) => {
    const [fold] = clean(split(entries, protocol));
    expect(check(fold!)).not.toThrow();
    const spoilt = check({ ...fold!, ...spoil(fold!) });
    expect(spoilt).toThrow(expect.objectContaining({ code: 'SPLIT_LEAKS' }));
    expect(spoilt).toThrow(message);
  });

  test('even the leaky protocol does not test the very copy that was trained on', () => {
    const [fold] = split(entries, 'leaky') as LeakySplit[];
    const trainCopies = [...fold!.trainCopies, fold!.testCopies[0]!];
    expect(check({ ...fold!, trainCopies })).toThrow(/the copy ".*, copy \d"/);
  });
});
