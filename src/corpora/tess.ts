import { stemAndFolder, type Corpus } from './corpus.ts';
import { emotionInName } from './emotions.ts';

const AGES: Readonly<Record<string, number>> = { OAF: 64, YAF: 26 };
// One file of the release starts with OA_.
const NAME = /^(OAF?|YAF)_([a-z]+)_(angry|disgust|fear|happy|neutral|ps|sad)$/i;

/**
 * TESS: Pichora-Fuller and Dupuis, "Toronto emotional speech set", 2020. `OAF_back_angry`: the older or younger
 * adult female, the word after "Say the word", the emotion; `ps` is pleasant surprise.
 */
export const tess: Corpus = {
  name: 'TESS',
  homepage: 'https://doi.org/10.5683/SP2/E8H2MF',
  licence: 'CC BY-NC-ND 4.0',
  labels: ['neutral', 'happy', 'sad', 'angry', 'fearful', 'disgust', 'surprised'],
  clips: 2800,
  speakers: ['OAF', 'YAF'],
  source: { kind: 'dataverse', server: 'https://borealisdata.ca', persistentId: 'doi:10.5683/SP2/E8H2MF' },
  recognise(path) {
    const { stem, folder } = stemAndFolder(path);
    const parts = NAME.exec(stem);
    if (parts === null) return undefined;
    const [, prefix, word, emotion] = parts.map((part) => part.toLowerCase());
    const speaker = prefix === 'yaf' ? 'YAF' : 'OAF';
    const folderSpeaker = /^(OAF|YAF)_/i.exec(folder)?.[1]?.toUpperCase() ?? speaker;
    return {
      clip: `${speaker}_${word!}_${emotion!}`,
      speaker,
      sex: 'female',
      age: AGES[speaker]!,
      emotion: emotionInName(emotion!)!,
      sentence: word!,
      ...(folderSpeaker === speaker ? {} : { contradiction: `speaker ${folderSpeaker}` }),
    };
  },
};
