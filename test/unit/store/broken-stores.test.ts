// The contract can fail: stores that are wrong in one way each are caught by the check for it.
import { expect, test } from '@jest/globals';
import { openStore, type Store } from '../../../src/store/index.ts';
import { STORE_CHECKS } from '../../contract/store-contract.ts';
import { DATABASES } from '../../helpers/databases.ts';

const [sqlite] = DATABASES;

/** A store that is wrong in one way. */
interface Break {
  /** The check that is for it. */
  readonly caught: string;
  /** The other checks that fail with it, where those are more than two. */
  readonly alsoCaught?: readonly string[];
  readonly broken: (store: Store) => Partial<Store>;
}

const BREAKS: Record<string, Break> = {
  'the oldest first': {
    caught: 'sessions are listed newest first, page by page',
    broken: (store) => ({
      async sessions(...query) {
        const page = await store.sessions(...query);
        return { ...page, sessions: page.sessions.toReversed() };
      },
    }),
  },
  'half a write kept': {
    caught: 'a write is kept whole or not at all',
    broken: (store) => ({
      async write(writes) {
        for (const write of writes) await store.write([write]);
      },
    }),
  },
  'a purge in name only': {
    caught: 'a purge leaves the others as they were, and nothing of the speaker',
    alsoCaught: [
      'a purged speaker who comes back is known again, and what was before is not',
      'a purged speaker is known by their name in the log, and by that alone',
      'text comes back as it was, whatever is in it',
    ],
    broken: (store) => ({
      async purgeSpeaker(subject, by) {
        await store.appendConsent({ ...subject, atMs: 1, action: 'purge', by });
      },
    }),
  },
  'the first consent counts for ever': {
    caught: 'consent is what was said last, and the log keeps all',
    broken: (store) => ({
      async consent(subject) {
        return (await store.consentLog(subject))[0] ?? null;
      },
    }),
  },
};

/** The names of the checks that a store fails. */
async function failures(broken: (store: Store) => Partial<Store>): Promise<string[]> {
  const tried = Object.entries(STORE_CHECKS).map(async ([name, check]) => {
    const options = await sqlite!.create();
    const store = await openStore(options);
    const changes = broken(store);
    const changed = new Proxy(store, {
      get: (target, key) => changes[key as keyof Store] ?? target[key as keyof Store].bind(target),
    });
    const outcome = await check(changed).then(
      () => [],
      () => [name],
    );
    await store.close();
    await sqlite!.drop(options);
    return outcome;
  });
  return (await Promise.all(tried)).flat();
}

test.each(Object.keys(BREAKS))('%s is caught', async (name) => {
  const { caught, alsoCaught, broken } = BREAKS[name]!;
  const failed = await failures(broken);
  expect(failed).toContain(caught);
  if (alsoCaught) expect(failed.filter((check) => check !== caught)).toEqual(alsoCaught);
  else expect(failed.length).toBeLessThanOrEqual(3);
});
