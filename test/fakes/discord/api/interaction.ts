// What people do with the bot, and how it answers.
import type { APIApplicationCommandOptionChoice, APIModalInteractionResponseCallbackData } from 'discord-api-types/v10';
import type { FakeChannel } from './guild.ts';
import type { FakeMember } from './member.ts';
import type { FakeMessage } from './message.ts';

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
