// A person in a guild, and what they say.
import type { FakeGuild, FakeChannel } from './guild.ts';
import type { InteractionInput, FakeAnswer } from './interaction.ts';
import type { FakeMessage, PostInput } from './message.ts';

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
