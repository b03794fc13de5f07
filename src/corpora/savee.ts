import { stemAndFolder, type Corpus } from './corpus.ts';
import type { Emotion } from './emotions.ts';

const CODES: Readonly<Record<string, Emotion>> = {
  a: 'angry',
  d: 'disgust',
  f: 'fearful',
  h: 'happy',
  n: 'neutral',
  sa: 'sad',
  su: 'surprised',
};
const NAME = /^(?:(DC|JE|JK|KL)_)?(sa|su|a|d|f|h|n)(\d\d)$/i;
const SPEAKER = /^(DC|JE|JK|KL)$/i;

/**
 * SAVEE: Haq and Jackson, "Speaker-dependent audio-visual emotion recognition", AVSP 2009. `DC_sa05` in one folder, or
 * `sa05` in the speaker's: speaker, emotion, sentence. Four men.
 */
export const savee: Corpus = {
  name: 'SAVEE',
  homepage: 'http://kahlan.eps.surrey.ac.uk/savee/',
  licence: 'free for research, on registration',
  labels: ['neutral', 'happy', 'sad', 'angry', 'fearful', 'disgust', 'surprised'],
  clips: 480,
  speakers: ['DC', 'JE', 'JK', 'KL'],
  source: {
    kind: 'by-hand',
    how:
      'SAVEE is given out to people, not to programs: register at http://kahlan.eps.surrey.ac.uk/savee/Register.html, ' +
      'and unpack AudioData.zip from the link that is mailed to you into your folder of corpora.',
  },
  recognise(path) {
    const { stem, folder } = stemAndFolder(path);
    const parts = NAME.exec(stem);
    const speaker = (parts?.[1] ?? SPEAKER.exec(folder)?.[1])?.toUpperCase();
    if (parts === null || speaker === undefined) return undefined;
    const code = parts[2]!.toLowerCase();
    const sentence = `${code}${parts[3]!}`;
    return { clip: `${speaker}_${sentence}`, speaker, sex: 'male', emotion: CODES[code]!, sentence };
  },
};
