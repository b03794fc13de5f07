import type {
  APIAllowedMentions,
  APIAttachment,
  APIEmbed,
  APIMessageTopLevelComponent,
  APIUser,
  ComponentType,
} from 'discord-api-types/v10';
import { MessageFlags, MessageType } from 'discord-api-types/v10';
import type { FakeAttachment, FakeMessage, MessageContent } from '../api.ts';

/** What a message is made of. */
export interface MessageParts {
  readonly id: string;
  readonly channelId: string;
  readonly guildId: string;
  readonly author: APIUser;
  readonly flags: number;
  readonly allowedMentions?: APIAllowedMentions | undefined;
  readonly replyTo?: string | undefined;
  /** The application whose interaction it answers. */
  readonly interactionOf?: { readonly id: string; readonly name: string; readonly user: APIUser } | undefined;
}

export class Message implements FakeMessage {
  readonly id: string;
  readonly channelId: string;
  readonly author: APIUser;
  readonly allowedMentions: APIAllowedMentions | undefined;
  readonly replyTo: string | undefined;
  readonly history: MessageContent[] = [];
  readonly #parts: MessageParts;
  readonly #createdAtMs: number;
  #shown: MessageContent;
  #flags: number;

  constructor(parts: MessageParts, content: MessageContent) {
    this.#parts = parts;
    this.#shown = content;
    this.#createdAtMs = content.atMs;
    this.#flags = parts.flags;
    this.id = parts.id;
    this.channelId = parts.channelId;
    this.author = parts.author;
    this.allowedMentions = parts.allowedMentions;
    this.replyTo = parts.replyTo;
  }

  get authorId(): string {
    return this.author.id;
  }
  get flags(): number {
    return this.#flags;
  }
  get ephemeral(): boolean {
    return (this.flags & MessageFlags.Ephemeral) !== 0;
  }
  /** Whether it stands for an answer that is still to come. */
  get loading(): boolean {
    return (this.flags & MessageFlags.Loading) !== 0;
  }
  get content(): string {
    return this.#shown.content;
  }
  get embeds(): readonly APIEmbed[] {
    return this.#shown.embeds;
  }
  get components(): readonly APIMessageTopLevelComponent[] {
    return this.#shown.components;
  }
  get attachments(): readonly FakeAttachment[] {
    return this.#shown.attachments;
  }
  get atMs(): number {
    return this.#shown.atMs;
  }

  get text(): string {
    const { content, embeds, components } = this.#shown;
    return [content, ...embeds.flatMap(textsOf), ...components.flatMap(textsOf)]
      .filter((text) => text !== '')
      .join('\n');
  }

  edit(content: MessageContent, flags = this.#flags): void {
    if (!this.loading) this.history.push(this.#shown);
    this.#shown = content;
    this.#flags = flags & ~MessageFlags.Loading;
  }

  toJSON(): object {
    const { guildId, interactionOf, channelId, replyTo } = this.#parts;
    const answered = replyTo === undefined ? MessageType.Default : MessageType.Reply;
    return {
      id: this.id,
      channel_id: channelId,
      author: this.author,
      content: this.content,
      timestamp: new Date(this.#createdAtMs).toISOString(),
      edited_timestamp: this.history.length > 0 ? new Date(this.atMs).toISOString() : null,
      tts: false,
      mention_everyone: false,
      mentions: [],
      mention_roles: [],
      attachments: this.attachments.map(attachmentPayload),
      embeds: [...this.embeds],
      components: [...this.components],
      pinned: false,
      type: interactionOf ? MessageType.ChatInputCommand : answered,
      flags: this.flags,
      ...(replyTo !== undefined && {
        message_reference: { type: 0, message_id: replyTo, channel_id: channelId, guild_id: guildId },
      }),
      ...(interactionOf && {
        application_id: this.author.id,
        webhook_id: this.author.id,
        interaction_metadata: { ...interactionOf, type: 2, authorizing_integration_owners: {} },
      }),
    };
  }
}

export function attachmentPayload({ bytes, ...payload }: FakeAttachment): APIAttachment {
  return { ...payload, size: bytes.length };
}

/** Keys of embeds and components whose value is read by people. */
const READ_KEYS = new Set(['title', 'description', 'name', 'value', 'text', 'label', 'content', 'placeholder']);

function textsOf(part: unknown): string[] {
  if (Array.isArray(part)) return part.flatMap(textsOf);
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([key, value]) =>
    typeof value === 'string' ? (READ_KEYS.has(key) ? [value] : []) : textsOf(value),
  );
}

/** A component that somebody can use. */
export interface InteractiveComponent {
  readonly type: ComponentType;
  readonly custom_id: string;
  readonly label?: string;
  readonly disabled?: boolean;
}

/** All components with a custom id, however deep they lie. */
export function interactiveComponents(part: unknown): InteractiveComponent[] {
  if (Array.isArray(part)) return part.flatMap(interactiveComponents);
  if (typeof part !== 'object' || part === null) return [];
  const inner = Object.values(part).flatMap(interactiveComponents);
  return 'custom_id' in part ? [part as InteractiveComponent, ...inner] : inner;
}
