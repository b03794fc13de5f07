import type { HeardSpeech, SpeechClip, SpeechHearer } from './speech-hearer.ts';

/** Clips that are heard in one go. */
const MOST_AT_ONCE = 16;

/** A clip whose turn will come. */
export interface QueuedClip {
  /** Whose it is. */
  readonly voice: object;
  /** Whether something is learned of the voice from it: what follows of the same voice waits for that. */
  readonly teaches: boolean;
  /** Makes the clip when its turn has come. */
  readonly clip: () => SpeechClip;
  /** Called in the order of the clips of a voice. */
  readonly done: (heard: HeardSpeech | null) => void;
  /** Told that hearing failed, or that `done` threw. */
  readonly failed: (cause: unknown) => void;
}

/**
 * Brings the clips of all tracks to the hearer, several at once. A clip is made when its turn comes, and is heard against
 * all that was learned of the voice before it. What teaches takes longer and can wait: it comes after all else, first that
 * on which something of the same voice waits.
 */
export class PredictionQueue {
  readonly #hearer: SpeechHearer;
  #waiting: QueuedClip[] = [];
  #running: Promise<void> | undefined;

  constructor(hearer: SpeechHearer) {
    this.#hearer = hearer;
  }

  /** How many clips wait. */
  get length(): number {
    return this.#waiting.length;
  }

  /** Has a clip heard. */
  add(clip: QueuedClip): void {
    this.#waiting.push(clip);
    this.#running ??= this.#run();
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #run(): Promise<void> {
    // What else this turn of the event loop brings goes along.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#hear(this.#next());
    this.#running = undefined;
  }

  /** The next clips, none of which follows on one that teaches. */
  #next(): QueuedClip[] {
    const ready: QueuedClip[] = [];
    const taught = new Set<object>();
    const awaited = new Set<object>();
    for (const clip of this.#waiting) {
      if (taught.has(clip.voice)) awaited.add(clip.voice);
      else ready.push(clip);
      if (clip.teaches) taught.add(clip.voice);
    }
    const rank = ({ teaches, voice }: QueuedClip): number => (!teaches ? 0 : awaited.has(voice) ? 1 : 2);
    const some = new Set(ready.sort((a, b) => rank(a) - rank(b)).slice(0, MOST_AT_ONCE));
    this.#waiting = this.#waiting.filter((clip) => !some.has(clip));
    return [...some];
  }

  async #hear(some: readonly QueuedClip[]): Promise<void> {
    let heard: (HeardSpeech | null)[];
    try {
      heard = await this.#hearer.hear(some.map(({ clip }) => clip()));
    } catch (cause) {
      // One clip that cannot be heard costs no other.
      if (some.length === 1) some[0]!.failed(cause);
      else for (const one of some) await this.#hear([one]);
      return;
    }
    some.forEach(({ done, failed }, index) => {
      try {
        done(heard[index]!);
      } catch (cause) {
        failed(cause);
      }
    });
  }
}
