// What happens to a store when processes die, meet or hang, on real databases.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CompiledQuery, Dialect } from 'kysely';
import type { Database } from '../../../src/store/database.ts';
import { openStore, WriteBehind, type StoreOptions } from '../../../src/store/index.ts';
import { closedAfterEach } from '../../helpers/closed-stores.ts';
import { postgresDatabase } from '../../../src/store/postgres.ts';
import { SqlStore } from '../../../src/store/sql-store.ts';
import { sqliteDatabase } from '../../../src/store/sqlite.ts';
import { DATABASES, storeProcess } from '../../helpers/databases.ts';
import { ANNA, aSegment, aSession, aTrack, BEN, conversation } from '../../helpers/store-rows.ts';

const closed = closedAfterEach();

/** A database that tells what it is asked. */
function recording(options: StoreOptions): { database: Database; queries: CompiledQuery[] } {
  const database = options.url === undefined ? sqliteDatabase(options.path!) : postgresDatabase(options.url);
  const queries: CompiledQuery[] = [];
  const { dialect } = database;
  const recorder: Dialect = {
    createAdapter: () => dialect.createAdapter(),
    createDriver: () => dialect.createDriver(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => ({
      compileQuery(...query) {
        const compiled = dialect.createQueryCompiler().compileQuery(...query);
        queries.push(compiled);
        return compiled;
      },
    }),
  };
  return { database: { ...database, dialect: recorder, explain: (error) => database.explain(error) }, queries };
}

describe.each(DATABASES)('$name', (database) => {
  let options: StoreOptions;
  beforeEach(async () => {
    options = await database.create();
  });
  afterEach(() => database.drop(options));

  test('a process that is killed loses the last second at most', async () => {
    const writer = storeProcess('write', options);
    let output = '';
    writer.stdout!.on('data', (text: Buffer) => (output += text.toString()));
    const writtenFor = (): number => (output === '' ? 0 : Date.now() - Number.parseInt(output, 10));
    // Some of it is then older than the second that may be lost.
    while (writtenFor() < 1500) await once(writer.stdout!, 'data');
    const killedAtMs = Date.now();
    writer.kill('SIGKILL');
    await once(writer, 'close');
    expect(await database.isSound(options)).toBe(true);

    const store = await closed(openStore(options));
    expect(await store.interruptOpenSessions(Date.now())).toBe(1);
    const { session, segments } = (await store.session('s'))!;
    await store.close();
    expect(segments.map(({ startMs }) => startMs)).toEqual(segments.map((_, index) => index));
    const writtenAtMs = output.trim().split('\n').map(Number);
    const lost = writtenAtMs.slice(segments.length);
    expect(segments.length).toBeGreaterThan(100);
    for (const atMs of lost) expect(killedAtMs - atMs).toBeLessThan(1000);
    expect(session.state).toBe('interrupted');
    expect(session.endedAtMs).toBe(session.startedAtMs + segments.at(-1)!.endMs);
  });

  test('processes that start at once agree on the tables', async () => {
    const starts = Array.from({ length: 3 }, () => storeProcess('open', options));
    const exits = await Promise.all(starts.map((start) => once(start, 'exit')));
    expect(exits).toEqual([0, 0, 0].map((code) => [code, null]));
    const store = await closed(openStore(options));
    await store.write(conversation('s'));
    await store.close();
  });

  test('while the store hangs, writes are taken, kept in order, and written once it answers', async () => {
    const store = await closed(openStore({ ...options, patienceMs: 1000 }));
    await store.write([aSession('s'), aTrack('t', 's')]);
    const unlock = await database.lock(options);
    const writes = new WriteBehind(store, { flushTimeoutMs: 300 });
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 20);
    for (let index = 0; index < 1200; index++) {
      const before = performance.now();
      writes.write(aSegment('t', 's', index));
      expect(performance.now() - before).toBeLessThan(100);
      if (index % 10 === 0) await sleep(5);
    }
    await expect(writes.flush()).rejects.toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE' }));
    expect(writes.counts()).toMatchObject({ queued: 1200, written: 0, dropped: 0 });
    expect(writes.counts().failures).toBeGreaterThan(0);
    expect(ticks).toBeGreaterThan(10);
    // The store itself gives up before long, and says so.
    await expect(store.write([aSession('x')])).rejects.toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE' }));
    clearInterval(ticking);
    await unlock();
    expect(await writes.close({ deadlineMs: 20_000 })).toBe(0);
    expect(writes.counts()).toMatchObject({ queued: 0, written: 1200, dropped: 0, rejected: 0 });
    const { segments } = (await store.session('s'))!;
    expect(segments.map(({ startMs }) => startMs)).toEqual(segments.map((_, index) => index));
    expect(segments.length).toBe(1200);
    await store.close();
  }, 60_000);

  test('after a purge no row of any table holds the speaker', async () => {
    const store = await closed(openStore({ ...options, clock: () => 7 }));
    for (const subject of [ANNA, BEN]) {
      const detail = `${ANNA.speaker} was asked`;
      await store.appendConsent({ ...subject, atMs: 1, action: 'grant', by: ANNA.speaker, detail });
    }
    await store.write([...conversation('s'), ...conversation('s2')]);
    expect(await database.dump(options)).toContain(ANNA.speaker);
    await store.purgeSpeaker(ANNA, ANNA.speaker);
    const left = await database.dump(options);
    expect(left).not.toContain(ANNA.speaker);
    expect(left).not.toContain('Anna');
    expect(left).toContain(BEN.speaker);
    expect((await store.consent(ANNA))!.atMs).toBe(7);
    await store.close();
  });

  test('no hot query reads a whole table, nor sorts what an index has in order', async () => {
    const { database: recorded, queries } = recording(options);
    const store = await closed(SqlStore.open(recorded, Date.now));
    await store.write(conversation('s'));
    queries.length = 0;
    const { cursor } = await store.sessions({}, { limit: 1 });
    expect(cursor).toBeNull();
    const from = { cursor: Buffer.from('[5,"x"]').toString('base64url') };
    await store.sessions({}, from);
    await store.sessions({ platform: 'phone', space: 'line-1' }, from);
    await store.sessions({ state: 'open' });
    await store.sessions({ fromMs: 1, toMs: 9 });
    await store.session('s');
    await store.dueAnnotations(9999);
    await store.voice(ANNA, 'm');
    await store.acknowledgeAlert('s-1', 1);
    await store.consent(ANNA);
    await store.consents(ANNA.platform, ANNA.space);
    // These look up what they sort by index, and sort what is found.
    const sorting = queries.length;
    await store.sessions({ speaker: ANNA.speaker });
    await store.speakerSegments(ANNA, { fromMs: 0, toMs: 9999 });
    await store.close();

    const slow: string[] = [];
    for (const [index, { sql, parameters }] of queries.entries()) {
      const steps = await database.plan(options, sql, parameters);
      const isAllowed = (step: string): boolean => step.includes('ORDER BY') && (index >= sorting || isSmall(sql));
      slow.push(...steps.filter((step) => database.isSlow(step) && !isAllowed(step)).map((step) => `${sql}: ${step}`));
    }
    expect(slow).toEqual([]);
    expect(queries.length).toBeGreaterThan(12);
  });
});

/** Of one session or speaker: few rows, which may be sorted. */
const isSmall = (sql: string): boolean => /from "(tracks|gaps|alerts|segments|consent)"/.test(sql);
