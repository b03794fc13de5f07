// How a fake Discord is set up.

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
