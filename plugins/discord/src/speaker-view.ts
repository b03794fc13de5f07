import type { EmotionEvent, EmotionPrediction } from 'undertone';
import { moodOf, SILENT_SQUARE, UNCERTAIN_SQUARE } from './moods.ts';

const SQUARE_MS = 30_000;
const SQUARES = 10;

/** What the panel shows of one speaker: kept small, however long the call is. */
export class SpeakerView {
  readonly id: string;
  name: string;
  /** Whether they are in the channel. */
  isPresent = true;
  isTalking = false;
  talkMs = 0;
  mood: EmotionPrediction | undefined;
  /** Of the last squares: how long each label was heard. */
  readonly #squares = new Map<number, Map<string, number>>();

  constructor(id: string, name: string) {
    this.id = id;
    this.name = name;
  }

  hear({ of, startMs, endMs, label, uncertain, smoothed }: EmotionEvent): void {
    this.mood = smoothed;
    if (of === 'window') return;
    this.talkMs += endMs - startMs;
    const square = Math.floor((startMs + endMs) / 2 / SQUARE_MS);
    let heard = this.#squares.get(square);
    if (!heard) {
      this.#squares.set(square, (heard = new Map<string, number>()));
      for (const old of this.#squares.keys()) if (old <= square - SQUARES) this.#squares.delete(old);
    }
    const shown = uncertain ? '' : label;
    heard.set(shown, (heard.get(shown) ?? 0) + endMs - startMs);
  }

  /** A square for each half minute of the last five, the newest last. */
  bar(mediaMs: number): string {
    const now = Math.floor(mediaMs / SQUARE_MS);
    const first = Math.max(0, now - SQUARES + 1);
    return Array.from({ length: now - first + 1 }, (_, i) => {
      const heard: ReadonlyMap<string, number> | undefined = this.#squares.get(first + i);
      const [longest] = (heard ? [...heard] : []).sort((a, b) => b[1] - a[1]);
      if (!longest) return SILENT_SQUARE;
      return longest[0] === '' ? UNCERTAIN_SQUARE : moodOf(longest[0]).square;
    }).join('');
  }
}
