import { UndertoneError } from 'undertone';
import { z } from 'zod';

/** `plugins.discord` of the configuration. */
export const pluginSettingsSchema = z.strictObject({
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
  const result = pluginSettingsSchema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new UndertoneError('CONFIG_INVALID', {
    subject: ['plugins.discord', ...path.map(String)].join('.'),
    problem: message,
    remedy: 'Correct it; plugins/discord/README.md lists the settings.',
  });
}
