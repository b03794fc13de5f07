import { UndertoneError } from '../errors.ts';

/** Events that may wait for a reader who does not come for them. */
const MOST_WAITING = 4_096;

/**
 * Gives what happens to whoever listens: by a call for each event, or as an iteration. A listener that throws, or a
 * reader that does not keep up, costs no other anything.
 */
export class EventStream<Event> {
  readonly #listeners = new Set<(event: Event) => void>();
  readonly #closers = new Set<() => void>();
  readonly #onError: (cause: unknown) => void;
  #isClosed = false;

  /** @param onError told of what listeners throw */
  constructor(onError: (cause: unknown) => void) {
    this.#onError = onError;
  }

  /** Listens to all events to come. Returns the way to stop. */
  subscribe(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Gives an event to all who listen. */
  emit(event: Event): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (cause) {
        this.#onError(cause);
      }
    }
  }

  /** Ends all iterations, after what still waits in them. */
  close(): void {
    this.#isClosed = true;
    for (const closer of this.#closers) closer();
    this.#listeners.clear();
  }

  /**
   * All events from the call on, until the stream is closed.
   * @throws UndertoneError READER_TOO_SLOW where thousands of events wait to be read
   */
  [Symbol.asyncIterator](): AsyncGenerator<Event, void> {
    const reader = new Reader<Event>();
    if (this.#isClosed) reader.close();
    const unsubscribe = this.subscribe((event) => {
      reader.put(event);
    });
    const closer = (): void => {
      reader.close();
    };
    this.#closers.add(closer);
    return reader.read(() => {
      unsubscribe();
      this.#closers.delete(closer);
    });
  }
}

/** What waits for one iteration. */
class Reader<Event> {
  readonly #waiting: Event[] = [];
  #wake: () => void = () => undefined;
  #isOver = false;
  #isTooSlow = false;

  put(event: Event): void {
    this.#isTooSlow ||= this.#waiting.length >= MOST_WAITING;
    if (!this.#isTooSlow) this.#waiting.push(event);
    this.#wake();
  }

  close(): void {
    this.#isOver = true;
    this.#wake();
  }

  async *read(onEnd: () => void): AsyncGenerator<Event, void> {
    try {
      for (;;) {
        for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift()) yield event;
        if (this.#isTooSlow) throw tooSlow();
        if (this.#isOver) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      onEnd();
    }
  }
}

function tooSlow(): UndertoneError {
  return new UndertoneError('READER_TOO_SLOW', {
    subject: 'live events',
    problem: `more than ${MOST_WAITING} events wait to be read`,
    remedy: 'Read them faster, or read them anew from what is stored.',
  });
}
