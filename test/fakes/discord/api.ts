// What a test or a developer can do with the fake Discord. `startFakeDiscord` in fake-discord.ts makes one.
import type {
  APIAllowedMentions,
  APIApplicationCommand,
  APIApplicationCommandOptionChoice,
  APIAttachment,
  APIEmbed,
  APIMessageTopLevelComponent,
  APIModalInteractionResponseCallbackData,
} from 'discord-api-types/v10';

/** How media is encrypted between a client and the voice server; the first that a client knows is used. */
export type EncryptionMode = 'aead_aes256_gcm_rtpsize' | 'aead_xchacha20_poly1305_rtpsize';

/** So many requests within a window that begins with the first of them. */
export interface RateLimit {
  readonly limit: number;
  readonly windowMs: number;
}

/** The limits that the REST API enforces. Discord's own are the defaults; `null` turns one off. */
export interface RateLimits {
  /** All requests of the bot but those about interactions; 50 in 1 s. */
  readonly global?: RateLimit | null;
  /** New messages in a channel; 5 in 5 s. */
  readonly messagePosts?: RateLimit | null;
  /** Edits of messages in a channel; 5 in 5 s. */
  readonly messageEdits?: RateLimit | null;
  /** Answers to one interaction after the first; 5 in 2 s. */
  readonly webhooks?: RateLimit | null;
  /** Changes of the bot's own nickname in a guild; 5 in 5 s. */
  readonly nicknames?: RateLimit | null;
}

export interface MemberOptions {
  readonly name: string;
  /** Permission bits (PermissionFlagsBits); by default those of an ordinary member. */
  readonly permissions?: bigint;
  /** Roles by name; they are made as needed. */
  readonly roles?: readonly string[];
  readonly bot?: boolean;
}

export interface ChannelOptions {
  readonly name: string;
  readonly type?: 'text' | 'voice';
  /** Permission bits that the bot does not have here. */
  readonly deniedToBot?: bigint;
}

export interface GuildOptions {
  readonly name: string;
  /** `text` and `general` (voice) by default. */
  readonly channels?: readonly ChannelOptions[];
  /** Members beside the bot. By default `owner` (all permissions), `alice` and `bob`. The first one is the owner. */
  readonly members?: readonly MemberOptions[];
  /** The bot's permission bits; by default what the invitation of a voice bot asks for. */
  readonly botPermissions?: bigint;
  readonly locale?: string;
}

export interface DaveOptions {
  /**
   * The id of the transition by which a group comes into being. Discord uses 0 (nobody confirms, it happens at once) and
   * counted ids; clients treat packets that they cannot decrypt differently after the two. `counted` by default.
   */
  readonly firstTransition?: 'zero' | 'counted';
  /** Whose commit wins when several members offer one. `speaker` by default. */
  readonly committer?: 'speaker' | 'bot';
}

export interface FakeDiscordOptions {
  /** End-to-end encryption of voice, which Discord requires; `false` for servers as they were before. */
  readonly dave?: boolean | DaveOptions;
  /** The modes that voice servers offer, in that order; both by default. */
  readonly modes?: readonly EncryptionMode[];
  /** One guild named `Test` by default. */
  readonly guilds?: readonly GuildOptions[];
  readonly rateLimits?: RateLimits | false;
  /** What GET /gateway/bot recommends; 1 by default. */
  readonly shards?: number;
  /** Identifies that may still be made today; 1000 by default. */
  readonly sessionStarts?: number;
  /** The port of the REST API and the gateway on loopback; any free one by default. */
  readonly port?: number;
  /** The bot's token; without it, a request is answered 401. */
  readonly token?: string;
  /** Milliseconds between a client's heartbeats; 41250 by default. */
  readonly heartbeatMs?: number;
  /** Called with one line for whatever happens; nothing is printed without it. */
  readonly log?: (line: string) => void;
}

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

