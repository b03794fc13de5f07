import type { HeardSpeech, SpeechClip, SpeechHearer } from './speech-hearer.ts';

/** Clips that are heard in one go. */
const MOST_AT_ONCE = 16;
/**
 * So many are waited for, though no longer than this: what is heard in one go finds the network's weights in the
 * processor's cache, and windows of equal length take little more than half the time (docs/decisions/0012).
 */
const ENOUGH_AT_ONCE = 8;
const LONGEST_WAIT_MS = 40;
/** Where one has waited for so long, hearing lags behind: what can be done without is better not asked for. */
const LATE_MS = 1_000;
/** What was heard of more, a hundred kilobytes each, would take all memory. */
const MOST_WAITING = 1_024;

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

interface WaitingClip {
  readonly clip: QueuedClip;
  readonly sinceMs: number;
}

/**
 * Brings the clips of all tracks to the hearer, several at once. A clip is made when its turn comes, and is heard against
 * all that was learned of the voice before it. What teaches takes longer and can wait: it comes after all else, first that
 * on which something of the same voice waits.
 */
export class PredictionQueue {
  readonly #hearer: SpeechHearer;
  readonly #now: () => number;
  #waiting: WaitingClip[] = [];
  #running: Promise<void> | undefined;
  /** How many wait until nothing waits here any more: then no clip waits for others. */
  #draining = 0;

  /** @param now in milliseconds */
  constructor(hearer: SpeechHearer, now: () => number) {
    this.#hearer = hearer;
    this.#now = now;
  }

  /** How many clips wait. */
  get length(): number {
    return this.#waiting.length;
  }

  /** Whether hearing lags behind. */
  get isBehind(): boolean {
    return this.#longestWaitMs() >= LATE_MS;
  }

  /** Whether it does so hopelessly: clips that come now should hold nothing. */
  get isFull(): boolean {
    return this.#waiting.length >= MOST_WAITING;
  }

  /** Takes a clip, to be heard by and by. */
  add(clip: QueuedClip): void {
    this.#waiting.push({ clip, sinceMs: this.#now() });
    this.hearDue();
  }

  /** Begins to hear what waits, where it is enough or has waited for long; called every now and then. */
  hearDue(): void {
    if (this.#isDue()) this.#running ??= this.#run();
  }

  /** Has everything heard at once, and resolves when nothing waits any more. */
  async idle(): Promise<void> {
    this.#draining++;
    while (this.#waiting.length > 0 || this.#running) await (this.#running ??= this.#run());
    this.#draining--;
  }

  #isDue(): boolean {
    if (this.#waiting.length === 0) return false;
    return this.#draining > 0 || this.#waiting.length >= ENOUGH_AT_ONCE || this.#longestWaitMs() >= LONGEST_WAIT_MS;
  }

  #longestWaitMs(): number {
    return this.#now() - (this.#waiting[0]?.sinceMs ?? Infinity);
  }

  async #run(): Promise<void> {
    // What else this turn of the event loop brings goes along.
    await Promise.resolve();
    while (this.#isDue()) await this.#hear(this.#next());
    this.#running = undefined;
  }

  /** The next clips, none of which follows on one that teaches. */
  #next(): QueuedClip[] {
    const ready: QueuedClip[] = [];
    const taught = new Set<object>();
    const awaited = new Set<object>();
    for (const { clip } of this.#waiting) {
      if (taught.has(clip.voice)) awaited.add(clip.voice);
      else ready.push(clip);
      if (clip.teaches) taught.add(clip.voice);
    }
    const rank = ({ teaches, voice }: QueuedClip): number => (!teaches ? 0 : awaited.has(voice) ? 1 : 2);
    const some = new Set(ready.sort((a, b) => rank(a) - rank(b)).slice(0, MOST_AT_ONCE));
    this.#waiting = this.#waiting.filter(({ clip }) => !some.has(clip));
    return [...some];
  }

  async #hear(some: readonly QueuedClip[]): Promise<void> {
    let heard: (HeardSpeech | null)[];
    try {
      heard = await this.#hearer.hear(
        some.map(({ clip }) => clip()),
        this.#waiting.length >= ENOUGH_AT_ONCE,
      );
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
