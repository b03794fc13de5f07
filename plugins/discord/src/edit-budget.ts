/** Discord takes 50 requests of a bot in a second; what is left is for answers, alerts and reports. */
const EDITS_A_SECOND = 38;
/** What only ticks on is shown while so much of a second's edits is left. */
const CALM_SHARE = 0.5;

/** The edits of panels that all servers of a bot share. */
export class EditBudget {
  readonly #clock: () => number;
  #left = EDITS_A_SECOND;
  #atMs: number;

  constructor(clock: () => number) {
    this.#clock = clock;
    this.#atMs = clock();
  }

  /** Takes an edit, and answers 0; or for how many milliseconds to wait before asking again. */
  take(isNews: boolean): number {
    const nowMs = this.#clock();
    this.#left = Math.min(EDITS_A_SECOND, this.#left + ((nowMs - this.#atMs) * EDITS_A_SECOND) / 1_000);
    this.#atMs = nowMs;
    const missing = (isNews ? 1 : CALM_SHARE * EDITS_A_SECOND) - this.#left;
    if (missing > 0) return Math.ceil((missing * 1_000) / EDITS_A_SECOND);
    this.#left--;
    return 0;
  }
}
