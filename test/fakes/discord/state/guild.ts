import { PermissionFlagsBits } from 'discord-api-types/v10';
import type { ChannelOptions, FakeGuild, GuildOptions, MemberOptions } from '../api.ts';
import { BotVoice } from '../voice/bot-voice.ts';
import { Channel } from './channel.ts';
import { Member, voiceState } from './member.ts';
import type { World } from './world.ts';

const ALL = Object.values(PermissionFlagsBits).reduce((all, bit) => all | bit, 0n);

/** What the invitation of a voice bot asks for. */
const INVITED =
  PermissionFlagsBits.ViewChannel |
  PermissionFlagsBits.SendMessages |
  PermissionFlagsBits.EmbedLinks |
  PermissionFlagsBits.AttachFiles |
  PermissionFlagsBits.ReadMessageHistory |
  PermissionFlagsBits.Connect |
  PermissionFlagsBits.Speak |
  PermissionFlagsBits.ChangeNickname |
  PermissionFlagsBits.SetVoiceChannelStatus;

const DEFAULT_CHANNELS: readonly ChannelOptions[] = [{ name: 'text' }, { name: 'general', type: 'voice' }];
const DEFAULT_MEMBERS: readonly MemberOptions[] = [
  { name: 'owner', permissions: ALL },
  { name: 'alice' },
  { name: 'bob' },
];

export class Guild implements FakeGuild {
  readonly world: World;
  readonly id: string;
  readonly name: string;
  readonly channels: Channel[];
  readonly members: Member[] = [];
  readonly botNicknames: (string | null)[] = [];
  readonly botVoice: BotVoice;
  readonly joinedAt = new Date().toISOString();
  readonly locale: string;
  readonly roles = new Map<string, string>();
  readonly #botRole: string;
  readonly #ownerId: string;
  botPermissions: bigint;
  /** Whether the bot is in the guild. */
  hasBot = true;

  constructor(world: World, options: GuildOptions) {
    this.world = world;
    this.id = world.ids.nextGuild();
    this.#botRole = world.ids.next();
    this.name = options.name;
    this.locale = options.locale ?? 'en-US';
    this.botPermissions = options.botPermissions ?? INVITED;
    this.channels = (options.channels ?? DEFAULT_CHANNELS).map((channel) => new Channel(this, channel));
    for (const member of options.members ?? DEFAULT_MEMBERS) this.members.push(this.#newMember(member));
    this.#ownerId = this.members[0]?.id ?? world.ids.next();
    this.botVoice = new BotVoice(this);
  }

  get botNickname(): string | null {
    return this.botNicknames.at(-1) ?? null;
  }

  channel(idOrName: string): Channel {
    return found(this.channels, idOrName, `channel in the guild ${this.name}`);
  }

  textChannel(name?: string): Channel {
    return this.#channelOf('text', name);
  }

  voiceChannel(name?: string): Channel {
    return this.#channelOf('voice', name);
  }

  #channelOf(type: 'text' | 'voice', name: string | undefined): Channel {
    const some = this.channels.filter((channel) => channel.type === type);
    return found(some, name ?? some[0]?.name ?? '', `${type} channel in the guild ${this.name}`);
  }

  member(idOrName: string): Member {
    return found(this.members, idOrName, `member of the guild ${this.name}`);
  }

  addMember(options: MemberOptions): Member {
    const member = this.#newMember(options);
    this.members.push(member);
    this.world.dispatch('GUILD_MEMBER_ADD', this.id, { guild_id: this.id, ...member.toJSON() });
    return member;
  }

  #newMember(options: MemberOptions): Member {
    for (const role of options.roles ?? []) if (!this.roles.has(role)) this.roles.set(role, this.world.ids.next());
    return new Member(this, options);
  }

  addChannel(options: ChannelOptions): Channel {
    const channel = new Channel(this, options);
    this.channels.push(channel);
    this.world.dispatch('CHANNEL_CREATE', this.id, channel.toJSON());
    return channel;
  }

  deleteChannel(channel: Channel): void {
    this.channels.splice(this.channels.indexOf(channel), 1);
    for (const member of this.members) if (member.voiceChannel === channel) member.leave();
    if (this.botVoice.channel === channel) this.botVoice.disconnect();
    this.world.dispatch('CHANNEL_DELETE', this.id, channel.toJSON());
  }

  setBotPermissions(permissions: bigint): void {
    this.botPermissions = permissions;
    const role = this.#rolePayloads().find(({ id }) => id === this.#botRole);
    this.world.dispatch('GUILD_ROLE_UPDATE', this.id, { guild_id: this.id, role });
  }

  removeBot(): void {
    this.botVoice.disconnect();
    this.world.dispatch('GUILD_DELETE', this.id, { id: this.id });
    this.hasBot = false;
    this.world.changes.changed();
  }

  /** What the bot may do in a channel. */
  botPermissionsIn(channel: Channel): bigint {
    if ((this.botPermissions & PermissionFlagsBits.Administrator) !== 0n) return ALL;
    return this.botPermissions & ~channel.deniedToBot;
  }

  botMember(): object {
    return {
      user: this.world.botUser,
      nick: this.botNickname,
      roles: [this.#botRole],
      joined_at: this.joinedAt,
      deaf: false,
      mute: false,
      flags: 0,
    };
  }

  #rolePayloads(): { readonly id: string }[] {
    const role = (id: string, name: string, permissions: bigint, position: number) => ({
      id,
      name,
      permissions: String(permissions),
      position,
      colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
      hoist: false,
      managed: id === this.#botRole,
      mentionable: false,
      flags: 0,
    });
    return [
      role(this.id, '@everyone', 0n, 0),
      role(this.#botRole, this.world.botUser.username, this.botPermissions, 1),
      ...[...this.roles].map(([name, id], index) => role(id, name, 0n, index + 2)),
    ];
  }

  /** A guild as the REST API shows it. */
  toJSON(): object {
    return {
      id: this.id,
      name: this.name,
      owner_id: this.#ownerId,
      icon: null,
      roles: this.#rolePayloads(),
      emojis: [],
      stickers: [],
      features: [],
      preferred_locale: this.locale,
      verification_level: 0,
      explicit_content_filter: 0,
      default_message_notifications: 0,
      mfa_level: 0,
      nsfw_level: 0,
      premium_tier: 0,
      system_channel_flags: 0,
      afk_timeout: 300,
      max_members: 500_000,
      region: 'fake',
    };
  }

  /** A guild as GUILD_CREATE shows it. */
  toGateway(): object {
    const voiceStates = this.members.flatMap((member) => (member.voiceChannel ? [voiceState(member)] : []));
    const bot = this.botVoice.state();
    return {
      ...this.toJSON(),
      channels: this.channels.map((channel) => channel.toJSON()),
      members: [this.botMember(), ...this.members.map((member) => member.toJSON())],
      member_count: this.members.length + 1,
      voice_states: bot ? [bot, ...voiceStates] : voiceStates,
      presences: [],
      threads: [],
      stage_instances: [],
      guild_scheduled_events: [],
      soundboard_sounds: [],
      large: false,
      unavailable: false,
      joined_at: this.joinedAt,
    };
  }
}

/** The one with this id or name. */
export function found<T extends { readonly id: string; readonly name: string }>(
  all: readonly T[],
  idOrName: string,
  what: string,
): T {
  const one = all.find(({ id, name }) => id === idOrName || name === idOrName);
  if (!one) throw new Error(`no ${what} is "${idOrName}": there are ${all.map(({ name }) => name).join(', ')}`);
  return one;
}
