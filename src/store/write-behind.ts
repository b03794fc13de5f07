import { setTimeout as sleep } from 'node:timers/promises';
import { UndertoneError } from '../errors.ts';
import type { Store, StoreWrite } from './types.ts';

/** How writes are held back and tried again. */
export interface WriteBehindOptions {
  /** Rows that may wait before the oldest segments and gaps are dropped; default 20 000, some hours of one voice. */
  readonly capacity?: number;
  /** How long a flush may take before it counts as failed, in milliseconds; default 10 000, longer than the stores wait. */
  readonly flushTimeoutMs?: number;
  /** Told what the store has taken, each time. */
  readonly onWritten?: (writes: readonly StoreWrite[]) => void;
}

/** What became of the writes so far. */
export interface WriteBehindCounts {
  /** Waiting, those on their way included. */
  readonly queued: number;
  readonly written: number;
  /** Segments and gaps that had no room, and what came after the end. */
  readonly dropped: number;
  /** Refused by the store for good: of a session that was deleted meanwhile, say. */
  readonly rejected: number;
  /** Flushes that failed, and were tried again. */
  readonly failures: number;
}

const FLUSH_MS = 250;
/** Somebody waits for an annotation. A few may still share a transaction. */
const ANNOTATION_FLUSH_MS = 20;
const FLUSH_WRITES = 500;
const LONGEST_PAUSE_MS = 5000;
/** So many writes are dropped at once that the search for them costs a write next to nothing. */
const DROPPED_AT_ONCE = 100;

/** Stays where memory runs out: rare, and others refer to them or wait for them. */
const isDroppable = ({ type }: StoreWrite): boolean => type === 'segment' || type === 'gap';

const isInvalid = (error: unknown): boolean => error instanceof UndertoneError && error.code === 'STORE_INVALID';

/**
 * Between live sessions, which cannot wait, and a store, which may be slow or away: takes writes at once, keeps their order, and hands
 * them over in one transaction every 250 ms or 500 writes. What was taken more than 250 ms and one flush ago survives
 * the end of the process, as long as the store keeps up. Changes of consent and purges do not belong here: they are
 * awaited, purges after a `flush`.
 */
export class WriteBehind {
  readonly #store: Store;
  readonly #capacity: number;
  readonly #flushTimeoutMs: number;
  readonly #onWritten: (writes: readonly StoreWrite[]) => void;
  #queue: StoreWrite[] = [];
  /** Handed to the store, and kept until it is known to be there. */
  #batch: StoreWrite[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Whether an annotation is in the queue. */
  #isAwaited = false;
  /** When the timer goes off, on the clock of `performance`. */
  #dueAtMs = Infinity;
  #flushing: Promise<void> | undefined;
  #failuresInARow = 0;
  #isClosed = false;
  #written = 0;
  #dropped = 0;
  #rejected = 0;
  #failures = 0;

  constructor(store: Store, options: WriteBehindOptions = {}) {
    const { capacity = 20_000, flushTimeoutMs = 10_000, onWritten = () => undefined } = options;
    this.#store = store;
    this.#capacity = capacity;
    this.#flushTimeoutMs = flushTimeoutMs;
    this.#onWritten = onWritten;
  }

  /** Takes a write. Never throws, never waits. */
  write(write: StoreWrite): void {
    if (this.#isClosed) {
      this.#dropped++;
      return;
    }
    this.#queue.push(write);
    this.#isAwaited ||= write.type === 'annotation';
    if (this.#waiting > this.#capacity) this.#makeRoom();
    this.#schedule();
  }

  /**
   * Hands over what was taken so far.
   * @throws UndertoneError why the store did not take it; it stays, and is tried again
   */
  async flush(): Promise<void> {
    let left = this.#waiting;
    while (left > 0) {
      const before = this.#written + this.#rejected + this.#dropped;
      await this.#flushOnce();
      left -= this.#written + this.#rejected + this.#dropped - before;
    }
  }

  /**
   * Takes nothing more, and tries to hand over what is left until the deadline.
   * @returns how many writes were not handed over
   */
  async close({ deadlineMs }: { readonly deadlineMs: number }): Promise<number> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const deadline = performance.now() + deadlineMs;
    while (this.#waiting > 0 && performance.now() < deadline) {
      const isDone = await within(deadline - performance.now(), this.flush()).then(
        () => true,
        () => false,
      );
      if (!isDone) await sleep(Math.max(0, Math.min(FLUSH_MS, deadline - performance.now())));
    }
    return this.#waiting;
  }

