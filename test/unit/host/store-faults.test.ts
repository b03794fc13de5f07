// A store that is full, hangs, or dies with its process, under a whole host in which somebody speaks.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import type { Host, HostSession } from '../../../src/host/index.ts';
import type { LiveEvent } from '../../../src/live/index.ts';
import { DATABASES } from '../../helpers/databases.ts';
import { newStorePath, now, startHost, testPlatform, voicePackets, type TestPlatform } from '../../helpers/host.ts';

const [sqlite] = DATABASES;
const ANNE = { speaker: 'anne#4711', role: 'participant' } as const;
const PERSON = { space: 'room', speaker: ANNE.speaker };
const packets = voicePackets(2, 220);

const small = mkdtempSync(join(tmpdir(), 'undertone-small-'));
let noSmallDisk: string | null = null;
try {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small], { stdio: 'pipe' });
} catch {
  noSmallDisk = 'a full disk (no right to mount a small one here)';
}

let host: Host | undefined;
afterEach(() => host?.stop());
afterAll(() => {
  if (noSmallDisk === null) execFileSync('umount', [small]);
  rmSync(small, { recursive: true });
});

/** A conversation in which somebody has spoken, and what was said of it. */
async function spoken(platform: TestPlatform, rounds: number): Promise<{ session: HostSession; events: LiveEvent[] }> {
  const session = platform.host().openSession({ space: 'room' });
  const events: LiveEvent[] = [];
  session.events.subscribe((event) => events.push(event));
  await session.noticeGiven('a panel').catch(() => undefined);
  await speak(session, rounds);
  return { session, events };
}

async function speak(session: HostSession, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const track = await session.openTrack(ANNE, { codec: 'opus' });
    for (const packet of packets) track.write(now(packet));
    await session.closeTrack(track);
  }
}

const segmentsIn = (events: readonly LiveEvent[]): number =>
  events.filter((event) => event.type === 'emotion' && event.of === 'segment').length;

/** Fills the small disk to its last block. */
function fill(file: string): void {
  for (let size = 2 ** 20; size >= 1024; size /= 2) {
    try {
      writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
    } catch {
      // What fits of it is written.
    }
  }
}

const onFullDisk = noSmallDisk === null ? test : test.skip;
onFullDisk(noSmallDisk ?? 'a full disk: all is heard, and kept once there is room; a withdrawal holds', async () => {
  const platform = testPlatform();
  mkdirSync(join(small, 'data'));
  ({ host } = await startHost(join(small, 'data/store.db'), [platform], { abstainBelow: 0 }));
  const { session, events } = await spoken(platform, 1);
  await host.writes.flush();
  const filler = join(small, 'filler');
  fill(filler);
  // Until even the log of SQLite has no room.
  for (let round = 0; host.writes.counts().failures === 0 && round < 200; round++) {
    await speak(session, 1);
    await host.writes.flush().catch(() => undefined);
    fill(filler);
  }
  expect(host.writes.counts().failures).toBeGreaterThan(0);
  const track = await session.openTrack(ANNE, { codec: 'opus' });
  expect(track.write(now(packets[0]!))).toBe('ok');
  const { consent } = platform.host();
  await expect(consent.withdraw(PERSON, { by: ANNE.speaker })).rejects.toMatchObject({ code: 'CONSENT_NOT_RECORDED' });
  expect(track.write(now(packets[1]!))).toBe('dropped');
  await expect(session.openTrack(ANNE, { codec: 'opus' })).rejects.toMatchObject({ code: 'CONSENT_MISSING' });
  await session.end();
  rmSync(filler);
  await consent.withdraw(PERSON, { by: ANNE.speaker });
  await host.writes.flush();
  expect(host.writes.counts()).toMatchObject({ queued: 0, dropped: 0, rejected: 0 });
  const record = (await host.store.session(session.id))!;
  expect([record.session.state, record.segments.length]).toEqual(['ended', segmentsIn(events)]);
});

test('a store that hangs: people are heard, and the host ends in its time and says what it could not keep', async () => {
  const path = newStorePath();
  const platform = testPlatform();
  const started = await startHost(path, [platform], { abstainBelow: 0, drainMs: 500 });
  ({ host } = started);
  const session = platform.host().openSession({ space: 'room' });
  await session.noticeGiven('a panel');
  const unlock = await sqlite!.lock({ path });
  const events: LiveEvent[] = [];
  session.events.subscribe((event) => events.push(event));
  await speak(session, 3);
  expect(segmentsIn(events)).toBe(3);
  const begun = performance.now();
  const lost = await host.stop();
  expect(performance.now() - begun).toBeLessThan(15_000);
  await unlock();
  // The session with its end, three tracks with theirs, three segments; and the voice.
  expect(lost).toBeGreaterThanOrEqual(11);
  expect(started.lines.join('\n')).toContain(`"message":"the store did not take all","writes":${lost}`);
  expect(await sqlite!.isSound({ path })).toBe(true);
});

test('kill -9: what was heard a second before is kept, the session is interrupted, the file is sound', async () => {
  const path = newStorePath();
  const script = fileURLToPath(new URL('../../helpers/host-run.ts', import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, path], { stdio: ['ignore', 'pipe', 'inherit'] }); // prettier-ignore
  let said = '';
  child.stdout.on('data', (data: Buffer) => (said += data.toString()));
  while (said.split('\n').length < 40) await once(child.stdout, 'data');
  child.kill('SIGKILL');
  const killedAtMs = Date.now();
  await once(child, 'close');
  expect(await sqlite!.isSound({ path })).toBe(true);

  const started = await startHost(path, []);
  ({ host } = started);
  expect(started.lines.join('\n')).toContain('"message":"sessions were cut short by a crash","sessions":1');
  const lines = said.trim().split('\n');
  const record = (await host.store.session(lines[0]!.split(' ')[0]!))!;
  const old = lines.filter((line) => killedAtMs - Number(line.split(' ')[1]) > 1000);
  expect(old.length).toBeGreaterThan(3);
  expect(record.segments.length).toBeGreaterThanOrEqual(old.length);
  expect(record.session.state).toBe('interrupted');
});
