// Threads for all hosts of a test file, or of a `describe`: each host has a store and sessions of its own, and the model is loaded once.
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { TrackThreads } from '../../src/live/index.ts';

/** Has them started before the tests and stopped after them. A fault in one of them fails the test that it happens in. */
export function sharedThreads(): () => TrackThreads {
  const faults: unknown[] = [];
  let threads: TrackThreads;
  beforeAll(async () => {
    threads = await TrackThreads.start({ onError: (cause) => faults.push(cause) });
  });
  afterEach(() => {
    expect(faults.splice(0)).toEqual([]);
  });
  afterAll(() => threads.close());
  return () => threads;
}
