import { Client, GatewayIntentBits, type ClientOptions } from 'discord.js';
import type { PluginSettings } from './plugin-settings.ts';

/** What the bot is told of by Discord: servers, and who is in voice. Neither is privileged. */
export const INTENTS = GatewayIntentBits.Guilds | GatewayIntentBits.GuildVoiceStates;

/** @param apiBase the REST API in place of Discord's own, as `http://127.0.0.1:4801/api` */
export function createClient({ shards }: PluginSettings, apiBase: string | undefined): Client {
  return new Client({
    intents: INTENTS,
    // Under a ShardingManager, this process has shards of its own, which discord.js finds in the environment.
    ...(process.env.SHARDS === undefined && shardOptions(shards)),
    // What is posted mentions people by name; nobody is to be called by it.
    allowedMentions: { parse: [] },
    rest: { version: '10', retries: 4, ...(apiBase !== undefined && { api: apiBase.replace(/\/$/, '') }) },
  });
}

/** To the library, a number is the one shard of that id. */
function shardOptions(shards: PluginSettings['shards']): Pick<ClientOptions, 'shards' | 'shardCount'> {
  if (shards === 'auto') return { shards };
  return { shards: Array.from({ length: shards }, (_, id) => id), shardCount: shards };
}
