import { parseStrict } from 'undertone';
import { z } from 'zod';

/** `plugins.discord` of the configuration. */
const pluginSettingsSchema = z.strictObject({
  /** How many connections to the gateway: `auto` as Discord recommends. */
  shards: z.union([z.literal('auto'), z.int().min(1)]).default('auto'),
  leaveWhenEmptySeconds: z.number().min(0).default(60),
  leaveWhenSilentMinutes: z.number().positive().default(30),
  /** A session that a restart cut short goes on if it is not older. */
  resumeWithinMinutes: z.number().min(0).default(10),
});

export type PluginSettings = z.output<typeof pluginSettingsSchema>;

/** @throws UndertoneError CONFIG_INVALID that names the setting */
export function parsePluginSettings(value: unknown): PluginSettings {
  const remedy = 'Correct it; plugins/discord/README.md lists the settings.';
  return parseStrict(pluginSettingsSchema, value, { code: 'CONFIG_INVALID', subject: 'plugins.discord', remedy });
}
