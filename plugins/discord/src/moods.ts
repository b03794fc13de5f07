import { emotionInName, type Emotion } from 'undertone';

/** How an emotion is shown in Discord: a face, and a square for the bar of the last minutes. */
interface Mood {
  readonly face: string;
  readonly square: string;
}

const MOODS: Readonly<Record<Emotion, Mood>> = {
  neutral: { face: '😐', square: '⬜' },
  calm: { face: '😌', square: '🟩' },
  happy: { face: '😊', square: '🟨' },
  sad: { face: '😢', square: '🟦' },
  angry: { face: '😠', square: '🟥' },
  fearful: { face: '😨', square: '🟪' },
  disgust: { face: '🤢', square: '🟫' },
  surprised: { face: '😮', square: '🟧' },
};
const OTHER: Mood = { face: '🗣️', square: '🔘' };
export const UNCERTAIN_FACE = '🤔';
export const SILENT_SQUARE = '▫️';
export const UNCERTAIN_SQUARE = '🔳';

/** How a label of the model is shown. */
export function moodOf(label: string): Mood {
  const emotion = emotionInName(label);
  return emotion ? MOODS[emotion] : OTHER;
}

/** "😠 angry 87 %", or that it cannot be told. */
export function moodText({
  label,
  confidence,
  uncertain,
}: {
  readonly label: string;
  readonly confidence: number;
  readonly uncertain: boolean;
}): string {
  if (uncertain) return `${UNCERTAIN_FACE} uncertain (perhaps ${label})`;
  return `${moodOf(label).face} ${label} ${percent(confidence)}`;
}

export const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** 75,000 as "1:15", and hours where there are any. */
export function clockText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const [h, m, s] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
