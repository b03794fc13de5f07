import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { openStore, WriteBehind } from '../../../src/store/index.ts';
import { closedAfterEach } from '../../helpers/closed-stores.ts';
import { aSegment, aSession, aTrack } from '../../helpers/store-rows.ts';

const closed = closedAfterEach();

const folder = mkdtempSync(join(tmpdir(), 'undertone-store-'));
const small = join(folder, 'small');
mkdirSync(small);

/** Why there is no disk that can be filled; null where there is one, of 1 MiB. */
function mountSmall(): string | null {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small], { stdio: 'pipe' });
    return null;
  } catch {
    return 'a disk that is full (no right to mount a small one here)';
  }
}

const noSmallDisk = mountSmall();

afterAll(() => {
  if (noSmallDisk === null) execFileSync('umount', [small]);
  rmSync(folder, { recursive: true });
});

test('the file is made, with its folder, for its owner alone', async () => {
  const path = join(folder, 'a/b/store.db');
  const store = await closed(openStore({ path }));
  for (const file of [path, `${path}-wal`]) expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o700);
  await store.close();
  expect(existsSync(`${path}-wal`)).toBe(false);
});

const LOCKS = '/proc/locks';
const noLocks = existsSync(LOCKS) ? null : `a store's locks (there is no ${LOCKS} to see them in)`;
const withLocks = noLocks === null ? test : test.skip;
withLocks(noLocks ?? 'a store keeps its lock when another is opened beside it', async () => {
  const path = join(folder, 'twice.db');
  await closed(openStore({ path }));
  const { ino } = statSync(path);
  const locks = (): number => readFileSync(LOCKS, 'utf8').split(`:${ino} `).length - 1;
  expect(locks()).toBe(1);
  // In this process: to close a file, its own included, would give up all that the process holds of it.
  await closed(openStore({ path }));
  expect(locks()).toBe(1);
});

test('what cannot be opened is named, with what to do', async () => {
  const noDatabase = join(folder, 'text.db');
  writeFileSync(noDatabase, 'This is a letter, not a database. '.repeat(100));
  const failed = async (path: string): Promise<unknown> => openStore({ path }).catch((error: unknown) => error);
  expect(await failed(noDatabase)).toMatchObject({ code: 'STORE_DAMAGED', subject: noDatabase });
  const inFile = join(noDatabase, 'store.db');
  expect(await failed(inFile)).toMatchObject({ code: 'STORE_UNAVAILABLE', subject: inFile });
  expect(await failed(folder)).toMatchObject({ code: 'STORE_UNAVAILABLE', subject: folder });
  expect(String(await failed(folder))).toContain('Check that the folder exists');
  await expect(openStore({})).rejects.toThrow('neither a URL nor a path');
  await expect(openStore({ path: 'x', url: 'y' })).rejects.toThrow('both');
});

test('a damaged file is said to be damaged', async () => {
  const path = join(folder, 'damaged.db');
  const store = await closed(openStore({ path }));
  await store.write([
    aSession('s'),
    aTrack('t', 's'),
    ...Array.from({ length: 2000 }, (_, i) => aSegment('t', 's', i)),
  ]);
  await store.close();
  const bytes = readFileSync(path);
  // The first page, which lists the tables, stays.
  bytes.fill(0xa5, 4096);
  writeFileSync(path, bytes);
  const damaged = await openStore({ path }).then(
    async (opened) => {
      const error: unknown = await opened.session('s').catch((reason: unknown) => reason);
      await opened.close();
      return error;
    },
    (error: unknown) => error,
  );
  expect(damaged).toMatchObject({ code: 'STORE_DAMAGED', subject: path, retryable: false });
});

test('a store that is closed says so, and names nothing of what it was told', async () => {
  const store = await closed(openStore({ path: join(folder, 'closed.db') }));
  await store.close();
  const error: unknown = await store.write([aSession('secret')]).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(String(error)).not.toContain('secret');
});

test('the build has a worker of its own', () => {
  const built = new URL('../../../dist/store/index.js', import.meta.url).href;
  const script = `
    const { openStore } = await import(${JSON.stringify(built)});
    const store = await openStore({ path: ${JSON.stringify(join(folder, 'built.db'))} });
    console.log((await store.sessions()).sessions.length);
    await store.close();`;
  // Nothing but the answer: no warning of Node's either.
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect([stdout, stderr]).toEqual(['0\n', '']);
});

const onFullDisk = noSmallDisk === null ? test : test.skip;
onFullDisk(noSmallDisk ?? 'a full disk stops no session: writes wait until there is room', async () => {
  const path = join(small, 'store.db');
  const store = await closed(openStore({ path }));
  await store.write([aSession('s'), aTrack('t', 's')]);
  const filler = join(small, 'filler');
  try {
    for (let size = 2 ** 20; size >= 1024; size /= 2) {
      try {
        writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
      } catch {
        // What fits of it is written.
      }
    }
    const writes = new WriteBehind(store);
    for (let index = 0; index < 3000; index++) writes.write(aSegment('t', 's', index));
    const error: unknown = await writes.flush().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', subject: path });
    expect(String(error)).toContain('disk is full');
    const { written } = writes.counts();
    expect((await store.session('s'))!.segments.length).toBe(written);
    rmSync(filler);
    expect(await writes.close({ deadlineMs: 10_000 })).toBe(0);
    expect((await store.session('s'))!.segments.length).toBe(3000);
  } finally {
    await store.close();
  }
});
