/** A jump of timestamps against the time of arrival by more is a new clock, not a pause or a late packet. */
const LARGEST_LEAP_MS = 10_000;
/** A packet that is further back than this is of a clock that was set back; within it, it is late. */
const LARGEST_DELAY_MS = 2_000;
/** Packets that carry no time have a pause before them where they come later than this after the end of the last. */
const PAUSE_WITHOUT_TIME_MS = 300;

/**
 * Puts packets on one line of media time, in ticks from the first packet on: unwraps timestamps of 32 bits, and where
 * they leap (the sender's clock was set, another device took over), goes on by the time of arrival.
 */
export class MediaClock {
  readonly #ticksPerMs: number;
  #timestamp = 0;
  /** Where the latest packet lies and when it came; undefined before the first. */
  #tick: number | undefined;
  #arrivedAtMs = 0;
  /** Up to where packets have come. */
  #end = 0;

  constructor(clockHz: number) {
    this.#ticksPerMs = clockHz / 1_000;
  }

  /**
   * Where the next packet lies, in ticks; below 0 where it comes before the first that came.
   * @param timestamp its own, if it has one
   * @param duration how long it is, in ticks
   */
  place(timestamp: number | undefined, duration: number, arrivedAtMs: number): number {
    const elapsed = Math.max(0, arrivedAtMs - this.#arrivedAtMs) * this.#ticksPerMs;
    const tick = this.#tick === undefined ? 0 : this.#follow(this.#tick, timestamp, elapsed);
    // A late packet must not set the clock back: what follows is placed from the latest.
    if (this.#tick === undefined || tick >= this.#tick) {
      this.#tick = tick;
      this.#timestamp = timestamp ?? 0;
      this.#arrivedAtMs = arrivedAtMs;
    }
    this.#end = Math.max(this.#end, tick + duration);
    return tick;
  }

  #follow(last: number, timestamp: number | undefined, elapsed: number): number {
    if (timestamp === undefined) {
      const pause = last + elapsed - this.#end;
      return pause > PAUSE_WITHOUT_TIME_MS * this.#ticksPerMs ? Math.round(this.#end + pause) : this.#end;
    }
    // As signed numbers of 32 bits, differences survive the wrap.
    const apart = (timestamp - this.#timestamp) | 0;
    const isLeap =
      apart < -LARGEST_DELAY_MS * this.#ticksPerMs || Math.abs(apart - elapsed) > LARGEST_LEAP_MS * this.#ticksPerMs;
    if (!isLeap) return last + apart;
    return Math.max(this.#end, Math.round(last + elapsed));
  }
}
