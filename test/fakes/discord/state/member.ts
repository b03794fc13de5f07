import { MessageFlags, PermissionFlagsBits, type APIUser } from 'discord-api-types/v10';
import type {
  FakeAnswer,
  FakeMember,
  InteractionInput,
  MemberOptions,
  PostInput,
  SayOptions,
  Speech,
  SpeechSent,
} from '../api.ts';
import { Speaker, type SpeakerFaults } from '../voice/speaker.ts';
import type { Channel } from './channel.ts';
import type { Guild } from './guild.ts';
import { Message } from './message.ts';

const ORDINARY =
  PermissionFlagsBits.ViewChannel |
  PermissionFlagsBits.SendMessages |
  PermissionFlagsBits.ReadMessageHistory |
  PermissionFlagsBits.UseApplicationCommands |
  PermissionFlagsBits.Connect |
  PermissionFlagsBits.Speak;

/** Keys for hundreds of members at once take their time. */
const JOINED_WITHIN_MS = 60_000;

export class Member implements FakeMember {
  readonly id: string;
  readonly name: string;
  readonly guild: Guild;
  readonly permissions: bigint;
  readonly roles: readonly string[];
  readonly user: APIUser;
  readonly faults: SpeakerFaults = { silentSsrc: false, undecryptable: 0 };
  readonly #joinedAt = new Date().toISOString();
  #channel: Channel | undefined;
  #speaker: Speaker | undefined;
  #mute = false;

  constructor(guild: Guild, options: MemberOptions) {
    this.guild = guild;
    this.id = guild.world.ids.next();
    this.name = options.name;
    this.permissions = options.permissions ?? ORDINARY;
    this.roles = options.roles ?? [];
    this.user = user(this.id, options.name, options.bot ?? false);
  }

  get voiceChannel(): Channel | undefined {
    return this.#channel;
  }
  get speaker(): Speaker | undefined {
    return this.#speaker;
  }
  get ssrc(): number | undefined {
    return this.#speaker?.ssrc;
  }
  get talking(): boolean {
    return this.#speaker?.speaking ?? false;
  }
  get mute(): boolean {
    return this.#mute;
  }

  async join(channel: Channel = this.guild.voiceChannel()): Promise<void> {
    if (channel.type !== 'voice') throw new Error(`${channel.name} is no voice channel`);
    if (this.#channel === channel) return;
    this.#hangUp();
    const { world, botVoice } = this.guild;
    const room = world.voice.room(channel);
    const speaker = new Speaker(this.id, room, this.faults, (from, opus) => {
      botVoice.overheard(speaker, from, opus);
    });
    this.#channel = channel;
    this.#speaker = speaker;
    this.#sayWhere();
    room.join(speaker);
    await world.changes.until(() => speaker.settled || this.#speaker !== speaker, {
      what: `${this.name} is in the call of ${channel.name}`,
      timeoutMs: JOINED_WITHIN_MS,
    });
    await room.synced();
  }

  async move(channel: Channel): Promise<void> {
    if (!this.#channel) throw new Error(`${this.name} is in no voice channel`);
    await this.join(channel);
  }

  leave(): void {
    if (!this.#channel) return;
    this.#hangUp();
    this.#channel = undefined;
    this.#sayWhere();
  }

  #hangUp(): void {
    const speaker = this.#speaker;
    if (!speaker) return;
    this.guild.world.speeches.drop(speaker);
    speaker.room.leave(speaker);
    this.#speaker = undefined;
    this.guild.world.voice.tidy();
  }

  setMute(mute: boolean): void {
    this.#mute = mute;
    this.#sayWhere();
  }

  #sayWhere(): void {
    this.guild.world.dispatch('VOICE_STATE_UPDATE', this.guild.id, voiceState(this));
  }

  async say(speech: Speech, options: SayOptions = {}): Promise<SpeechSent> {
    if (!this.#speaker) throw new Error(`${this.name} is in no voice channel: join one first`);
    return this.guild.world.speeches.say(this.#speaker, speech, options);
  }

  stop(): void {
    if (this.#speaker) this.guild.world.speeches.stop(this.#speaker);
  }

  async interact(interaction: InteractionInput): Promise<FakeAnswer> {
    return this.guild.world.interactions.begin(this, interaction);
  }

  post(channel: Channel, { content = '', files = [], voiceSeconds }: PostInput): Message {
    const { world } = this.guild;
    const voice = voiceSeconds === undefined ? {} : { duration_secs: voiceSeconds, waveform: 'AAAA' };
    const attachments = files.map((file, index) => ({
      ...world.attachments.add(channel.id, file.name, file.bytes, file.contentType),
      ...(index === 0 && voice),
    }));
    const flags = voiceSeconds === undefined ? 0 : MessageFlags.IsVoiceMessage;
    const parts = { id: world.ids.next(), channelId: channel.id, guildId: this.guild.id, author: this.user, flags };
    const message = new Message(parts, { content, embeds: [], components: [], attachments, atMs: Date.now() });
    channel.messages.push(message);
    const payload = { ...message.toJSON(), guild_id: this.guild.id, member: this.toJSON() };
    world.dispatch('MESSAGE_CREATE', this.guild.id, payload);
    return message;
  }

  leaveGuild(): void {
    this.leave();
    this.guild.members.splice(this.guild.members.indexOf(this), 1);
    this.guild.world.dispatch('GUILD_MEMBER_REMOVE', this.guild.id, { guild_id: this.guild.id, user: this.user });
  }

  toJSON(): object {
    return {
      user: this.user,
      nick: null,
      roles: this.roles.map((name) => this.guild.roles.get(name)),
      joined_at: this.#joinedAt,
      deaf: false,
      mute: false,
      flags: 0,
    };
  }
}

export function user(id: string, name: string, bot: boolean): APIUser {
  return { id, username: name, discriminator: '0', global_name: name, avatar: null, bot };
}

export function voiceState(member: Member): object {
  return {
    guild_id: member.guild.id,
    channel_id: member.voiceChannel?.id ?? null,
    user_id: member.id,
    member: member.toJSON(),
    session_id: `session-of-${member.id}`,
    deaf: false,
    mute: false,
    self_deaf: false,
    self_mute: member.mute,
    self_video: false,
    suppress: false,
    request_to_speak_timestamp: null,
  };
}
