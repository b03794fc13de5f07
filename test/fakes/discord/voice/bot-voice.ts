import { PermissionFlagsBits } from 'discord-api-types/v10';
import { seededRandom } from '../../../helpers/signals.ts';
import type { EncryptionMode, FakeBotVoice } from '../api.ts';
import type { Channel } from '../state/channel.ts';
import type { Guild } from '../state/guild.ts';
import { HeardMediaLog } from './heard-media.ts';
import type { Speaker } from './speaker.ts';
import type { TicketHolder } from './voice-calls.ts';
import type { Participant } from './voice-room.ts';
import type { VoiceServer } from './voice-server.ts';
import { VoiceCloseCode, type VoiceSession } from './voice-session.ts';

/** What a client asks for by op 4 of the gateway. */
export interface VoiceRequest {
  readonly channel_id: string | null;
  readonly self_mute: boolean;
  readonly self_deaf: boolean;
}

/** Codes after which a client may resume its session. */
const resumable = (code: number): boolean => code < 4_000 || code === VoiceCloseCode.serverCrashed;

/** The bot in one guild's voice. */
export class BotVoice implements FakeBotVoice {
  readonly heard = new HeardMediaLog();
  connections = 0;
  resumes = 0;
  selfDeaf = false;
  selfMute = false;
  channel: Channel | undefined;
  /** The share of packets to the bot that get lost. */
  loss = 0;
  readonly #guild: Guild;
  readonly #random = seededRandom(1);
  #sessionId = '';
  #holder: TicketHolder | undefined;
  #session: VoiceSession | undefined;
  #server: VoiceServer | undefined;

  constructor(guild: Guild) {
    this.#guild = guild;
  }

  get ready(): boolean {
    return this.#session?.ready ?? false;
  }

  get mode(): EncryptionMode | undefined {
    return this.#session?.mode;
  }

  /** The bot enters, changes or leaves a channel. Like Discord, this says nothing where it may not. */
  signal(sessionId: string, request: VoiceRequest): void {
    if (request.channel_id === null) {
      this.#leave();
      return;
    }
    const channel = this.#guild.channels.find(({ id, type }) => id === request.channel_id && type === 'voice');
    const needed = PermissionFlagsBits.ViewChannel | PermissionFlagsBits.Connect;
    if (!channel || (this.#guild.botPermissionsIn(channel) & needed) !== needed) return;
    const same = this.channel === channel && this.#sessionId === sessionId && this.#session?.connected === true;
    this.channel = channel;
    this.#sessionId = sessionId;
    this.selfDeaf = request.self_deaf;
    this.selfMute = request.self_mute;
    this.#sayWhere();
    if (!same) this.#invite();
  }

  move(channel: Channel): void {
    if (!this.channel) throw new Error('the bot is in no voice channel');
    this.#session?.close(VoiceCloseCode.disconnected);
    this.channel = channel;
    this.#sayWhere();
    this.#invite();
  }

  disconnect(): void {
    this.#leave();
  }

  /** The gateway session through which the bot entered is over. */
  gatewayEnded(sessionId: string): void {
    if (this.#sessionId === sessionId) this.#leave();
  }

  async moveServer(): Promise<void> {
    const server = await this.#guild.world.voice.addServer();
    this.#hangUp();
    this.#server = server;
    const withoutEndpoint = { token: this.#guild.world.voice.newToken(), guild_id: this.#guild.id, endpoint: null };
    this.#guild.world.dispatch('VOICE_SERVER_UPDATE', this.#guild.id, withoutEndpoint);
    this.#invite();
  }

  closeGateway(code: number): void {
    if (!this.#session) throw new Error('the bot has no connection to the voice gateway');
    const session = this.#session;
    if (!resumable(code)) this.#hangUp();
    session.close(code);
  }

  /** A speaker heard somebody; the first one in the call writes down what the bot says. */
  overheard(ear: Speaker, from: Participant, opus: Buffer | undefined): void {
    if (from !== this.#session) return;
    const writer = ear.room.others(from.userId).find(({ local }) => local);
    if (writer === ear) this.heard.add(opus);
  }

  #leave(): void {
    if (!this.channel) return;
    const session = this.#session;
    this.#hangUp();
    session?.close(VoiceCloseCode.disconnected);
    this.channel = undefined;
    this.#sayWhere();
  }

  /** The bot is not in the call any more; its session cannot be resumed. */
  #hangUp(): void {
    const { voice } = this.#guild.world;
    if (this.#holder) voice.revoke(this.#holder.ticket.token);
    if (this.#session) {
      this.#session.ticket.room.leave(this.#session);
      this.#server!.forget(this.#session);
    }
    this.#holder = undefined;
    this.#session = undefined;
    voice.tidy();
    this.#guild.world.changes.changed();
  }

  /** Tells the bot where and with which token to connect. */
  #invite(): void {
    this.#hangUp();
    const { id, world } = this.#guild;
    this.#server ??= world.voice.firstServer;
    const room = world.voice.room(this.channel!);
    const token = world.voice.newToken();
    this.#holder = {
      ticket: { token, guildId: id, userId: world.botUser.id, sessionId: this.#sessionId, room },
      passes: () => !this.selfDeaf && this.#random() >= this.loss,
      onMedia: (authentic) => {
        this.heard.packets++;
        if (!authentic) this.heard.undecryptable++;
        world.changes.changed();
      },
      onSession: (session, how) => {
        if (how === 'resumed') this.resumes++;
        else if (this.#session && this.#session !== session) this.#session.ticket.room.leave(this.#session);
        this.connections++;
        this.#session = session;
      },
    };
    world.voice.admit(this.#holder);
    world.dispatch('VOICE_SERVER_UPDATE', id, { token, guild_id: id, endpoint: this.#server.endpoint });
  }

  #sayWhere(): void {
    this.#guild.world.dispatch('VOICE_STATE_UPDATE', this.#guild.id, this.#payload());
  }

  /** The voice state, as GUILD_CREATE lists it while the bot is in voice. */
  state(): object | undefined {
    return this.channel && this.#payload();
  }

  #payload(): object {
    return {
      guild_id: this.#guild.id,
      channel_id: this.channel?.id ?? null,
      user_id: this.#guild.world.botUser.id,
      member: this.#guild.botMember(),
      session_id: this.#sessionId,
      deaf: false,
      mute: false,
      self_deaf: this.selfDeaf,
      self_mute: this.selfMute,
      self_video: false,
      suppress: false,
      request_to_speak_timestamp: null,
    };
  }
}