/** What a message shows, at one time. */
export interface MessageContent {
  readonly content: string;
  readonly embeds: readonly APIEmbed[];
  readonly components: readonly APIMessageTopLevelComponent[];
  readonly attachments: readonly FakeAttachment[];
  /** When it was posted or edited, in milliseconds since the epoch. */
  readonly atMs: number;
}

export interface FakeMessage extends MessageContent {
  readonly id: string;
  readonly channelId: string;
  readonly authorId: string;
  /** MessageFlags bits. */
  readonly flags: number;
  readonly ephemeral: boolean;
  readonly allowedMentions: APIAllowedMentions | undefined;
  /** The id of the message that it answers. */
  readonly replyTo: string | undefined;
  /** What it showed before each edit, oldest first. */
  readonly history: readonly MessageContent[];
  /** Everything a reader sees of it in one string: content, embeds, texts and labels of components. */
  readonly text: string;
}

export interface FakeAttachment extends APIAttachment {
  readonly bytes: Uint8Array;
}

/** Sound: samples within -1..1 at 48 kHz mono, or Opus packets of 20 ms. */
export type Speech = Float32Array | readonly Uint8Array[];

export interface SayOptions {
  /** One packet every 20 ms, the default; `false` is 20 times as fast, for tests that do not ask about time. */
  readonly realTime?: boolean;
  /** The share of packets that get lost, 0..1. */
  readonly loss?: number;
  /** Each packet is late by up to so long, so that later ones may overtake it. */
  readonly reorderWithinMs?: number;
  /** For what is lost and late; 1 by default. */
  readonly seed?: number;
  /** How many frames of silence end it; clients send 5. */
  readonly silenceFrames?: number;
}

