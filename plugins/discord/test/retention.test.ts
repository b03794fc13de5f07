import { afterEach, expect, test } from '@jest/globals';
import { newStorePath, startHost, testPlatform, type TestHost } from '../../../test/helpers/host.ts';
import { GuildSettingsStore } from '../src/guild-settings.ts';
import { sweepSessions } from '../src/retention.ts';

const DAY_MS = 86_400_000;
let started: TestHost;

afterEach(async () => {
  await started.host.stop();
});

test("a server's sessions are deleted so many days after their end, and no other's", async () => {
  const platform = testPlatform('discord');
  started = await startHost(newStorePath(), [platform]);
  const host = platform.host();
  const settings = new GuildSettingsStore(host);
  await settings.set('short', { retentionDays: 2 });
  await settings.set('as the host', {});
  const ended = [host.openSession({ space: 'short' }), host.openSession({ space: 'as the host' })];
  const open = host.openSession({ space: 'short' });
  for (const session of ended) await session.end();
  const kept = async (): Promise<string[]> => {
    const sessions = [...(await host.records.sessions({ space: 'short' })), ...(await host.records.sessions({ space: 'as the host' }))]; // prettier-ignore
    return sessions.map(({ id }) => id).sort();
  };
  const sweepAfter = (days: number): Promise<void> =>
    sweepSessions({ ...host, clock: () => Date.now() + days * DAY_MS }, settings);

  await sweepAfter(1.9);
  expect(await kept()).toHaveLength(3);
  await sweepAfter(2.1);
  expect(await kept()).toEqual([ended[1]!.id, open.id].sort());
  expect(started.lines.filter((line) => line.includes('as their servers want it'))).toHaveLength(1);
});
