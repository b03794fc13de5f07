// What is posted.
import type { APIAllowedMentions, APIAttachment, APIEmbed, APIMessageTopLevelComponent } from 'discord-api-types/v10';

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

export interface PostInput {
  readonly content?: string;
  readonly files?: readonly { readonly name: string; readonly bytes: Uint8Array; readonly contentType?: string }[];
  /** The first file is an Ogg Opus voice message of this length in seconds. */
  readonly voiceSeconds?: number;
}
