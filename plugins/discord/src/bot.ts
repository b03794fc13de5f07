import {
  ChannelType,
  Events,
  type Client,
  type Guild,
  type GuildTextBasedChannel,
  type VoiceBasedChannel,
  type VoiceState,
} from 'discord.js';
import { EmotionPredictor, UndertoneError, type Annotation, type PluginHost } from 'undertone';
import { postAlert, type PostedAlert } from './alerts.ts';
import { createClient } from './client.ts';
import { dispatch } from './commands/dispatch.ts';
import { registerCommands } from './commands/register.ts';
import { EditBudget } from './edit-budget.ts';
import { faultName, UserError } from './faults.ts';
import { GuildSession } from './guild-session.ts';
import { GuildSettingsStore } from './guild-settings.ts';
import { parsePluginSettings, type PluginSettings } from './plugin-settings.ts';
import { sessionReport } from './report.ts';
import { resumeSessions } from './resume.ts';
import { sweepSessions } from './retention.ts';

const LOGIN_MS = 20_000;
const LONGEST_PAUSE_MS = 60_000;
const SWEEP_MS = 6 * 3_600_000;

/** What is asked for by `/emotion join`. */
export interface JoinRequest {
  readonly guild: Guild;
  readonly voiceChannel: VoiceBasedChannel;
  readonly panelChannel: GuildTextBasedChannel;
  /** null: as the server has set it, else beside the panel. */
  readonly reportTo: GuildTextBasedChannel | null;
  readonly panelMessage?: Parameters<typeof GuildSession.start>[0]['panelMessage'];
}

/** The bot: one connection to Discord, and a session in each server that wants one. */
export class Bot {
  readonly host: PluginHost;
  readonly settings: GuildSettingsStore;
  readonly plugin: PluginSettings;
  readonly #sessions = new Map<string, GuildSession>();
  readonly #budget: EditBudget;
  readonly #starting = new Set<string>();
  #client: Client | undefined;
  #predictor: Promise<EmotionPredictor> | undefined;
  #sweeping: NodeJS.Timeout | undefined;
  #isStopping = false;

  /** @throws UndertoneError CONFIG_INVALID */
  constructor(host: PluginHost) {
    this.host = host;
    this.settings = new GuildSettingsStore(host);
    this.#budget = new EditBudget(host.clock);
    this.plugin = parsePluginSettings(host.config.settings);
  }

  /**
   * Connects. Where Discord cannot be reached, it goes on trying by itself.
   * @throws UndertoneError PLUGIN_FAILED without a token, or with one that Discord refuses
   */
  async start(): Promise<void> {
    const token = this.host.config.secret('token');
    if (token === undefined) throw noToken();
    const first = this.#connect(token);
    await Promise.race([first, new Promise((resolve) => setTimeout(resolve, LOGIN_MS).unref())]);
    first.catch(() => undefined);
  }

