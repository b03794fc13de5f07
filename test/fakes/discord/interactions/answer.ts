import { randomBytes } from 'node:crypto';
import type { APIApplicationCommandOptionChoice, APIModalInteractionResponseCallbackData } from 'discord-api-types/v10';
import type { FakeAnswer } from '../api.ts';
import type { Channel } from '../state/channel.ts';
import type { Member } from '../state/member.ts';
import type { Message } from '../state/message.ts';

/** Who used the bot, where, and on which message. */
export interface Occasion {
  readonly id: string;
  readonly member: Member;
  readonly channel: Channel;
  /** The command's name, for the answer's head. */
  readonly name: string;
  /** The message whose component was used. */
  readonly message?: Message | undefined;
}

/** One interaction and what the bot has answered so far. */
export class Answer implements FakeAnswer {
  readonly occasion: Occasion;
  readonly token = randomBytes(24).toString('base64url');
  readonly startedAtMs = Date.now();
  readonly followUps: Message[] = [];
  /** The message of the first answer, also while it is still to come. */
  original: Message | undefined;
  acknowledgedAfterMs = Number.NaN;
  deferred = false;
  updated = false;
  modal: APIModalInteractionResponseCallbackData | undefined;
  choices: APIApplicationCommandOptionChoice[] | undefined;

  constructor(occasion: Occasion) {
    this.occasion = occasion;
  }

  get interactionId(): string {
    return this.occasion.id;
  }
  get acknowledged(): boolean {
    return !Number.isNaN(this.acknowledgedAfterMs);
  }
  get reply(): Message | undefined {
    return this.original?.loading === false ? this.original : undefined;
  }
  get ephemeral(): boolean {
    return this.original?.ephemeral ?? false;
  }
  /** Whether a person sees that something came of it. */
  get visible(): boolean {
    return this.reply !== undefined || this.updated || this.modal !== undefined || this.choices !== undefined;
  }

  acknowledge(): void {
    this.acknowledgedAfterMs = Date.now() - this.startedAtMs;
  }
}
