import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { openStore, WriteBehind, type Store, type StoreOptions, type StoreWrite } from '../../../src/store/index.ts';
import { DATABASES } from '../../helpers/databases.ts';
import { anAlert, anAnnotation, aSegment, aSession, aTrack } from '../../helpers/store-rows.ts';

const [sqlite] = DATABASES;
let options: StoreOptions;
let store: Store;
beforeEach(async () => {
  options = await sqlite!.create();
  store = await openStore(options);
  await store.write([aSession('s'), aTrack('t', 's')]);
});
afterEach(async () => {
  await store.close();
  await sqlite!.drop(options);
});

const segmentStarts = async (): Promise<number[]> => (await store.session('s'))!.segments.map(({ startMs }) => startMs);

/** The store above, whose writing can be held up for good, and which tells how much it is given at a time. */
function gated(): { gate: Store; sizes: number[]; setOpen: (isOpen: boolean) => void } {
  let isOpen = true;
  const sizes: number[] = [];
  const write = (writes: readonly StoreWrite[]): Promise<void> => {
    sizes.push(writes.length);
    return isOpen ? store.write(writes) : new Promise(() => undefined);
  };
  const gate = new Proxy(store, {
    get: (target, key) => (key === 'write' ? write : target[key as keyof Store].bind(target)),
  });
  return { gate, sizes, setOpen: (value) => (isOpen = value) };
}

/** Lets time pass as a test says. The store's own thread goes on in real time. */
async function inFakeTime(work: (pass: (ms: number) => Promise<void>) => Promise<void>): Promise<void> {
  jest.useFakeTimers({ doNotFake: ['performance', 'nextTick', 'setImmediate', 'queueMicrotask', 'Date'] });
  try {
    await work((ms) => jest.advanceTimersByTimeAsync(ms));
  } finally {
    jest.useRealTimers();
  }
}

test('writes are handed over together, after a quarter of a second or by five hundred', async () => {
  const { gate, sizes } = gated();
  const writes = new WriteBehind(gate);
  await inFakeTime(async (pass) => {
    for (let index = 0; index < 3; index++) writes.write(aSegment('t', 's', index));
    await pass(249);
    expect(sizes).toEqual([]);
    await pass(1);
    expect(sizes).toEqual([3]);
    await writes.flush();
  });
  for (let index = 3; index < 1203; index++) writes.write(aSegment('t', 's', index));
  expect(await writes.close({ deadlineMs: 5000 })).toBe(0);
  expect(sizes).toEqual([3, 500, 500, 200]);
  expect(writes.counts()).toEqual({ queued: 0, written: 1203, dropped: 0, rejected: 0, failures: 0 });
  expect(await segmentStarts()).toEqual(Array.from({ length: 1203 }, (_, index) => index));
});

test('an annotation waits for nobody else, and it is told what the store has taken', async () => {
  const { gate, sizes } = gated();
  const taken: string[] = [];
  const writes = new WriteBehind(gate, { onWritten: (some) => taken.push(...some.map(({ type }) => type)) });
  await inFakeTime(async (pass) => {
    writes.write(aSegment('t', 's', 0));
    await pass(100);
    expect(sizes).toEqual([]);
    writes.write(anAnnotation('a', 's'));
    writes.write(aSegment('t', 's', 1));
    await pass(50);
    expect(sizes).toEqual([3]);
    await writes.flush();
  });
  expect(taken).toEqual(['segment', 'annotation', 'segment']);
  await writes.close({ deadlineMs: 5000 });
});

test('where the store stays away, the oldest segments go, and nothing else', async () => {
  const { gate, setOpen } = gated();
  setOpen(false);
  const writes = new WriteBehind(gate, { capacity: 1000, flushTimeoutMs: 100 });
  for (let index = 0; index < 4000; index++) {
    writes.write(aSegment('t', 's', index));
    if (index % 100 === 0) writes.write(anAlert(`a${index}`, 's'));
  }
  const { queued, dropped } = writes.counts();
  expect(queued).toBeLessThanOrEqual(1000);
  expect(queued + dropped).toBe(4040);
  await expect(writes.flush()).rejects.toThrow('did not answer in time');
  setOpen(true);
  expect(await writes.close({ deadlineMs: 5000 })).toBe(0);
  expect((await store.session('s'))!.alerts.length).toBe(40);
  const kept = await segmentStarts();
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => 4000 - kept.length + index));
  expect(kept.length).toBe(4000 - dropped);
});

test('what is never dropped goes beyond the bound rather than be lost', async () => {
  const { gate, setOpen } = gated();
  setOpen(false);
  const writes = new WriteBehind(gate, { capacity: 10, flushTimeoutMs: 100 });
  for (let index = 0; index < 30; index++) writes.write(anAlert(`a${index}`, 's'));
  writes.write(aSegment('t', 's', 0));
  expect(writes.counts()).toMatchObject({ queued: 30, dropped: 1 });
  setOpen(true);
  expect(await writes.close({ deadlineMs: 5000 })).toBe(0);
});

test('a write that the store refuses costs itself alone', async () => {
  const writes = new WriteBehind(store);
  for (let index = 0; index < 20; index++) writes.write(aSegment(index % 5 === 0 ? 'nobody' : 't', 's', index));
  writes.write(aSegment('t', 's', NaN));
  await writes.flush();
  expect(writes.counts()).toEqual({ queued: 0, written: 16, dropped: 0, rejected: 5, failures: 0 });
  expect((await segmentStarts()).length).toBe(16);
  await writes.close({ deadlineMs: 0 });
});

test('after failures it tries again by itself, less and less often', async () => {
  const attemptsMs: number[] = [];
  let nowMs = 0;
  let isAway = true;
  const gate = new Proxy(store, {
    get: (target, key) => {
      if (key !== 'write') return target[key as keyof Store].bind(target);
      return (rows: readonly StoreWrite[]) => {
        attemptsMs.push(nowMs);
        return isAway ? Promise.reject(new Error('away')) : store.write(rows);
      };
    },
  });
  await inFakeTime(async (pass) => {
    const writes = new WriteBehind(gate);
    writes.write(aSegment('t', 's', 0));
    const passUntil = async (endMs: number): Promise<void> => {
      while (nowMs < endMs) {
        nowMs += 50;
        await pass(50);
      }
    };
    await passUntil(18_000);
    expect(attemptsMs).toEqual([250, 750, 1750, 3750, 7750, 12_750, 17_750]);
    isAway = false;
    await passUntil(23_000);
    expect(attemptsMs.at(-1)).toBe(22_750);
    await writes.flush();
    expect(writes.counts()).toMatchObject({ queued: 0, written: 1, failures: 7 });
    expect(await segmentStarts()).toEqual([0]);
  });
});

test('an end with a deadline says what it leaves, and takes nothing more', async () => {
  const { gate, setOpen } = gated();
  setOpen(false);
  const writes = new WriteBehind(gate);
  writes.write(aSegment('t', 's', 0));
  const before = performance.now();
  expect(await writes.close({ deadlineMs: 300 })).toBe(1);
  expect(performance.now() - before).toBeLessThan(2000);
  writes.write(aSegment('t', 's', 1));
  expect(writes.counts()).toMatchObject({ queued: 1, dropped: 1 });
});
