// A guild, its channels, and the bot in its voice.
import type { FakeMember } from './member.ts';
import type { FakeMessage } from './message.ts';
import type { EncryptionMode, MemberOptions, ChannelOptions } from './options.ts';

export interface FakeGuild {
  readonly id: string;
  readonly name: string;
  readonly channels: readonly FakeChannel[];
  readonly members: readonly FakeMember[];
  /** The bot's nickname here. */
  readonly botNickname: string | null;
  /** Every nickname that the bot has had here, oldest first. */
  readonly botNicknames: readonly (string | null)[];
  /** What the bot is in the guild's voice. */
  readonly botVoice: FakeBotVoice;
  /** A channel by id or name. */
  channel(idOrName: string): FakeChannel;
  /** The first text or voice channel, or the one of that name. */
  textChannel(name?: string): FakeChannel;
  voiceChannel(name?: string): FakeChannel;
  /** A member by id or name. */
  member(idOrName: string): FakeMember;
  addMember(options: MemberOptions): FakeMember;
  addChannel(options: ChannelOptions): FakeChannel;
  /** Deletes a channel; a bot that is in it is thrown out. */
  deleteChannel(channel: FakeChannel): void;
  /** Gives or takes the bot's permission bits in the whole guild. */
  setBotPermissions(permissions: bigint): void;
  /** The bot is thrown out of the guild. */
  removeBot(): void;
}

export interface FakeChannel {
  readonly id: string;
  readonly name: string;
  readonly type: 'text' | 'voice';
  readonly guild: FakeGuild;
  /** The messages that are there, oldest first; ephemeral ones are in the answers that they belong to. */
  readonly messages: readonly FakeMessage[];
  /** The messages that were deleted. */
  readonly deletedMessages: readonly FakeMessage[];
  /** The voice channel's status line. */
  readonly voiceStatus: string;
  readonly voiceStatuses: readonly string[];
  /** Who is in the voice channel, without the bot. */
  readonly speakers: readonly FakeMember[];
  setDeniedToBot(permissions: bigint): void;
}

/** The bot in a guild's voice. */
export interface FakeBotVoice {
  /** The voice channel in which the bot is, connected or connecting. */
  readonly channel: FakeChannel | undefined;
  readonly selfDeaf: boolean;
  readonly selfMute: boolean;
  /** Whether its media is set up; with end-to-end encryption, whether it is in the group. */
  readonly ready: boolean;
  readonly mode: EncryptionMode | undefined;
  /** Connections to voice gateways so far, resumed ones included. */
  readonly connections: number;
  readonly resumes: number;
  /** What the bot has sent, decrypted. */
  readonly heard: HeardMedia;
  /** A moderator moves the bot, or throws it out of voice. */
  move(channel: FakeChannel): void;
  disconnect(): void;
}

/** What the fake has received from the bot by UDP. */
export interface HeardMedia {
  /** RTP packets with Opus in them; silence frames count. */
  readonly packets: number;
  readonly silenceFrames: number;
  /** Packets that could not be decrypted, by the transport's key or by that of the group. */
  readonly undecryptable: number;
  /** The decoded sound, 48 kHz mono, without the pauses between transmissions. */
  pcm(): Float32Array;
}
