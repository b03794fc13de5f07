import type { PluginSettings } from './plugin-settings.ts';

/** Of the time after which silence ends a session, so much passes before people are warned. */
const WARN_AT = 0.8;

/** What is to be done now: at most one of the two. */
export interface LeaveVerdict {
  /** Leave, for this reason. */
  readonly leave?: string;
  /** Say this. */
  readonly warning?: string;
}

/** Decides when there is nothing to listen to any more. */
export class LeaveWatch {
  readonly #settings: PluginSettings;
  #emptySinceMs: number | undefined;
  #heardAtMs: number;
  #isWarned = false;
  #note: string | undefined;

  constructor(settings: PluginSettings, nowMs: number) {
    this.#settings = settings;
    this.#heardAtMs = nowMs;
  }

  /** That the bot is about to leave an empty channel; undefined where it is not. */
  get note(): string | undefined {
    return this.#note;
  }

  /** Somebody was heard. */
  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
    this.#isWarned = false;
  }

  /** To be called every few seconds. */
  look(nowMs: number, isEmpty: boolean): LeaveVerdict {
    const { leaveWhenEmptySeconds, leaveWhenSilentMinutes } = this.#settings;
    this.#emptySinceMs = isEmpty ? (this.#emptySinceMs ?? nowMs) : undefined;
    this.#note = undefined;
    if (this.#emptySinceMs !== undefined) {
      const leftMs = this.#emptySinceMs + leaveWhenEmptySeconds * 1_000 - nowMs;
      if (leftMs <= 0) return { leave: 'everybody had left' };
      this.#note = `Everybody has left: the bot leaves in ${Math.ceil(leftMs / 1_000)} s.`;
    }
    const silentMs = nowMs - this.#heardAtMs;
    const mostMs = leaveWhenSilentMinutes * 60_000;
    if (silentMs >= mostMs) return { leave: 'nobody had spoken for a while' };
    if (silentMs < mostMs * WARN_AT || this.#isWarned) return {};
    this.#isWarned = true;
    const minutes = Math.ceil((mostMs - silentMs) / 60_000);
    return {
      warning: `Nobody who is heard has spoken for a while: Undertone leaves in ${minutes} min unless somebody does.`,
    };
  }
}
