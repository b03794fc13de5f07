import { DiscordAPIError, HTTPError } from 'discord.js';
import { UndertoneError } from 'undertone';

/** What went wrong, in words that hold nothing of a person. */
export function faultName(cause: unknown): string {
  if (cause instanceof UndertoneError) return cause.code;
  if (cause instanceof DiscordAPIError) return `Discord error ${cause.code}`;
  if (cause instanceof HTTPError) return `HTTP ${cause.status}`;
  return cause instanceof Error ? cause.name : 'unknown';
}

/** Something that the person who asked can mend; its message is shown to them alone. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** Discord's codes of what is not there any more, or may not be used. */
export const DISCORD_CODES = { unknownChannel: 10_003, unknownMessage: 10_008, missingAccess: 50_001 } as const;

export const isDiscordCode = (cause: unknown, code: number): boolean =>
  cause instanceof DiscordAPIError && cause.code === code;
