// What goes wrong.
import type { FakeGuild } from './guild.ts';
import type { FakeMember } from './member.ts';

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
