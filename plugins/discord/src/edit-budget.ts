/**
 * Discord takes 50 requests of a bot in any second, and answers none for a while where there are more; what is left is for
 * answers, alerts and reports.
 */
const EDITS_A_SECOND = 37;
/** So many may follow on each other. */
const AT_ONCE = 4;
/** What only ticks on is shown while so many of these are left. */
const CALM_LEFT = 2;

/** The edits of panels that all servers of a bot share. */
export class EditBudget {
  readonly #clock: () => number;
  #left = AT_ONCE;
  #atMs: number;

  constructor(clock: () => number) {
    this.#clock = clock;
    this.#atMs = clock();
  }

  /** Takes an edit. @returns for how many milliseconds to wait before it is made: who asks first is first */
  take(): number {
    this.#refill();
    return this.#wait(--this.#left, 0);
  }

  /** Takes an edit that can wait, where it need not. @returns 0, or for how many milliseconds to wait before asking again */
  takeCalm(): number {
    this.#refill();
    const waitMs = this.#wait(this.#left, CALM_LEFT);
    if (waitMs === 0) this.#left--;
    return waitMs;
  }

  /** Another request was made, which waits for nobody. */
  spend(): void {
    this.#refill();
    this.#left--;
  }

  #refill(): void {
    const nowMs = this.#clock();
    this.#left = Math.min(AT_ONCE, this.#left + ((nowMs - this.#atMs) * EDITS_A_SECOND) / 1_000);
    this.#atMs = nowMs;
  }

  /** How long it takes from so many until there are as many as wanted. */
  #wait(left: number, wanted: number): number {
    return Math.max(0, Math.ceil(((wanted - left) * 1_000) / EDITS_A_SECOND));
  }
}
