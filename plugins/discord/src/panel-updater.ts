/** What an updater works with. */
export interface PanelUpdaterParts {
  /** Edits the message to what it should show now. Never two at once. */
  edit(): Promise<void>;
  onError(cause: unknown): void;
  readonly clock: () => number;
  /** How many panels share the bot's rate limit. */
  panels(): number;
}

/** Discord takes 5 edits of a message in 5 s; one is kept in reserve. */
const BURST = 4;
const REFILL_MS = 1_250;
const SPACING_MS = 400;
/** What is no news for anybody waits so long. */
const CALM_MS = 3_000;
/** All panels together stay below half of the bot's 50 requests a second. */
const SHARED_MS = 40;
const AFTER_ERROR_MS = 5_000;

/**
 * Edits a panel when there is something new, and no more often than Discord takes it: changes that come while it waits are
 * shown together. News (somebody has finished speaking) go first; what only ticks on waits, and never takes the last edit.
 */
export class PanelUpdater {
  readonly #parts: PanelUpdaterParts;
  #credit = BURST;
  #creditAtMs = 0;
  #editedAtMs = -Infinity;
  #blockedUntilMs = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #dueMs = Infinity;
  #editing: Promise<void> | undefined;
  #isStale: 'no' | 'calm' | 'news' = 'no';
  #isClosed = false;

  constructor(parts: PanelUpdaterParts) {
    this.#parts = parts;
    this.#creditAtMs = parts.clock();
  }

  /** There is something to show. */
  touch(isNews: boolean): void {
    if (this.#isClosed) return;
    if (isNews) this.#isStale = 'news';
    else if (this.#isStale === 'no') this.#isStale = 'calm';
    this.#plan();
  }

  /** Shows the last state, once what is under way is over, and then nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#editing;
    await this.#edit();
  }

  #plan(): void {
    if (this.#editing || this.#isStale === 'no' || this.#isClosed) return;
    const nowMs = this.#parts.clock();
    this.#credit = Math.min(BURST, this.#credit + (nowMs - this.#creditAtMs) / REFILL_MS);
    this.#creditAtMs = nowMs;
    const isNews = this.#isStale === 'news';
    const needed = isNews ? 1 : BURST / 2;
    const creditAtMs = this.#credit >= needed ? nowMs : nowMs + (needed - this.#credit) * REFILL_MS;
    const spacing = isNews ? SPACING_MS : CALM_MS;
    const apart = this.#editedAtMs + Math.max(spacing, SHARED_MS * this.#parts.panels());
    const dueMs = Math.max(nowMs, creditAtMs, apart, this.#blockedUntilMs);
    if (this.#timer !== undefined && this.#dueMs <= dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#edit().then(() => {
        this.#plan();
      });
    }, dueMs - nowMs);
  }

  #edit(): Promise<void> {
    this.#isStale = 'no';
    this.#credit -= 1;
    this.#editedAtMs = this.#parts.clock();
    this.#editing = this.#parts
      .edit()
      .catch((cause: unknown) => {
        this.#isStale = 'calm';
        this.#blockedUntilMs = this.#parts.clock() + AFTER_ERROR_MS;
        this.#parts.onError(cause);
      })
      .finally(() => {
        this.#editing = undefined;
      });
    return this.#editing;
  }
}
