import type { ConsentSubject } from './types.ts';

/** `purge`: all data are to be deleted; `purged`: they are. `notice` and `refuse` change nobody's consent. */
export type ConsentAction = 'grant' | 'withdraw' | 'purge' | 'purged' | 'notice' | 'refuse';

/** One line of the audit log. */
export interface ConsentEntry extends Omit<ConsentSubject, 'speaker'> {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** null where it concerns all who are in the space. */
  readonly speaker: string | null;
  readonly action: ConsentAction;
  /** Who did it: a person's id, or the name of the part of a program that acts for them. */
  readonly by: string;
  readonly detail?: string;
  /** Of a grant: from then on it is none; absent: it holds until it is withdrawn. */
  readonly expiresAtMs?: number;
}

/** Where consent is written down. Nothing is ever changed or deleted in it. */
export interface ConsentLog {
  /** Resolves once the entry would survive a crash. */
  append(entry: ConsentEntry): Promise<void>;
  /** How a log that keeps no ids of people who were purged names them; it may be known only once the log was loaded. */
  purgedName?: ((subject: ConsentSubject) => string) | undefined;
  /** All entries, in the order in which they were appended. */
  load(): AsyncIterable<ConsentEntry> | Promise<readonly ConsentEntry[]>;
}

/** A log that ends with the process: for tests, and for conversations of which nothing is to be kept. */
export class MemoryConsentLog implements ConsentLog {
  readonly #entries: ConsentEntry[] = [];

  append(entry: ConsentEntry): Promise<void> {
    this.#entries.push(entry);
    return Promise.resolve();
  }

  load(): Promise<readonly ConsentEntry[]> {
    return Promise.resolve([...this.#entries]);
  }
}
