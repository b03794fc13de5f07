import {
  MessageFlags,
  Status,
  type Guild,
  type GuildTextBasedChannel,
  type Message,
  type VoiceBasedChannel,
} from 'discord.js';
import type { HostLog, HostSession, LiveEvent, PluginHost } from 'undertone';
import { ChannelSpeakers } from './channel-speakers.ts';
import type { EditBudget } from './edit-budget.ts';
import { faultName, UserError } from './faults.ts';
import { logOfGuild } from './guild-log.ts';
import type { GuildSettings } from './guild-settings.ts';
import { LeaveWatch } from './leave-watch.ts';
import { OpenSessions } from './open-sessions.ts';
import { renderPanel, type PanelState } from './panel.ts';
import { PanelMessage } from './panel-message.ts';
import type { PluginSettings } from './plugin-settings.ts';
import { SessionPosts } from './session-posts.ts';
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

const TICK_MS = 5_000;
const DELETED_MS = 300;

/** One voice channel that is listened to: voice in, hearing under consent, panel, alerts and report out. */
export class GuildSession {
  readonly live: HostSession;
  readonly link: VoiceLink;
  readonly #parts: GuildSessionParts;
  readonly #notice: VisibleNotice;
  readonly #panel: PanelMessage;
  readonly #posts: SessionPosts;
  readonly #speakers: ChannelSpeakers;
  readonly #leaving: LeaveWatch;
  readonly #open: OpenSessions;
  readonly #log: HostLog;
  readonly #consentMode: PanelState['consentMode'];
  #voiceChannel: VoiceBasedChannel;
  #note: string | undefined;
  #tick: NodeJS.Timeout | undefined;
  #ending: Promise<void> | undefined;

  private constructor(parts: GuildSessionParts, live: HostSession) {
    const { host, guild, settings, voiceChannel, panelChannel, reportChannel } = parts;
    const { clock } = host;
    const log = logOfGuild(host.log, guild.id);
    this.#parts = parts;
    this.#log = log;
    this.live = live;
    this.#voiceChannel = voiceChannel;
    this.#consentMode = settings.consentMode ?? host.hearing.consentMode;
    this.#leaving = new LeaveWatch(parts.plugin, clock());
    this.#open = new OpenSessions(host);
    this.#notice = new VisibleNotice(guild, log);
    this.#panel = new PanelMessage({
      ...{ channel: panelChannel, message: parts.panelMessage, budget: parts.budget, clock, log },
      render: () => renderPanel(this.#panelState()),
      onPosted: async () => {
        if (!this.#ending) await this.#remember();
      },
    });
    const withFile = reportChannel.id !== panelChannel.id;
    this.#posts = new SessionPosts({
      live,
      records: host.records,
      channel: reportChannel,
      withFile,
      budget: parts.budget,
      log,
    });
    this.link = new VoiceLink({
      ...{ guildId: guild.id, channelId: voiceChannel.id, botId: guild.client.user.id },
      ...{ adapterCreator: guild.voiceAdapterCreator, log, clock },
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
      ...{ guild, live, link: this.link, log },
      channelId: () => this.#voiceChannel.id,
      onChange: (isNews) => {
        this.#panel.touch(isNews);
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
    return this.#panel.url;
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
    return this.#ending ? this.#note : (this.#leaving.note ?? this.#note);
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
    this.#panel.touch(true);
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
    this.live.events.subscribe((event) => {
      this.#hear(event);
    });
    await Promise.all([this.#notice.show(this.#voiceChannel), this.#panel.show()]);
    await this.live.noticeGiven('panel');
    await this.#remember();
    await this.refresh();
    this.#tick = setInterval(() => {
      void this.#look();
    }, TICK_MS).unref();
    this.#log.info('a session began');
    // Who listens to it need not wait for its end.
    void this.link.play(noticeTone());
  }

  async #end(reason: string, isPause: boolean): Promise<void> {
    const { guild } = this.#parts;
    clearInterval(this.#tick);
    this.link.leave(reason);
    const summary = await this.live.end();
    this.#note = isPause ? `${reason}: it goes on when the bot is back.` : `${reason}.`;
    this.#speakers.close();
    if (!isPause) await this.#open.forget(guild.id).catch(() => undefined);
    const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
      await work().catch((cause: unknown) => {
        this.#log.warn('something was not done at the end of a session', { what, fault: faultName(cause) });
      });
    };
    await Promise.all([
      attempt('panel', () => this.#panel.close()),
      attempt('notice', () => this.#notice.hide()),
      attempt('report', () => this.#posts.report(reason)),
    ]);
    this.#log.info('a session ended', { reason, speakers: summary.speakers.length, alerts: summary.alerts });
    this.#parts.onEnd(this);
  }

  async #remember(): Promise<void> {
    const { host, guild, panelChannel, reportChannel } = this.#parts;
    await this.#open.remember(guild.id, {
      sessionId: this.live.id,
      voiceChannelId: this.#voiceChannel.id,
      panelChannelId: panelChannel.id,
      panelMessageId: this.#panel.id ?? '',
      reportChannelId: reportChannel.id,
      atMs: host.clock(),
    });
  }

  #hear(event: LiveEvent): void {
    if (event.type === 'alert') {
      const { speaker } = event;
      const name = speaker === null ? null : (this.#speakers.views.find(({ id }) => id === speaker)?.name ?? null);
      void this.#posts.alert(event, name, this.panelUrl);
      return;
    }
    if (event.type === 'summary') return;
    this.#leaving.heard(this.#parts.host.clock());
    this.#speakers.hear(event);
  }

  #voiceIs(status: VoiceLink['status'], reason: string): void {
    if (this.#ending) return;
    if (status === 'ended') void this.end(reason);
    else {
      this.#note = status === 'reconnecting' ? `Nobody is heard at the moment: ${reason}.` : undefined;
      this.#panel.touch(true);
      if (status === 'ready') void this.refresh();
    }
  }

  /** Every few seconds: who is there, and whether there is anything to listen to. */
  async #look(): Promise<void> {
    await this.refresh();
    if (this.#ending) return;
    const { host, panelChannel } = this.#parts;
    const { leave, warning } = this.#leaving.look(host.clock(), this.#speakers.isEmpty);
    if (leave !== undefined) await this.end(leave);
    if (warning === undefined) return;
    await panelChannel.send({ content: warning, flags: MessageFlags.SuppressNotifications }).catch(() => undefined);
  }

  #panelState(): PanelState {
    const state = this.#ending ? 'ended' : this.link.status === 'ready' ? 'listening' : 'reconnecting';
    return {
      ...{ state, note: this.note, consentMode: this.#consentMode, unheard: this.#speakers.unheard },
      ...{ channelId: this.#voiceChannel.id, startedAtMs: this.live.startedAtMs, nowMs: this.#parts.host.clock() },
      speakers: this.#speakers.views,
    };
  }
}
