import type { EmotionStreak, HeardSegment, TurningPoint } from './types.ts';

/** Confident segments that are looked at together. */
const WINDOW = 3;
/** A new mood must lead the old one by so much in the mean of the window, or it is none yet. */
const TURN_LEAD = 0.1;
/** So many windows in a row must say the same: the one that changed, and two more. */
const TURN_WINDOWS = 3;
/** Of more turning points than this, the latest are kept. */
const MOST_TURNS = 100;

/** The longest streak of each label. It is not shown uncertain segments: they neither end a streak nor count. */
export class LongestStreaks {
  readonly #longest = new Map<string, EmotionStreak>();
  #current: EmotionStreak | undefined;

  add({ label, startMs, endMs }: HeardSegment): void {
    const before = this.#current?.label === label ? this.#current : { label, startMs, speechMs: 0 };
    const current = { ...before, endMs, speechMs: before.speechMs + endMs - startMs };
    this.#current = current;
    if (current.speechMs > (this.#longest.get(label)?.speechMs ?? 0)) this.#longest.set(label, current);
  }

  /** One a label, the longest first. */
  longest(): EmotionStreak[] {
    return [...this.#longest.values()].sort((a, b) => b.speechMs - a.speechMs);
  }
}

/**
 * When a speaker's mood turned. The mood is the strongest label in the mean of the last three confident segments. It
 * turns where another label leads the old one in that mean by {@link TURN_LEAD}, and is still the strongest with each
 * of the next two segments; the moment is the beginning of the first of the three segments under the new label. Anything
 * less is no turn, so that a speaker between two moods has none.
 */
export class TurningPoints {
  found: TurningPoint[] = [];
  readonly #labels: readonly string[];
  #window: HeardSegment[] = [];
  #mood: string | undefined;
  #coming: { readonly label: string; readonly atMs: number; readonly windows: number } | undefined;

  constructor(labels: readonly string[]) {
    this.#labels = labels;
  }

  add(segment: HeardSegment): void {
    this.#window = [...this.#window, segment].slice(-WINDOW);
    if (this.#window.length < WINDOW) return;
    const sums = Object.fromEntries(
      this.#labels.map((label) => [label, this.#window.reduce((sum, { scores }) => sum + (scores[label] ?? 0), 0)]),
    );
    const label = strongest(sums, this.#labels);
    this.#mood ??= label;
    if (this.#coming?.label === label) {
      this.#coming = { ...this.#coming, windows: this.#coming.windows + 1 };
    } else if (sums[label]! - sums[this.#mood]! >= TURN_LEAD * WINDOW) {
      const { startMs } = this.#window.find((heard) => heard.label === label) ?? segment;
      this.#coming = { label, atMs: startMs, windows: 1 };
    } else {
      this.#coming = undefined;
    }
    if (this.#coming?.windows !== TURN_WINDOWS) return;
    this.found = [...this.found, { atMs: this.#coming.atMs, from: this.#mood, to: label }].slice(-MOST_TURNS);
    this.#mood = label;
    this.#coming = undefined;
  }
}

/** The label with the largest value; of equals, the first. */
export function strongest(values: Readonly<Record<string, number>>, labels: readonly string[]): string {
  return labels.reduce((best, label) => (values[label]! > values[best]! ? label : best));
}
