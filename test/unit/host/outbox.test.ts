// Annotations that cannot be posted at once, on a real store and a clock that a test sets.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { UndertoneError } from '../../../src/errors.ts';
import { Outbox } from '../../../src/host/outbox.ts';
import { PluginRunner } from '../../../src/host/plugin-runner.ts';
import type { PluginHost } from '../../../src/host/index.ts';
import { openStore, type Store } from '../../../src/store/index.ts';
import { newStorePath, testPlatform } from '../../helpers/host.ts';
import { anAnnotation, aSession } from '../../helpers/store-rows.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

let store: Store;
let nowMs: number;
let posted: string[];

beforeEach(async () => {
  store = await openStore({ path: newStorePath() });
  await store.write([aSession('s')]);
  nowMs = 10_000;
  posted = [];
});

afterEach(() => store.close());

async function outboxOf(publish: (id: string) => Promise<void>, inStore = store): Promise<Outbox> {
  const plugin = testPlatform('phone', {
    publish(_, { id }) {
      posted.push(id);
      return publish(id);
    },
  });
  const runner = new PluginRunner(plugin, silent);
  await runner.start({} as PluginHost);
  const pluginOf = (name: string): PluginRunner | undefined => (name === 'phone' ? runner : undefined);
  return new Outbox({ store: inStore, pluginOf, clock: () => nowMs, log: silent, mostAttempts: 4 });
}

test('it waits twice as long each time, and gives up in the end', async () => {
  const outbox = await outboxOf(() => Promise.reject(new Error('away')));
  await store.write([anAnnotation('a', 's')]);
  const attempts: number[] = [];
  for (; nowMs < 40_000; nowMs += 500) {
    const before = posted.length;
    await outbox.drain();
    if (posted.length > before) attempts.push(nowMs);
  }
  expect(attempts).toEqual([10_000, 11_000, 13_000, 17_000]);
  expect(await store.dueAnnotations(1e12)).toEqual([]);
});

test('what can never be posted is not tried again, and keeps nobody waiting', async () => {
  const outbox = await outboxOf((id) =>
    id === 'bad'
      ? Promise.reject(new UndertoneError('STORE_INVALID', { problem: 'is wrong', remedy: 'None.' }))
      : Promise.resolve(),
  );
  await store.write([
    anAnnotation('bad', 's', { nextAttemptAtMs: 1 }),
    anAnnotation('good', 's', { nextAttemptAtMs: 2 }),
    anAnnotation('orphan', 's', { plugin: 'gone', nextAttemptAtMs: 3 }),
  ]);
  await outbox.drain();
  expect(posted).toEqual(['bad', 'good']);
  const [orphan, ...others] = await store.dueAnnotations(1e12);
  expect([orphan!.id, orphan!.error, others]).toEqual(['orphan', 'PLUGIN_FAILED', []]);
});

test('a store that is away when an annotation was posted does not have it posted twice', async () => {
  let isAway = true;
  const flaky = new Proxy(store, {
    get: (target, key) => {
      if (key === 'settleAnnotation' && isAway) return () => Promise.reject(new Error('away'));
      return (target[key as keyof Store] as () => unknown).bind(target);
    },
  });
  const outbox = await outboxOf(() => Promise.resolve(), flaky);
  await store.write([anAnnotation('a', 's')]);
  await outbox.drain();
  await outbox.drain();
  isAway = false;
  await outbox.drain();
  expect(posted).toEqual(['a']);
  expect(await store.dueAnnotations(1e12)).toEqual([]);
});

test('a conversation in which posting hangs keeps no other waiting, and hundreds are posted at once', async () => {
  let release = (): void => undefined;
  const outbox = await outboxOf((id) =>
    id.startsWith('hung') ? new Promise((resolve) => (release = resolve)) : Promise.resolve(),
  );
  await store.write([aSession('t')]);
  await store.write([
    anAnnotation('hung', 's', { nextAttemptAtMs: 1 }),
    anAnnotation('behind', 's', { nextAttemptAtMs: 2 }),
  ]);
  await store.write(Array.from({ length: 120 }, (_, i) => anAnnotation(`other ${i}`, 't', { nextAttemptAtMs: 3 })));
  const drained = outbox.drain();
  // Each asks for what is due, and waits for the one that hangs no longer than for the others.
  while (new Set(posted).size < 121) await Promise.race([drained, outbox.drain(), sleep(50)]);
  expect(new Set(posted).size).toBe(121);
  expect(posted).not.toContain('behind');
  release();
  await outbox.drain();
  await outbox.drain();
  expect(posted.filter((id) => id === 'hung' || id === 'behind')).toEqual(['hung', 'behind']);
  expect(await store.dueAnnotations(1e12)).toEqual([]);
});

test('what is put in goes out at once, and behind what is being posted in its conversation', async () => {
  let release = (): void => undefined;
  const outbox = await outboxOf((id) =>
    id === 'slow' ? new Promise((resolve) => (release = resolve)) : Promise.resolve(),
  );
  // It is not started: nothing but what it is told of has it look.
  await store.write([anAnnotation('slow', 's')]);
  outbox.wake();
  while (posted.length === 0) await sleep(5);
  for (const id of ['second', 'third']) {
    await store.write([anAnnotation(id, 's')]);
    // While it looks for the second, it is told of the third.
    outbox.wake();
  }
  await sleep(50);
  expect(posted).toEqual(['slow']);
  release();
  while (posted.length < 3) await sleep(5);
  await outbox.stop();
  expect(posted).toEqual(['slow', 'second', 'third']);
  expect(await store.dueAnnotations(1e12)).toEqual([]);
});
