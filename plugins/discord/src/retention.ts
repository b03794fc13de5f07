import type { PluginHost } from 'undertone';
import { faultName } from './faults.ts';
import type { GuildSettingsStore } from './guild-settings.ts';

const DAY_MS = 86_400_000;
/** Sessions that are looked at in one go. */
const AT_ONCE = 100;

/**
 * Deletes the sessions of servers that want them to be kept for a shorter time than the host keeps them. As with the host's
 * own retention, a session's age counts from its end.
 */
export async function sweepSessions(
  { records, clock, log }: Pick<PluginHost, 'records' | 'clock' | 'log'>,
  settings: GuildSettingsStore,
): Promise<void> {
  try {
    let deleted = 0;
    for (const [guildId, { retentionDays }] of await settings.all()) {
      if (retentionDays !== undefined) deleted += await sweepGuild(records, guildId, clock() - retentionDays * DAY_MS);
    }
    if (deleted > 0) log.info('sessions were deleted, as their servers want it', { sessions: deleted });
  } catch (cause) {
    log.warn('sessions could not be deleted now', { fault: faultName(cause) });
  }
}

async function sweepGuild(records: PluginHost['records'], space: string, toMs: number): Promise<number> {
  let deleted = 0;
  for (;;) {
    const before = deleted;
    for (const { id, endedAtMs } of await records.sessions({ space, toMs }, { limit: AT_ONCE })) {
      if (endedAtMs !== null && endedAtMs < toMs && (await records.deleteSession(id))) deleted++;
    }
    if (deleted === before) return deleted;
  }
}