/** What went over the wire of one speech. */
export interface SpeechSent {
  readonly packets: number;
  readonly lost: number;
  /** When the first and the last packet left, in milliseconds since the epoch. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/** A person (or another bot) in a guild. */
export interface FakeMember {
  readonly id: string;
  readonly name: string;
  readonly guild: FakeGuild;
  readonly permissions: bigint;
  readonly roles: readonly string[];
  readonly voiceChannel: FakeChannel | undefined;
  /** The synchronisation source of this member's media while in voice. */
  readonly ssrc: number | undefined;
  readonly talking: boolean;
  /** Enters a voice channel, the first one by default. Resolves once the member can be heard there. */
  join(channel?: FakeChannel): Promise<void>;
  /** Goes to another voice channel. */
  move(channel: FakeChannel): Promise<void>;
  leave(): void;
  setMute(mute: boolean): void;
  /** Speaks; resolves when the last packet has left. One speech at a time. */
  say(speech: Speech, options?: SayOptions): Promise<SpeechSent>;
  /** Breaks off what is being said. */
  stop(): void;
  /**
   * Uses the bot. Resolves when a person would see its answer: with the first reply, or for a deferred one with what
   * replaces it. Rejects when the bot does not answer within 3 s, and for what Discord's clients do not allow: a command
   * that is not registered or not allowed to this member, a wrong option, a button that is not there or disabled.
   */
  interact(interaction: InteractionInput): Promise<FakeAnswer>;
  /** Posts a message; `voice` makes it a voice message. */
  post(channel: FakeChannel, message: PostInput): FakeMessage;
  /** Leaves the guild. */
  leaveGuild(): void;
}

export interface PostInput {
  readonly content?: string;
  readonly files?: readonly { readonly name: string; readonly bytes: Uint8Array; readonly contentType?: string }[];
  /** The first file is an Ogg Opus voice message of this length in seconds. */
  readonly voiceSeconds?: number;
}

/** The value of a command's option: a text, a number, a truth, or whom or what it mentions. */
export type OptionValue = string | number | boolean | FakeMember | FakeChannel;

/** What somebody does with the bot. Where no channel is said, it is the guild's first text channel. */
export type InteractionInput = { readonly channel?: FakeChannel; readonly locale?: string } & (
  | {
      /** A slash command with its subcommands, as `emotion start`. */
      readonly command: string;
      readonly options?: Readonly<Record<string, OptionValue>>;
    }
  | {
      /** Asks for suggestions while the option `focused` is typed. */
      readonly autocomplete: string;
      readonly focused: string;
      readonly options?: Readonly<Record<string, OptionValue>>;
    }
  | { /** A context menu's name. */ readonly contextMenu: string; readonly target: FakeMember | FakeMessage }
  | { /** A button's custom id, or its label. */ readonly button: string; readonly message: FakeMessage }
  | {
      /** A select menu's custom id. */
      readonly select: string;
      readonly values: readonly string[];
      readonly message: FakeMessage;
    }
  | {
      /** The modal that an answer showed, and what is typed into its fields. */
      readonly modal: FakeAnswer;
      readonly fields: Readonly<Record<string, string>>;
    }
);

/** How the bot answered one interaction. It goes on changing: see `until`. */
export interface FakeAnswer {
  readonly interactionId: string;
  /** The first answer: a new message (also one that was deferred first), or the message of the button as it is now. */
  readonly reply: FakeMessage | undefined;
  /** Whether only the person who asked sees it. */
  readonly ephemeral: boolean;
  readonly deferred: boolean;
  /** Whether the first answer changed the button's message instead of posting one. */
  readonly updated: boolean;
  readonly followUps: readonly FakeMessage[];
  readonly modal: APIModalInteractionResponseCallbackData | undefined;
  readonly choices: readonly APIApplicationCommandOptionChoice[] | undefined;
  /** Milliseconds until the bot acknowledged the interaction. */
  readonly acknowledgedAfterMs: number;
}

export interface Http429 {
  /** How many requests are answered so. 1 by default. */
  readonly count?: number;
  /** `true`: the limit of the whole bot. */
  readonly global?: boolean;
  /** Seconds; 0.5 by default. */
  readonly retryAfter?: number;
}

/** Which requests: of this method, whose path after the version contains the text or matches. */
export interface RequestMatch {
  readonly method?: string;
  readonly path?: string | RegExp;
}

/** What goes wrong at Discord. */
export interface FakeFaults {
  /**
   * The member's next packets fit no key of the group; without end-to-end encryption, not the transport's key. Without
   * `count`, until it is called with 0.
   */
  undecryptableBurst(member: FakeMember, count?: number): void;
  /** Nobody is told which SSRC is this member's, until it is called with `false`. */
  dropOp5(member: FakeMember, drop?: boolean): void;
  /** The member's media goes on from another SSRC. `announce: false` says nothing about it. */
  changeSsrc(member: FakeMember, options?: { readonly announce?: boolean }): void;
  /** The bot is sent to another voice server. */
  moveVoiceServer(guild: FakeGuild): Promise<void>;
  /** The bot's connection to the voice gateway ends, so that it can be resumed (4015) or with the given close code. */
  closeVoiceGateway(guild: FakeGuild, code?: number): void;
  /** The bot's connections to the gateway end. Where they are not resumable, their sessions are forgotten. */
  closeGateway(options?: { readonly resumable?: boolean; readonly code?: number; readonly shard?: number }): void;
  answer429(match: RequestMatch, options?: Http429): void;
  /** Answers with a server error, 500 by default. */
  answer500(match: RequestMatch, options?: { readonly count?: number; readonly status?: number }): void;
  /** Answers are late by so long, until it is called with 0. */
  delayRest(ms: number): void;
  /** Nothing answers: all connections end, new ones are refused, no packet comes. Resolves when Discord is back. */
  goAway(ms: number): Promise<void>;
  /** The call's group is made anew (op 24, epoch 1). Resolves when everybody has the new keys. */
  newEpoch(guild: FakeGuild): Promise<void>;
  /** End-to-end encryption ends (op 21 with version 0), or begins again. Resolves when the transition is done. */
  downgrade(guild: FakeGuild): Promise<void>;
  upgrade(guild: FakeGuild): Promise<void>;
  /** Packets of everybody in the guild's voice that get lost on the way to the bot, 0..1, until it is called with 0. */
  loseMedia(guild: FakeGuild, share: number): void;
}
