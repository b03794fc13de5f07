import type { EditBudget } from './edit-budget.ts';

/** What an updater works with. */
export interface PanelUpdaterParts {
  /** Edits the message to what it should show now. Never two at once. */
  edit(): Promise<void>;
  onError(cause: unknown): void;
  readonly clock: () => number;
  readonly budget: EditBudget;
}

/** Discord takes 5 edits of messages in a channel in 5 s, and a little more time passes on the way. */
const MOST_EDITS = 5;
/** Of these, what only ticks on leaves the rest to news. */
const MOST_CALM_EDITS = 2;
const WINDOW_MS = 5_100;
const SPACING_MS = 300;
/** What is no news for anybody waits so long. */
const CALM_MS = 3_000;
const AFTER_ERROR_MS = 5_000;

/**
 * Edits a panel when there is something new, and no more often than Discord takes it: changes that come while it waits are
 * shown together. News (somebody has finished speaking) go first; what only ticks on waits, and never takes the last edit.
 */
export class PanelUpdater {
  readonly #parts: PanelUpdaterParts;
  /** When the last edits were made, the newest first. */
  #edits: readonly number[] = [];
  #blockedUntilMs = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #dueMs = Infinity;
  #editing: Promise<void> | undefined;
  #isStale: 'no' | 'calm' | 'news' = 'no';
  #isClosed = false;

  constructor(parts: PanelUpdaterParts) {
    this.#parts = parts;
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
    const isNews = this.#isStale === 'news';
    const oldest = this.#edits[(isNews ? MOST_EDITS : MOST_CALM_EDITS) - 1] ?? -Infinity;
    const spacedMs = (this.#edits[0] ?? -Infinity) + (isNews ? SPACING_MS : CALM_MS);
    this.#wait(Math.max(nowMs, oldest + WINDOW_MS, spacedMs, this.#blockedUntilMs), nowMs);
  }

  #wait(dueMs: number, nowMs: number): void {
    if (this.#timer !== undefined && this.#dueMs <= dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#editInTurn();
    }, dueMs - nowMs);
  }

  /** Edits when the budget allows it. What can wait asks again; news have their turn, and show what there is by then. */
  #editInTurn(): void {
    const { budget, clock } = this.#parts;
    const isNews = this.#isStale === 'news';
    const waitMs = isNews ? budget.take() : budget.takeCalm();
    if (waitMs > 0 && !isNews) {
      this.#wait(clock() + waitMs, clock());
      return;
    }
    this.#editing = waitMs > 0 ? new Promise((resolve) => setTimeout(resolve, waitMs)) : Promise.resolve();
    void this.#editing
      .then(() => (this.#isClosed ? undefined : this.#edit()))
      .then(() => {
        this.#plan();
      });
  }

  #edit(): Promise<void> {
    this.#isStale = 'no';
    this.#edits = [this.#parts.clock(), ...this.#edits].slice(0, MOST_EDITS);
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
