import { afterEach } from '@jest/globals';
import type { Store } from '../../src/store/index.ts';

/** Sees to it that stores are closed after each test, also where it fails: an open one keeps the process alive. */
export function closedAfterEach(): (opening: Promise<Store>) => Promise<Store> {
  const opened: Store[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });
  return async (opening) => {
    const store = await opening;
    opened.push(store);
    return store;
  };
}
