// What a test or a developer can do with the fake Discord. `startFakeDiscord` in fake-discord.ts makes one.
import type { APIApplicationCommand } from 'discord-api-types/v10';
import type { FakeFaults } from './api/faults.ts';
import type { FakeGuild } from './api/guild.ts';
import type { GuildOptions } from './api/options.ts';

export type * from './api/options.ts';
export type * from './api/guild.ts';
export type * from './api/message.ts';
export type * from './api/member.ts';
export type * from './api/interaction.ts';
export type * from './api/faults.ts';

export interface UntilOptions {
  /** How long to wait; 10000 by default. */
  readonly timeoutMs?: number;
  /** What is awaited, for the error. */
  readonly what?: string;
}

/** A running Discord with one application, whose bot may connect. */
export interface FakeDiscord extends AsyncDisposable {
  /** The base of the REST API, as `http://127.0.0.1:4801/api`: what discord.js takes as `rest.api`. */
  readonly restBase: string;
  readonly token: string;
  /** The file of the voice servers' certificate: a client must trust it (NODE_EXTRA_CA_CERTS). */
  readonly certificate: string;
  /** What a bot's process must have in its environment: DISCORD_API_BASE, DISCORD_TOKEN, NODE_EXTRA_CA_CERTS. */
  readonly environment: Readonly<Record<string, string>>;
  readonly applicationId: string;
  readonly bot: FakeBot;
  readonly guilds: readonly FakeGuild[];
  readonly faults: FakeFaults;
  /** Every REST request so far. */
  readonly requests: readonly RestRequest[];
  /** The guild with this id or name, by default the only one. */
  guild(idOrName?: string): FakeGuild;
  /** The bot is invited to one more guild. */
  addGuild(options: GuildOptions): FakeGuild;
  /** The commands that the bot has registered, for everywhere or for a guild. */
  commands(guildId?: string): readonly APIApplicationCommand[];
  /**
   * Resolves with the first value of the condition that is neither `undefined`, `null` nor `false`. It is asked again
   * whenever something happened, never by a timer. Rejects when the time is up.
   */
  until<T>(condition: () => T | undefined | null | false, options?: UntilOptions): Promise<T>;
  /** Calls the listener after whatever happened, once for many changes, until the returned function is called. */
  watch(listener: () => void): () => void;
  stop(): Promise<void>;
}

/** One request to the REST API. */
export interface RestRequest {
  readonly method: string;
  /** The path after the version, as `/channels/1/messages`. */
  readonly path: string;
  readonly status: number;
  /** When it came, in milliseconds since the epoch. */
  readonly atMs: number;
}

/** The bot as its users see it. */
export interface FakeBot {
  readonly id: string;
  /** Gateway sessions that are connected and ready, one a shard. */
  readonly shards: readonly { readonly id: number; readonly count: number; readonly intents: number }[];
  /** The activity or status of the bot's presence, if it has set one. */
  readonly presence: unknown;
}
