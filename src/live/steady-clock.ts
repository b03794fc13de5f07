/** Time between two readings of a clock that is looked at ten times a second; more is a clock that was set. */
const LARGEST_STEP_MS = 10_000;
/** So far from now a packet may have come; further is of a clock that was set meanwhile. */
const LARGEST_AGE_MS = 10_000;

/**
 * The clock of media: that of the engine, but it goes on evenly where somebody sets the other one, forward or back. Where
 * a machine sleeps, it sleeps.
 */
export class SteadyClock {
  readonly #clock: () => number;
  #readMs: number;
  #nowMs: number;

  /** @param clock milliseconds since 1970, which may be set at any time */
  constructor(clock: () => number) {
    this.#clock = clock;
    this.#readMs = this.#nowMs = clock();
  }

  /** Milliseconds; since 1970, but for what the engine's clock was set by meanwhile. */
  now(): number {
    return this.#at(this.#clock());
  }

  /** When something came, on this clock, of which the engine's clock said when; what that cannot mean comes now. */
  arrival(arrivedAtMs: number): number {
    const engineMs = this.#clock();
    const ageMs = engineMs - arrivedAtMs;
    const nowMs = this.#at(engineMs);
    return Math.abs(ageMs) <= LARGEST_AGE_MS ? nowMs - ageMs : nowMs;
  }

  #at(engineMs: number): number {
    const step = engineMs - this.#readMs;
    this.#readMs = engineMs;
    if (step > 0 && step <= LARGEST_STEP_MS) this.#nowMs += step;
    return this.#nowMs;
  }
}
