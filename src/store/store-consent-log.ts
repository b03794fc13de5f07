import type { ConsentEntry, ConsentLog } from '../live/consent-log.ts';
import type { Store } from './types.ts';

/** Entries that are read at once. */
const PAGE = 1000;

/** The audit log of consent, in a store. What is logged of a speaker who was purged is there under a hash of their id. */
export class StoreConsentLog implements ConsentLog {
  readonly #store: Store;
  /** As `ConsentLog` has it; known once the log was loaded. */
  purgedName: ConsentLog['purgedName'];

  constructor(store: Store) {
    this.#store = store;
  }

  async append(entry: ConsentEntry): Promise<void> {
    await this.#store.appendConsent(entry);
  }

  async *load(): AsyncGenerator<ConsentEntry> {
    this.purgedName = await this.#store.purgedNames();
    let last = 0;
    for (;;) {
      const page = await this.#store.consentEntries(last, PAGE);
      for (const { sequence, ...entry } of page) {
        last = sequence;
        yield entry;
      }
      if (page.length < PAGE) return;
    }
  }
}
