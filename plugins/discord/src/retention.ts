import type { PluginHost } from 'undertone';
import { faultName } from './faults.ts';
import type { GuildSettingsStore } from './guild-settings.ts';

const DAY_MS = 86_400_000;

/** Deletes the sessions of servers that want them to be kept for a shorter time than the host keeps them. */
export async function sweepSessions({ records, clock, log }: PluginHost, settings: GuildSettingsStore): Promise<void> {
  try {
    let deleted = 0;
    for (const [guildId, { retentionDays }] of await settings.all()) {
      if (retentionDays === undefined) continue;
      const toMs = clock() - retentionDays * DAY_MS;
      const old = await records.sessions({ space: guildId, toMs }, { limit: 500 });
      for (const { id } of old) if (await records.deleteSession(id)) deleted++;
    }
    if (deleted > 0) log.info('sessions were deleted, as their servers want it', { sessions: deleted });
  } catch (cause) {
    log.warn('sessions could not be deleted now', { fault: faultName(cause) });
  }
}
