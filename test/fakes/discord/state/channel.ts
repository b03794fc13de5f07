import { ChannelType, OverwriteType, type APIOverwrite } from 'discord-api-types/v10';
import type { ChannelOptions, FakeChannel } from '../api.ts';
import type { Guild } from './guild.ts';
import type { Member } from './member.ts';
import type { Message } from './message.ts';

export class Channel implements FakeChannel {
  readonly id: string;
  readonly name: string;
  readonly type: 'text' | 'voice';
  readonly guild: Guild;
  readonly messages: Message[] = [];
  readonly deletedMessages: Message[] = [];
  readonly voiceStatuses: string[] = [];
  deniedToBot: bigint;
  /** Overwrites that the bot or a test has set, by whom they are about. */
  readonly overwrites = new Map<string, APIOverwrite>();

  constructor(guild: Guild, { name, type = 'text', deniedToBot = 0n }: ChannelOptions) {
    this.guild = guild;
    this.id = guild.world.ids.next();
    this.name = name;
    this.type = type;
    this.deniedToBot = deniedToBot;
  }

  get voiceStatus(): string {
    return this.voiceStatuses.at(-1) ?? '';
  }

  get speakers(): Member[] {
    return this.guild.members.filter((member) => member.voiceChannel === this);
  }

  setDeniedToBot(permissions: bigint): void {
    this.deniedToBot = permissions;
    this.guild.world.dispatch('CHANNEL_UPDATE', this.guild.id, this.toJSON());
  }

  message(id: string): Message | undefined {
    return this.messages.find((message) => message.id === id);
  }

  toJSON(): object {
    const own: APIOverwrite[] =
      this.deniedToBot === 0n
        ? []
        : [{ id: this.guild.world.botUser.id, type: OverwriteType.Member, allow: '0', deny: String(this.deniedToBot) }];
    const voice = { bitrate: 64_000, user_limit: 0, rtc_region: null, status: this.voiceStatus || null };
    return {
      id: this.id,
      guild_id: this.guild.id,
      type: this.type === 'voice' ? ChannelType.GuildVoice : ChannelType.GuildText,
      name: this.name,
      position: this.guild.channels.indexOf(this),
      permission_overwrites: [...own, ...this.overwrites.values()],
      parent_id: null,
      nsfw: false,
      rate_limit_per_user: 0,
      last_message_id: this.messages.at(-1)?.id ?? null,
      ...(this.type === 'voice' ? voice : { topic: null }),
    };
  }
}
