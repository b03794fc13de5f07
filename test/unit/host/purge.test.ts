// What is left of somebody after a purge, in the files and tables of a whole host that goes on.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import type { Host } from '../../../src/host/index.ts';
import { DATABASES } from '../../helpers/databases.ts';
import { newStorePath, now, startHost, testPlatform, voicePackets } from '../../helpers/host.ts';

const ANNE = { speaker: 'anne#4711', role: 'participant', name: 'Anneliese' } as const;
const BERT = { speaker: 'bert#2', role: 'participant', name: 'Berthold' } as const;
const packets = voicePackets(3, 220);

let host: Host | undefined;
afterEach(() => host?.stop());

/** All bytes of all files beside a database file. */
const filesBeside = (path: string): string =>
  readdirSync(dirname(path))
    .map((name) => readFileSync(join(dirname(path), name), 'latin1'))
    .join('\n');

test.each(DATABASES)('$name: no row, and no byte of a file', async (database) => {
  const options = await database.create();
  const path = options.path ?? newStorePath();
  const platform = testPlatform('test', { publish: () => Promise.reject(new Error('away')) });
  const environment = options.url === undefined ? {} : { DATABASE_URL: options.url };
  const rules = [{ name: 'any', emotion: ['angry', 'happy', 'sad', 'neutral'], above: 0, forMs: 1 }];
  const started = await startHost(path, [platform], { abstainBelow: 0, alertRules: rules }, environment);
  ({ host } = started);

  const session = platform
    .host()
    .openSession({ space: 'room', title: 'Talk with anne#4711', metadata: { 'anne#4711': 'x' } });
  await session.noticeGiven('a panel');
  for (const speaker of [ANNE, BERT]) {
    const track = await session.openTrack(speaker, { codec: 'opus' });
    for (const packet of packets) track.write(now(packet));
    await session.closeTrack(track);
    const idempotencyKey = `of ${speaker.speaker}`;
    session.annotate({ kind: 'emotion', content: { who: speaker.name }, ref: 1, speaker: speaker.speaker, idempotencyKey }); // prettier-ignore
  }
  await session.end();
  await host.writes.flush();
  await host.outbox.drain();
  const left = async (): Promise<string> => (await database.dump(options)) + (options.path ? filesBeside(path) : '');
  const before = await left();
  expect([before.includes('anne#4711'), before.includes('Anneliese')]).toEqual([true, true]);

  const report = await host.purge({ platform: 'test', space: 'room', speaker: ANNE.speaker }, ANNE.speaker);
  expect(report.failed).toEqual([]);
  const after = await left();
  expect(after.match(/.{0,30}anne.{0,30}/gi)).toBeNull();
  expect(after.includes('bert#2')).toBe(true);
  expect(started.lines.join('\n')).not.toMatch(/anne/i);
  await host.stop();
  await database.drop(options);
});
