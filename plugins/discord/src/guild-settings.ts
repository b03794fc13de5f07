import { parseAlertRules, type AlertRule, type ConsentMode, type PluginHost } from 'undertone';
import { z } from 'zod';

/** What a server has set for itself; what it has not is as the host's configuration says. */
const guildSettingsSchema = z.object({
  consentMode: z.enum(['opt-in', 'announce']).optional(),
  alertRules: z.array(z.unknown()).optional(),
  reportChannelId: z.string().optional(),
  retentionDays: z.number().positive().optional(),
});

export interface GuildSettings {
  readonly consentMode?: ConsentMode | undefined;
  readonly alertRules?: readonly AlertRule[] | undefined;
  /** Where alerts and reports go. */
  readonly reportChannelId?: string | undefined;
  /** Days after which this server's sessions are deleted. */
  readonly retentionDays?: number | undefined;
}

/** The settings of all servers. */
export class GuildSettingsStore {
  readonly #host: Pick<PluginHost, 'memory' | 'hearing'>;

  constructor(host: Pick<PluginHost, 'memory' | 'hearing'>) {
    this.#host = host;
  }

  async of(guildId: string): Promise<GuildSettings> {
    return this.#read(await this.#host.memory.get(`settings:${guildId}`));
  }

  async set(guildId: string, settings: GuildSettings): Promise<void> {
    await this.#host.memory.set(`settings:${guildId}`, settings);
  }

  async forget(guildId: string): Promise<void> {
    await this.#host.memory.set(`settings:${guildId}`, null);
  }

  /** By server. */
  async all(): Promise<ReadonlyMap<string, GuildSettings>> {
    const stored = await this.#host.memory.all('settings:');
    return new Map(Array.from(stored, ([name, value]) => [name.slice('settings:'.length), this.#read(value)]));
  }

  #read(value: unknown): GuildSettings {
    const { alertRules, ...rest } = guildSettingsSchema.safeParse(value ?? {}).data ?? {};
    if (!alertRules) return rest;
    // Rules for a model that is not there any more are none.
    try {
      return { ...rest, alertRules: parseAlertRules(alertRules, this.#host.hearing.labels) };
    } catch {
      return rest;
    }
  }
}

const RULE =
  /^([a-z+ ]+?)\s*(?:over|>)\s*([0-9.]+)\s*(%?)\s+for\s+([0-9.]+)\s*s(?:econds)?(?:\s*,?\s*every\s+([0-9.]+)\s*s(?:econds)?)?$/i;

/** Alert rules as people write them, one a line: `angry over 0.6 for 20 s, every 120 s`. */
export function rulesAsText(rules: readonly AlertRule[]): string {
  return rules
    .map(
      ({ emotion, above, forMs, coolDownMs }) =>
        `${emotion.join(' + ')} over ${above} for ${forMs / 1_000} s, every ${coolDownMs / 1_000} s`,
    )
    .join('\n');
}

/**
 * Reads what {@link rulesAsText} writes; empty text is no rule.
 * @throws UndertoneError ALERT_RULE_INVALID; RangeError that names a line that is none
 */
export function rulesFromText(text: string, labels: readonly string[]): AlertRule[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const rules = lines.map((line, at) => {
    const [, emotions, above, isPercent, seconds, every] = RULE.exec(line) ?? [];
    if (emotions === undefined) throw new RangeError(`Line ${at + 1} is no rule: "${line.slice(0, 60)}"`);
    const emotion = emotions.split('+').map((label) => label.trim().toLowerCase());
    return {
      name: lines.length === 1 ? emotion.join('+') : `${emotion.join('+')} ${at + 1}`,
      emotion,
      above: Number(above) / (isPercent ? 100 : 1),
      forMs: 1_000 * Number(seconds),
      ...(every !== undefined && { coolDownMs: 1_000 * Number(every) }),
    };
  });
  return parseAlertRules(rules, labels);
}