  /** Ends all sessions so that they go on after a restart. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#sweeping);
    await Promise.allSettled(
      Array.from(this.#sessions.values(), (session) => session.end('The bot is restarting', true)),
    );
    await this.#client?.destroy();
    await (await this.#predictor)?.close();
  }

  session(guildId: string): GuildSession | undefined {
    return this.#sessions.get(guildId);
  }

  /**
   * Begins to listen in a voice channel.
   * @throws UserError
   */
  async join({ guild, reportTo, ...request }: JoinRequest): Promise<GuildSession> {
    if (this.#sessions.has(guild.id) || this.#starting.has(guild.id)) {
      throw new UserError('I am listening in this server already: /emotion leave ends it.');
    }
    this.#starting.add(guild.id);
    try {
      const settings = await this.settings.of(guild.id);
      const set = settings.reportChannelId === undefined ? null : guild.channels.cache.get(settings.reportChannelId);
      const reportChannel = reportTo ?? (set?.isTextBased() ? set : request.panelChannel);
      const session = await GuildSession.start({
        ...{ ...request, host: this.host, guild, reportChannel, settings, plugin: this.plugin },
        budget: this.#budget,
        onEnd: (ended) => {
          if (this.#sessions.get(guild.id) === ended) this.#sessions.delete(guild.id);
        },
      });
      this.#sessions.set(guild.id, session);
      return session;
    } finally {
      this.#starting.delete(guild.id);
    }
  }

  /** Hears recordings; loaded when it is first wanted. */
  predictor(): Promise<EmotionPredictor> {
    this.#predictor ??= EmotionPredictor.load(this.host.hearing.model);
    return this.#predictor;
  }

  /**
   * Posts what could not be posted at once.
   * @throws UndertoneError PLUGIN_FAILED; what Discord answered
   */
  async publish(ref: unknown, { kind, content, sessionId }: Annotation): Promise<void> {
    const { channelId } = ref as { channelId: string };
    const channel = await this.#client?.channels.fetch(channelId);
    if (!channel?.isSendable() || channel.isDMBased()) throw noChannel();
    if (kind === 'alert') await postAlert(channel, content as unknown as PostedAlert);
    else if (kind === 'summary') {
      const record = await this.host.records.session(sessionId);
      const how = content as { reason: string; withFile: boolean };
      if (record) await channel.send(await sessionReport(record, how));
    }
  }

  /** Tries until it is connected; rejects only where trying again is of no use. */
  async #connect(token: string): Promise<void> {
    for (let pauseMs = 1_000; !this.#isStopping; pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs)) {
      const client = createClient(this.plugin, this.host.config.secret('apiBase'));
      this.#client = client;
      this.#follow(client);
      try {
        const isReady = new Promise<void>((resolve) =>
          client.once(Events.ClientReady, () => {
            resolve();
          }),
        );
        await client.login(token);
        await isReady;
        await this.#begin(client as Client<true>);
        return;
      } catch (cause) {
        await client.destroy().catch(() => undefined);
        const { code } = cause as { code?: unknown };
        if (code === 'TokenInvalid' || code === 'DisallowedIntents') throw refused(code);
        this.host.log.warn('Discord cannot be reached: trying again', { fault: faultName(cause), pauseMs });
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }

  async #begin(client: Client<true>): Promise<void> {
    const { log } = this.host;
    log.info('connected to Discord', { servers: client.guilds.cache.size, shards: client.ws.shards.size });
    await registerCommands(client, this.host).catch((cause: unknown) => {
      log.error('the commands could not be registered', { fault: faultName(cause) });
    });
    const sweep = (): void => {
      void sweepSessions(this.host, this.settings);
    };
    sweep();
    this.#sweeping = setInterval(sweep, SWEEP_MS).unref();
    await resumeSessions(client, this);
  }

  #follow(client: Client): void {
    const { log } = this.host;
    client.on(Events.InteractionCreate, (interaction) => {
      void dispatch(interaction, { bot: this, host: this.host });
    });
    client.on(Events.VoiceStateUpdate, (before, after) => {
      this.#voiceChanged(before, after);
    });
    client.on(Events.ChannelDelete, (channel) => {
      for (const session of this.#sessions.values()) {
        if (session.voiceChannel.id === channel.id) void session.end('the voice channel was deleted');
      }
    });
    client.on(Events.GuildDelete, ({ id }) => {
      void this.#sessions.get(id)?.end('the bot was removed from the server');
    });
    client.on(Events.Error, (cause) => {
      log.warn('discord.js met an error', { fault: faultName(cause) });
    });
    client.on(Events.ShardError, (cause, shard) => {
      log.warn('the gateway met an error', { fault: faultName(cause), shard });
    });
    client.on(Events.ShardReconnecting, (shard) => {
      log.warn('the gateway is being reconnected', { shard });
    });
    const isUp = (shard: number): void => {
      log.info('the gateway is connected', { shard });
      for (const session of this.#sessions.values()) session.gatewayIsUp();
    };
    client.on(Events.ShardReady, isUp);
    client.on(Events.ShardResume, isUp);
  }

  #voiceChanged(before: VoiceState, after: VoiceState): void {
    const session = this.#sessions.get(after.guild.id);
    if (!session) return;
    if (after.id === after.client.user.id) {
      if (before.channelId !== after.channelId) void session.botMoved(after.channel);
    } else if (before.channelId === session.voiceChannel.id || after.channelId === session.voiceChannel.id) {
      void session.refresh();
    }
  }
}

/** Where voice channels can be joined. */
export const VOICE_TYPES = [ChannelType.GuildVoice, ChannelType.GuildStageVoice] as const;

function noToken(): UndertoneError {
  return new UndertoneError('PLUGIN_FAILED', {
    subject: 'discord',
    problem: 'has no token',
    remedy: 'Set DISCORD_TOKEN to the token of your bot: https://discord.com/developers/applications, "Bot".',
  });
}

function refused(code: string): UndertoneError {
  return new UndertoneError('PLUGIN_FAILED', {
    subject: 'discord',
    problem: `was refused by Discord (${code})`,
    remedy:
      'Make a new token under "Bot" of your application, and set DISCORD_TOKEN. undertone discord doctor says more.',
  });
}

function noChannel(): UndertoneError {
  return new UndertoneError('PLUGIN_FAILED', {
    subject: 'discord',
    problem: 'has no such channel',
    remedy: 'See that the bot may read and write in it.',
  });
}
