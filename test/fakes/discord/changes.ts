import type { UntilOptions } from './api.ts';

interface Waiting {
  /** Looks at the condition; true when that settled the promise. */
  readonly look: () => boolean;
}

/** Conditions that are asked again whenever something happened. */
export class Changes {
  readonly #waiting = new Set<Waiting>();
  #scheduled = false;

  /** Something happened. Conditions are looked at after the current turn, once for many changes. */
  changed(): void {
    if (this.#scheduled || this.#waiting.size === 0) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      for (const waiting of [...this.#waiting]) if (waiting.look()) this.#waiting.delete(waiting);
    });
  }

  /** Calls the listener after changes, until the returned function is called. */
  watch(listener: () => void): () => void {
    const waiting = {
      look: () => {
        listener();
        return false;
      },
    };
    this.#waiting.add(waiting);
    return () => this.#waiting.delete(waiting);
  }

  async until<T>(
    condition: () => T | undefined | null | false,
    { timeoutMs = 10_000, what = condition.toString() }: UntilOptions = {},
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting);
        reject(new Error(`This did not happen within ${timeoutMs} ms: ${what}`));
      }, timeoutMs);
      const look = (): boolean => {
        try {
          const value = condition();
          if (value === undefined || value === null || value === false) return false;
          resolve(value);
        } catch (cause) {
          reject(cause instanceof Error ? cause : new Error(String(cause)));
        }
        clearTimeout(timer);
        return true;
      };
      const waiting = { look };
      if (!look()) this.#waiting.add(waiting);
    });
  }
}
