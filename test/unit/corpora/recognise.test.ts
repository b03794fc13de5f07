import { describe, expect, test } from '@jest/globals';
import { CORPORA, corpusNamed, EMOTIONS } from '../../../src/corpora/index.ts';
import { emotionInName } from '../../../src/corpora/emotions.ts';
import { UndertoneError } from '../../../src/errors.ts';

/** What the corpora say of a path: at most one may. */
function recognise(path: string): Record<string, unknown> | undefined {
  const answers = CORPORA.flatMap((corpus) => {
    const labels = corpus.recognise(path);
    return labels === undefined ? [] : [{ corpus: corpus.name, ...labels }];
  });
  expect(answers.length).toBeLessThan(2);
  return answers[0];
}

describe('the labels in file names', () => {
  test.each([
    [
      'Actor_16/03-01-05-02-01-02-16.wav',
      { corpus: 'RAVDESS', clip: '03-01-05-02-01-02-16', speaker: '16', sex: 'female', emotion: 'angry' },
    ],
    [
      '03-01-02-01-02-01-05.flac',
      { speaker: '05', sex: 'male', emotion: 'calm', intensity: 'normal', sentence: 'dogs' },
    ],
    ['03-01-08-02-01-02-24.opus', { emotion: 'surprised', intensity: 'strong', sentence: 'kids', take: '02' }],
    ['a/1001_DFA_ANG_XX.mp3', { corpus: 'CREMA-D', speaker: '1001', sentence: 'DFA', emotion: 'angry' }],
    ['1091_IEO_SAD_HI.wav', { emotion: 'sad', intensity: 'high' }],
    ['1040_ITH_SAD_X.wav', { speaker: '1040', emotion: 'sad' }],
    ['OAF_angry/OAF_back_angry.wav', { corpus: 'TESS', speaker: 'OAF', age: 64, sex: 'female', emotion: 'angry' }],
    ['YAF_pleasant_surprised/YAF_gin_ps.ogg', { speaker: 'YAF', age: 26, emotion: 'surprised', sentence: 'gin' }],
    ['OAF_Fear/OAF_food_fear.wav', { emotion: 'fearful' }],
    ['OAF_neutral/OA_bite_neutral.wav', { clip: 'OAF_bite_neutral', speaker: 'OAF', emotion: 'neutral' }],
    ['ALL/DC_a01.wav', { corpus: 'SAVEE', clip: 'DC_a01', speaker: 'DC', sex: 'male', emotion: 'angry' }],
    ['AudioData/KL/su15.wav', { clip: 'KL_su15', speaker: 'KL', emotion: 'surprised' }],
    ['JK_sa05.m4a', { clip: 'JK_sa05', emotion: 'sad' }],
    ['JE/h02.wav', { emotion: 'happy' }],
    ['wav/03a01Fa.wav', { corpus: 'EmoDB', speaker: '03', sex: 'male', age: 31, emotion: 'happy', sentence: 'a01' }],
    ['16b10Wb.wav', { speaker: '16', sex: 'female', emotion: 'angry', take: 'b' }],
    ['08a02Ea.wav', { emotion: 'disgust' }],
    ['08a02Ab.wav', { emotion: 'fearful' }],
    ['08a02Tb.wav', { emotion: 'sad' }],
    ['08a02Na.wav', { emotion: 'neutral' }],
  ])('%s', (path, labels) => {
    expect(recognise(path)).toMatchObject(labels);
  });

  test.each([
    ['Actor_01/03-02-05-02-01-02-01.wav', 'song'],
    ['01-01-05-02-01-02-01.mp4', 'video'],
    ['03a01La.wav', 'boredom'],
  ])('%s is left out and says why', (path, skipped) => {
    expect(recognise(path)).toMatchObject({ skipped });
  });

  test.each([
    ['03-01-09-01-01-01-01.wav', 'RAVDESS has eight emotions'],
    ['03-01-01-01-01-01-25.wav', 'and 24 actors'],
    ['1092_DFA_ANG_XX.wav', 'CREMA-D has 91'],
    ['1001_DFA_SUR_XX.wav', 'and no surprise'],
    ['OAF_back_calm.wav', 'TESS has no calm'],
    ['a01.wav', 'SAVEE needs to know who speaks'],
    ['XX/a01.wav', 'and knows four men'],
    ['01a01Fa.wav', 'EmoDB has no speaker 01'],
    ['speech.wav', 'just a recording'],
  ])('%s is nothing: %s', (path) => {
    expect(recognise(path)).toBeUndefined();
  });

  test('SAVEE’s emotions share sentences, so that a split by sentence can keep them apart', () => {
    const wordsOf = (clip: string): unknown => recognise(`DC_${clip}.wav`)!.sentence;
    for (const same of ['n02', 'n17', 'd02', 'sa02', 'su02']) expect(wordsOf(same)).toBe(wordsOf('a02'));
    // Neutral's last twelve are the other emotions' own.
    const pairs = { n19: 'a04', n20: 'a05', n22: 'd05', n23: 'f04', n25: 'su04', n27: 'sa04', n28: 'sa05', n30: 'h05' };
    for (const [neutral, own] of Object.entries(pairs)) expect(wordsOf(neutral)).toBe(wordsOf(own));
    const different = ['a04', 'd04', 'a06', 'd06', 'n06', 'n04', 'n15', 'n01'].map(wordsOf);
    expect(new Set(different).size).toBe(different.length);
  });

  test('neutral has no intensity in RAVDESS, and level XX is none in CREMA-D', () => {
    expect(recognise('03-01-01-01-01-01-01.wav')).not.toHaveProperty('intensity');
    expect(recognise('1001_DFA_ANG_XX.wav')).not.toHaveProperty('intensity');
  });

  test('a folder of another speaker contradicts the name', () => {
    expect(recognise('Actor_02/03-01-01-01-01-01-01.wav')).toMatchObject({ contradiction: 'actor 02' });
    expect(recognise('YAF_sad/OAF_back_sad.wav')).toMatchObject({ contradiction: 'speaker YAF' });
    expect(recognise('Actor_01/03-01-01-01-01-01-01.wav')).not.toHaveProperty('contradiction');
  });
});

describe('the corpora', () => {
  test.each(CORPORA.map((corpus) => [corpus.name, corpus] as const))('%s: facts that fit together', (_, corpus) => {
    expect(new Set(corpus.labels).size).toBe(corpus.labels.length);
    expect(EMOTIONS.filter((emotion) => corpus.labels.includes(emotion))).toEqual(corpus.labels);
    expect(corpus.clips / corpus.speakers.length).toBeGreaterThan(40);
    expect(corpus.homepage).toMatch(/^https?:\/\//);
  });

  test('are found by name in any case, and a mistyped one names the nearest', () => {
    expect(corpusNamed('crema-d').name).toBe('CREMA-D');
    expect(() => corpusNamed('ravdes')).toThrow(UndertoneError);
    expect(() => corpusNamed('ravdes')).toThrow(/did you mean "RAVDESS"/);
  });
});

test.each([
  ['OAF_Pleasant_surprise', 'surprised'],
  ['YAF_pleasant_surprised', 'surprised'],
  ['OAF_Fear', 'fearful'],
  ['happiness', 'happy'],
  ['Actor_01', undefined],
  ['happy and sad', undefined],
  ['constructor', undefined],
])('the folder %s speaks of %s', (name, emotion) => {
  expect(emotionInName(name)).toBe(emotion);
});
