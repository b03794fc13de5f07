import type { GuildTextBasedChannel } from 'discord.js';
import type { HostLog, HostSession, LiveEvent, PluginHost } from 'undertone';
import { postAlert } from './alerts.ts';
import type { EditBudget } from './edit-budget.ts';
import { faultName } from './faults.ts';
import { sessionReport } from './report.ts';

/** What {@link SessionPosts} work with. */
export interface SessionPostsParts {
  readonly live: HostSession;
  readonly records: PluginHost['records'];
  readonly channel: GuildTextBasedChannel;
  /** Whether the report has the session's file. */
  readonly withFile: boolean;
  /** Panels wait while alerts are posted, and not the other way round. */
  readonly budget: EditBudget;
  readonly log: HostLog;
}

/** The alerts and the report of a session. What cannot be posted now is posted later, by the host. */
export class SessionPosts {
  readonly #parts: SessionPostsParts;

  constructor(parts: SessionPostsParts) {
    this.#parts = parts;
  }

  /**
   * @param name of the speaker; null where it is about the whole conversation
   * @param url of the panel
   */
  async alert(
    event: Extract<LiveEvent, { type: 'alert' }>,
    name: string | null,
    url: string | undefined,
  ): Promise<void> {
    const { live, channel, budget, log } = this.#parts;
    const { sequence, rule, message, endMs, speaker } = event;
    const alert = { id: `${live.id}-${sequence}`, name, rule, message, endMs, url: url ?? null };
    budget.spend();
    try {
      await postAlert(channel, alert);
    } catch (cause) {
      log.warn('an alert could not be posted at once: it is tried again', { fault: faultName(cause) });
      live.annotate({
        ...{ kind: 'alert', content: alert, ref: { channelId: channel.id }, idempotencyKey: `alert-${alert.id}` },
        ...(speaker !== null && { speaker }),
      });
    }
  }

  /** @throws what Discord answered, where it is to be posted later */
  async report(reason: string): Promise<void> {
    const { live, records, channel, withFile } = this.#parts;
    try {
      const record = await records.session(live.id);
      if (record) await channel.send(await sessionReport(record, { reason, withFile }));
    } catch (cause) {
      const content = { reason, withFile };
      live.annotate({
        kind: 'summary',
        content,
        ref: { channelId: channel.id },
        idempotencyKey: `report-${live.id}`,
      });
      throw cause;
    }
  }
}
