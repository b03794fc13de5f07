import { stemAndFolder, type Corpus } from './corpus.ts';
import type { Emotion } from './emotions.ts';

/** Initials of the German words: Ärger (Wut), Ekel, Angst, Freude, Trauer. */
const CODES: Readonly<Record<string, Emotion>> = {
  W: 'angry',
  E: 'disgust',
  A: 'fearful',
  F: 'happy',
  T: 'sad',
  N: 'neutral',
};

const SPEAKERS: Readonly<Record<string, { readonly sex: 'female' | 'male'; readonly age: number }>> = {
  '03': { sex: 'male', age: 31 },
  '08': { sex: 'female', age: 34 },
  '09': { sex: 'female', age: 21 },
  '10': { sex: 'male', age: 32 },
  '11': { sex: 'male', age: 26 },
  '12': { sex: 'male', age: 30 },
  '13': { sex: 'female', age: 32 },
  '14': { sex: 'female', age: 35 },
  '15': { sex: 'male', age: 25 },
  '16': { sex: 'female', age: 31 },
};
const NAME = /^(0[389]|1[0-6])([ab]\d\d)([WLEAFTN])([a-z]?)$/;

/**
 * EmoDB: Burkhardt et al., "A database of German emotional speech", Interspeech 2005. `03a01Fa`: speaker, text,
 * emotion, version. Boredom (L, Langeweile) is none of our labels.
 */
export const emodb: Corpus = {
  name: 'EmoDB',
  homepage: 'http://emodb.bilderbar.info/',
  licence: 'free, with a citation of Burkhardt et al. 2005',
  labels: ['neutral', 'happy', 'sad', 'angry', 'fearful', 'disgust'],
  // 535 with the 81 of boredom.
  clips: 454,
  speakers: ['03', '08', '09', '10', '11', '12', '13', '14', '15', '16'],
  source: {
    kind: 'by-hand',
    how: 'Download EmoDB at http://emodb.bilderbar.info/ and unpack it into your folder of corpora.',
  },
  recognise(path) {
    const { stem } = stemAndFolder(path);
    const parts = NAME.exec(stem);
    if (parts === null) return undefined;
    const [, speaker, sentence, code, take] = parts;
    if (code === 'L') return { skipped: 'boredom' };
    return {
      clip: stem,
      speaker: speaker!,
      ...SPEAKERS[speaker!]!,
      emotion: CODES[code!]!,
      sentence: sentence!,
      ...(take === '' ? {} : { take: take! }),
    };
  },
};