  counts(): WriteBehindCounts {
    return {
      queued: this.#waiting,
      written: this.#written,
      dropped: this.#dropped,
      rejected: this.#rejected,
      failures: this.#failures,
    };
  }

  get #waiting(): number {
    return this.#batch.length + this.#queue.length;
  }

  #makeRoom(): void {
    const dropped = new Set(this.#queue.filter(isDroppable).slice(0, DROPPED_AT_ONCE));
    this.#queue = this.#queue.filter((write) => !dropped.has(write));
    this.#dropped += dropped.size;
  }

  /** Sees to it that what waits is flushed in time, or, after failures, after a pause. */
  #schedule(): void {
    if (this.#waiting === 0 || this.#flushing || this.#isClosed) return;
    const pauseMs = this.#pauseMs();
    const isSoonEnough = this.#dueAtMs <= performance.now() + pauseMs;
    if (this.#timer && (isSoonEnough || this.#failuresInARow > 0)) return;
    clearTimeout(this.#timer);
    this.#dueAtMs = performance.now() + pauseMs;
    this.#timer = setTimeout(() => void this.#flushOnce().catch(() => undefined), pauseMs);
  }

  #pauseMs(): number {
    if (this.#failuresInARow > 0) return Math.min(LONGEST_PAUSE_MS, FLUSH_MS * 2 ** this.#failuresInARow);
    if (this.#queue.length >= FLUSH_WRITES) return 0;
    return this.#isAwaited ? ANNOTATION_FLUSH_MS : FLUSH_MS;
  }

  /** One flush at a time; who asks for another one meanwhile waits for this one. */
  #flushOnce(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing ??= this.#handOver().finally(() => {
      this.#flushing = undefined;
      this.#schedule();
    });
    return this.#flushing;
  }

  async #handOver(): Promise<void> {
    if (this.#batch.length === 0) this.#batch = this.#queue.splice(0, FLUSH_WRITES);
    if (this.#queue.length === 0) this.#isAwaited = false;
    try {
      await this.#handOverFirst(this.#batch.length).catch(async (error: unknown) => {
        if (!isInvalid(error)) throw error;
        // One of them will never be taken: the others must not wait for it.
        while (this.#batch.length > 0) await this.#handOverOrReject();
      });
      this.#failuresInARow = 0;
    } catch (error) {
      this.#failures++;
      this.#failuresInARow++;
      throw error;
    }
  }

  async #handOverFirst(count: number): Promise<void> {
    // Should a store that was given up on take it after all, the second time changes nothing.
    const writes = this.#batch.slice(0, count);
    await within(this.#flushTimeoutMs, this.#store.write(writes));
    this.#batch.splice(0, count);
    this.#written += count;
    this.#onWritten(writes);
  }

  async #handOverOrReject(): Promise<void> {
    try {
      await this.#handOverFirst(1);
    } catch (error) {
      if (!isInvalid(error)) throw error;
      this.#batch.shift();
      this.#rejected++;
    }
  }
}

/** Waits for something, at most for a time. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const timeout = new AbortController();
  const limit = sleep(Math.max(0, ms), undefined, { signal: timeout.signal, ref: false }).then(() => {
    throw new UndertoneError('STORE_UNAVAILABLE', {
      subject: 'The store',
      problem: 'did not answer in time',
      remedy: 'See whether its disk or server is overloaded, or another process holds a lock.',
    });
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    timeout.abort();
  }
}
