import {
  MessageFlags,
  Status,
  type Guild,
  type GuildTextBasedChannel,
  type Message,
  type VoiceBasedChannel,
} from 'discord.js';
import type { HostSession, LiveEvent, PluginHost } from 'undertone';
import { postAlert } from './alerts.ts';
import { ChannelSpeakers } from './channel-speakers.ts';
import type { EditBudget } from './edit-budget.ts';
import { DISCORD_CODES, faultName, isDiscordCode, UserError } from './faults.ts';
import type { GuildSettings } from './guild-settings.ts';
import { renderPanel, type PanelState } from './panel.ts';
import { PanelUpdater } from './panel-updater.ts';
import type { PluginSettings } from './plugin-settings.ts';
import { sessionReport } from './report.ts';
import { noticeTone } from './voice/notice-tone.ts';
import { VisibleNotice } from './voice/notice.ts';
import { VoiceLink } from './voice/voice-link.ts';

/** What a session in a voice channel is made of. */
export interface GuildSessionParts {
  readonly host: PluginHost;
  readonly guild: Guild;
  readonly voiceChannel: VoiceBasedChannel;
  readonly panelChannel: GuildTextBasedChannel;
  /** Where alerts and the report go; where it is the moderators' own, the report has the session's file. */
  readonly reportChannel: GuildTextBasedChannel;
  readonly settings: GuildSettings;
  readonly plugin: PluginSettings;
  /** The panel of a session that a restart cut short. */
  readonly panelMessage?: Message | undefined;
  /** Shared by all sessions. */
  readonly budget: EditBudget;
  onEnd(session: GuildSession): void;
}

/** What is remembered of an open session, for a restart: places, never people. */
export interface OpenSessionMemory {
  readonly sessionId: string;
  readonly voiceChannelId: string;
  readonly panelChannelId: string;
  readonly panelMessageId: string;
  readonly reportChannelId: string;
  readonly atMs: number;
}

const TICK_MS = 5_000;
const DELETED_MS = 300;

/** One voice channel that is listened to: voice in, hearing under consent, panel, alerts and report out. */
export class GuildSession {
  readonly live: HostSession;
  readonly link: VoiceLink;
  readonly #parts: GuildSessionParts;
  readonly #notice: VisibleNotice;
  readonly #panel: PanelUpdater;
  readonly #speakers: ChannelSpeakers;
  readonly #consentMode: PanelState['consentMode'];
  #voiceChannel: VoiceBasedChannel;
  #message: Message | undefined;
  #note: string | undefined;
  #tick: NodeJS.Timeout | undefined;
  #emptySinceMs: number | undefined;
  #heardAtMs: number;
  #isWarned = false;
  #isPanelStuck = false;
  #ending: Promise<void> | undefined;

