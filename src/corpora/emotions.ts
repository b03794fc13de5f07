/** The emotions that Undertone tells apart, in the order that models and reports use. */
export const EMOTIONS = ['neutral', 'calm', 'happy', 'sad', 'angry', 'fearful', 'disgust', 'surprised'] as const;

/** One of {@link EMOTIONS}. */
export type Emotion = (typeof EMOTIONS)[number];

/** Words that corpora and people name files and folders with. */
const WORDS: Readonly<Record<string, Emotion>> = {
  neutral: 'neutral',
  calm: 'calm',
  happy: 'happy',
  happiness: 'happy',
  joy: 'happy',
  sad: 'sad',
  sadness: 'sad',
  angry: 'angry',
  anger: 'angry',
  fear: 'fearful',
  fearful: 'fearful',
  disgust: 'disgust',
  disgusted: 'disgust',
  ps: 'surprised',
  surprise: 'surprised',
  surprised: 'surprised',
};

/** The emotion that a name speaks of (`OAF_Pleasant_surprise`, `Fear`), or undefined where it names none or several. */
export function emotionInName(name: string): Emotion | undefined {
  const words = name.toLowerCase().split(/[^a-z]+/);
  const named = new Set(words.flatMap((word) => (Object.hasOwn(WORDS, word) ? [WORDS[word]!] : [])));
  return named.size === 1 ? [...named][0] : undefined;
}
