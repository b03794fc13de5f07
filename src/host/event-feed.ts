import type { ConsentChange, LiveEvent, LiveSession } from '../live/index.ts';

/** Events that can be asked for again by somebody whose connection broke. */
const MOST_RECENT = 1000;

/** An event, and where it belongs. */
interface FedEvent {
  readonly event: LiveEvent;
  readonly platform: string;
  readonly space: string;
}

/** What all live sessions say, in one stream, with the last of it. */
export class EventFeed {
  readonly #listeners = new Set<(event: LiveEvent) => void>();
  readonly #onError: (cause: unknown) => void;
  #recent: FedEvent[] = [];

  /** @param onError told of what listeners throw */
  constructor(onError: (cause: unknown) => void) {
    this.#onError = onError;
  }

  /** Takes along what a session says from now on. */
  follow({ description: { platform, space }, events }: LiveSession): void {
    events.subscribe((event) => {
      this.#recent.push({ event, platform, space });
      if (this.#recent.length >= 2 * MOST_RECENT) this.#recent = this.#recent.slice(-MOST_RECENT);
      this.emit(event);
    });
  }

  emit(event: LiveEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (cause) {
        this.#onError(cause);
      }
    }
  }

  /** Returns the way to stop. */
  subscribe(listener: (event: LiveEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What followed on an event, as far as it is still known; nothing where the event is not. */
  since(sessionId: string, sequence: number): LiveEvent[] {
    const at = this.#recent.findIndex(({ event }) => event.sessionId === sessionId && event.sequence === sequence);
    return at < 0 ? [] : this.#recent.slice(at + 1).map(({ event }) => event);
  }

  /** Forgets what was said of somebody who may not be heard any more. */
  consentChanged({ subject, action }: ConsentChange): void {
    if (action !== 'withdraw' && action !== 'purge') return;
    this.#recent = this.#recent.filter(
      ({ event, platform, space }) =>
        platform !== subject.platform || space !== subject.space || !isAbout(event, subject.speaker),
    );
  }
}

function isAbout(event: LiveEvent, speaker: string): boolean {
  if (event.type !== 'summary') return event.speaker === speaker;
  return event.summary.speakers.some((other) => other.speaker === speaker);
}