  private constructor(parts: GuildSessionParts, live: HostSession) {
    const { host, guild, settings, voiceChannel } = parts;
    this.#parts = parts;
    this.live = live;
    this.#voiceChannel = voiceChannel;
    this.#message = parts.panelMessage;
    this.#consentMode = settings.consentMode ?? host.hearing.consentMode;
    this.#heardAtMs = host.clock();
    this.#notice = new VisibleNotice(guild, host.log);
    this.#panel = new PanelUpdater({
      edit: async () => {
        await this.#showPanel();
        this.#isPanelStuck = false;
      },
      onError: (cause) => {
        if (!this.#isPanelStuck) host.log.warn('the panel cannot be edited now', { fault: faultName(cause) });
        this.#isPanelStuck = true;
      },
      clock: host.clock,
      budget: parts.budget,
    });
    this.link = new VoiceLink({
      ...{ guildId: guild.id, channelId: voiceChannel.id, botId: guild.client.user.id },
      ...{ adapterCreator: guild.voiceAdapterCreator, log: host.log, clock: host.clock },
      isGatewayUp: () => guild.shard.status === Status.Ready,
      others: () => this.#speakers.ids(),
      onPacket: (speaker, packet) => {
        this.#speakers.write(speaker, packet);
      },
      onStatus: (status, reason) => {
        this.#voiceIs(status, reason);
      },
    });
    this.#speakers = new ChannelSpeakers({
      ...{ guild, live, link: this.link, log: host.log },
      channelId: () => this.#voiceChannel.id,
      onChange: (isNews) => {
        this.#touch(isNews);
      },
    });
  }

  /**
   * Joins, tells everybody, and begins to listen.
   * @throws UserError where the channel cannot be joined, or its panel not posted
   */
  static async start(parts: GuildSessionParts): Promise<GuildSession> {
    const { host, guild, voiceChannel, settings } = parts;
    const { consentMode, alertRules } = settings;
    const live = host.openSession(
      { space: guild.id, title: `${guild.name} / ${voiceChannel.name}`, metadata: { channel: voiceChannel.id } },
      { ...(consentMode && { consentMode }), ...(alertRules && { alertRules }) },
    );
    const session = new GuildSession(parts, live);
    try {
      if (!(await session.link.connect())) throw new UserError('The voice channel could not be joined. Try again.');
      await session.#begin();
      return session;
    } catch (cause) {
      session.link.leave('it could not begin');
      await session.#notice.hide();
      await live.end();
      throw cause;
    }
  }

  get guildId(): string {
    return this.#parts.guild.id;
  }

  get voiceChannel(): VoiceBasedChannel {
    return this.#voiceChannel;
  }

  get panelUrl(): string | undefined {
    return this.#message?.url;
  }

  get consentMode(): PanelState['consentMode'] {
    return this.#consentMode;
  }

  /** Who is in the channel, and how they sound. */
  get speakers(): Pick<ChannelSpeakers, 'views' | 'gapMs'> {
    return this.#speakers;
  }

  /** Why not all is well; undefined where it is. */
  get note(): string | undefined {
    return this.#note;
  }

  /** Brings who is heard in line with who is there and may be heard. */
  refresh(): Promise<void> {
    return this.#speakers.refresh();
  }

  /** Somebody opted out: nothing of them is shown any more. */
  forget(speaker: string): void {
    this.#speakers.forget(speaker);
  }

  /** The gateway is connected again: what happened meanwhile is looked up. */
  gatewayIsUp(): void {
    const { members } = this.#parts.guild;
    this.link.gatewayIsUp(members.me?.voice.channelId === this.#voiceChannel.id);
    void this.refresh();
  }

  /** The bot itself was moved, or thrown out of voice. */
  async botMoved(channel: VoiceBasedChannel | null): Promise<void> {
    if (channel?.id === this.#voiceChannel.id || this.#ending) return;
    if (!channel) {
      if (this.link.tookLeave()) return;
      // That a channel is deleted is said after that.
      await new Promise((resolve) => setTimeout(resolve, DELETED_MS));
      const isDeleted = !this.#parts.guild.channels.cache.has(this.#voiceChannel.id);
      await this.end(isDeleted ? 'the voice channel was deleted' : 'the bot was disconnected from voice');
      return;
    }
    this.#voiceChannel = channel;
    this.link.moved(channel.id);
    this.#touch(true);
    await Promise.all([this.#notice.show(channel), this.live.noticeGiven('panel'), this.#remember()]);
    await this.refresh();
    await this.link.play(noticeTone());
  }

  /**
   * Ends it: hears what is left, takes the notices back, posts the report.
   * @param reason for people
   * @param isPause whether it goes on after a restart
   */
  end(reason: string, isPause = false): Promise<void> {
    this.#ending ??= this.#end(reason, isPause);
    return this.#ending;
  }

  async #begin(): Promise<void> {
    const { host } = this.#parts;
    this.live.events.subscribe((event) => {
      this.#hear(event);
    });
    await Promise.all([this.#notice.show(this.#voiceChannel), this.#showPanel()]);
    await this.live.noticeGiven('panel');
    await this.#remember();
    await this.refresh();
    this.#tick = setInterval(() => {
      void this.#look();
    }, TICK_MS).unref();
    host.log.info('a session began');
    // Who listens to it need not wait for its end.
    void this.link.play(noticeTone());
  }

  async #end(reason: string, isPause: boolean): Promise<void> {
    const { host, guild, reportChannel, panelChannel } = this.#parts;
    clearInterval(this.#tick);
    this.link.leave(reason);
    const summary = await this.live.end();
    this.#note = isPause ? `${reason}: it goes on when the bot is back.` : `${reason}.`;
    this.#speakers.close();
    if (!isPause) await host.memory.set(`session:${guild.id}`, null).catch(() => undefined);
    const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
      await work().catch((cause: unknown) => {
        host.log.warn('something was not done at the end of a session', { what, fault: faultName(cause) });
      });
    };
    await Promise.all([
      attempt('panel', () => this.#panel.close()),
      attempt('notice', () => this.#notice.hide()),
      attempt('report', async () => {
        const withFile = reportChannel.id !== panelChannel.id;
        try {
          const record = await host.records.session(this.live.id);
          if (record) await reportChannel.send(await sessionReport(record, { reason, withFile }));
        } catch (cause) {
          // Where it cannot be posted now, it is later.
          const ref = { channelId: reportChannel.id };
          this.live.annotate({
            kind: 'summary',
            content: { reason, withFile },
            ref,
            idempotencyKey: `report-${this.live.id}`,
          });
          throw cause;
        }
      }),
    ]);
    host.log.info('a session ended', { reason, speakers: summary.speakers.length, alerts: summary.alerts });
    this.#parts.onEnd(this);
  }

  async #remember(): Promise<void> {
    const { host, guild, panelChannel, reportChannel } = this.#parts;
    const memory: OpenSessionMemory = {
      sessionId: this.live.id,
      voiceChannelId: this.#voiceChannel.id,
      panelChannelId: panelChannel.id,
      panelMessageId: this.#message?.id ?? '',
      reportChannelId: reportChannel.id,
      atMs: host.clock(),
    };
    await host.memory.set(`session:${guild.id}`, memory);
  }

  #hear(event: LiveEvent): void {
    if (event.type === 'alert') {
      void this.#alert(event);
      return;
    }
    if (event.type === 'summary') return;
    this.#heardAtMs = this.#parts.host.clock();
    this.#isWarned = false;
    this.#speakers.hear(event);
  }

  async #alert(event: Extract<LiveEvent, { type: 'alert' }>): Promise<void> {
    const { reportChannel } = this.#parts;
    const name =
      event.speaker === null ? null : (this.#speakers.views.find(({ id }) => id === event.speaker)?.name ?? null);
    const id = `${this.live.id}-${event.sequence}`;
    const alert = {
      id,
      name,
      rule: event.rule,
      message: event.message,
      endMs: event.endMs,
      url: this.panelUrl ?? null,
    };
    try {
      await postAlert(reportChannel, alert);
    } catch (cause) {
      this.#parts.host.log.warn('an alert could not be posted at once: it is tried again', { fault: faultName(cause) });
      this.live.annotate({
        ...{ kind: 'alert', content: alert, ref: { channelId: reportChannel.id }, idempotencyKey: `alert-${id}` },
        ...(event.speaker !== null && { speaker: event.speaker }),
      });
    }
  }

  #voiceIs(status: VoiceLink['status'], reason: string): void {
    if (this.#ending) return;
    if (status === 'ended') void this.end(reason);
    else {
      this.#note = status === 'reconnecting' ? `Nobody is heard at the moment: ${reason}.` : undefined;
      this.#touch(true);
      if (status === 'ready') void this.refresh();
    }
  }

  /** Every few seconds: who is there, and whether there is anything to listen to. */
  async #look(): Promise<void> {
    await this.refresh();
    const { host, plugin, panelChannel } = this.#parts;
    const nowMs = host.clock();
    this.#emptySinceMs = this.#speakers.isEmpty ? (this.#emptySinceMs ?? nowMs) : undefined;
    if (this.#emptySinceMs !== undefined) {
      const leftMs = this.#emptySinceMs + plugin.leaveWhenEmptySeconds * 1_000 - nowMs;
      if (leftMs <= 0) {
        await this.end('everybody had left');
        return;
      }
      this.#note = `Everybody has left: the bot leaves in ${Math.ceil(leftMs / 1_000)} s.`;
    } else if (this.#note?.startsWith('Everybody')) this.#note = undefined;
    const silentMs = nowMs - this.#heardAtMs;
    const mostMs = plugin.leaveWhenSilentMinutes * 60_000;
    if (silentMs >= mostMs) await this.end('nobody had spoken for a while');
    else if (silentMs >= mostMs * 0.8 && !this.#isWarned) {
      this.#isWarned = true;
      const minutes = Math.ceil((mostMs - silentMs) / 60_000);
      const content = `Nobody who is heard has spoken for a while: Undertone leaves in ${minutes} min unless somebody does.`;
      await panelChannel.send({ content, flags: MessageFlags.SuppressNotifications }).catch(() => undefined);
    }
  }

  #touch(isNews: boolean): void {
    // The first panel is posted by #begin: there must not be two.
    if (this.#message) this.#panel.touch(isNews);
  }

  async #showPanel(): Promise<void> {
    const { host, panelChannel } = this.#parts;
    const state = this.#ending ? 'ended' : this.link.status === 'ready' ? 'listening' : 'reconnecting';
    const panel = renderPanel({
      ...{ state, note: this.#note, consentMode: this.#consentMode, unheard: this.#speakers.unheard },
      ...{ channelId: this.#voiceChannel.id, startedAtMs: this.live.startedAtMs, nowMs: host.clock() },
      speakers: this.#speakers.views,
    });
    try {
      if (this.#message) {
        await this.#message.edit(panel);
        return;
      }
    } catch (cause) {
      if (!isDiscordCode(cause, DISCORD_CODES.unknownMessage)) throw cause;
    }
    // Without its panel, nobody would be told: one that was deleted is posted anew.
    this.#message = await panelChannel.send(panel);
    if (!this.#ending) await this.#remember();
  }
}
