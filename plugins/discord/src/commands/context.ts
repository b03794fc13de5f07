import { MessageFlags, type PermissionsBitField } from 'discord.js';
import type { PluginHost } from 'undertone';
import type { Bot } from '../bot.ts';
import { UserError } from '../faults.ts';
import { MODERATOR } from './definitions.ts';

/** What every command has at hand. */
export interface CommandContext {
  readonly bot: Bot;
  readonly host: PluginHost;
}

/** An answer that only the person who asked sees. */
export const PRIVATE = { flags: MessageFlags.Ephemeral } as const;

export function isModerator(permissions: Readonly<PermissionsBitField> | null): boolean {
  return permissions?.any([...MODERATOR]) ?? false;
}

/** @throws UserError */
export function requireModerator({
  memberPermissions,
}: {
  readonly memberPermissions: Readonly<PermissionsBitField> | null;
}): void {
  if (!isModerator(memberPermissions))
    throw new UserError('This is for moderators: it needs the permission "Timeout Members".');
}
