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
/** Whose two own sentences neutral has as its numbers 19 to 30, in this order. */
const READ_NEUTRALLY = ['a', 'd', 'f', 'su', 'sa', 'h'] as const;
const SPEAKER = /^(DC|JE|JK|KL)$/i;

/**
 * The words of a clip: numbers 1 to 3 are the same sentences in every emotion, 4 and 5 the emotion's own, from 6 on no
 * two clips share them. Neutral has the three again as 16 to 18, and all emotions' own ones after that. The release
 * does not say so; comparing the recordings by dynamic time warping does, beyond doubt.
 */
function sentenceOf(code: string, number: number): string {
  if (number <= 3) return `common${number}`;
  if (code !== 'n' || number < 16) return `${code}${number}`;
  if (number <= 18) return `common${number - 15}`;
  return `${READ_NEUTRALLY[(number - 19) >> 1] ?? code}${4 + ((number - 19) % 2)}`;
}

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
    const number = parts[3]!;
    const sentence = sentenceOf(code, Number(number));
    return { clip: `${speaker}_${code}${number}`, speaker, sex: 'male', emotion: CODES[code]!, sentence };
  },
};
