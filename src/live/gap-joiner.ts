import type { GapReason } from './types.ts';

/** A gap that goes on for so long is said in parts, so that it is known while it lasts. */
const LONGEST_MS = 1_000;
/** Gaps are next to one another where they are so near, in milliseconds: times are rounded. */
const NEAR_MS = 0.01;

/** Makes one gap of those that follow on one another: a line that is down is not fifty events a second. */
export class GapJoiner {
  readonly #say: (startMs: number, endMs: number, reason: GapReason) => void;
  #open: { readonly startMs: number; endMs: number; readonly reason: GapReason } | undefined;

  constructor(say: (startMs: number, endMs: number, reason: GapReason) => void) {
    this.#say = say;
  }

  add(startMs: number, endMs: number, reason: GapReason): void {
    const open = this.#open;
    if (open?.reason === reason && Math.abs(startMs - open.endMs) < NEAR_MS) open.endMs = endMs;
    else {
      this.flush();
      this.#open = { startMs, endMs, reason };
    }
    if (this.#open!.endMs - this.#open!.startMs >= LONGEST_MS) this.flush();
  }

  /** Says what was added so far: sound came again, or none comes any more. */
  flush(): void {
    if (this.#open) this.#say(this.#open.startMs, this.#open.endMs, this.#open.reason);
    this.#open = undefined;
  }
}
