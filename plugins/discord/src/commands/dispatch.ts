import type { ButtonInteraction, Interaction } from 'discord.js';
import { ACKNOWLEDGE } from '../alerts.ts';
import { faultName, UserError } from '../faults.ts';
import { PANEL } from '../panel.ts';
import { acknowledge } from './acknowledge.ts';
import { DELETE_MY_DATA, myData, optIn, optOut } from './consent.ts';
import { isModerator, PRIVATE, type CommandContext } from './context.ts';
import { MEMBER_MENU, MESSAGE_MENU } from './definitions.ts';
import { join } from './join.ts';
import { leave } from './leave.ts';
import { saveSettings, settings, SETTINGS_MODAL } from './settings.ts';
import { status } from './status.ts';
import { details, exportSession, memberSummary, summary } from './summary.ts';
import { voiceMessage } from './voice-message.ts';

const SUBCOMMANDS = {
  ...{ join, leave, status, summary, settings },
  ...{ 'opt-in': optIn, 'opt-out': optOut, 'my-data': myData, export: exportSession },
} as const;

/** Answers whatever somebody does with the bot. Never throws: what goes wrong is said to them, and logged. */
export async function dispatch(interaction: Interaction, context: CommandContext): Promise<void> {
  if (!interaction.inCachedGuild()) return;
  try {
    if (interaction.isChatInputCommand() && interaction.commandName === 'emotion') {
      const name = interaction.options.getSubcommand() as keyof typeof SUBCOMMANDS;
      await SUBCOMMANDS[name](interaction, context);
    } else if (interaction.isUserContextMenuCommand() && interaction.commandName === MEMBER_MENU) {
      await memberSummary(interaction, context);
    } else if (interaction.isMessageContextMenuCommand() && interaction.commandName === MESSAGE_MENU) {
      await voiceMessage(interaction, context);
    } else if (interaction.isModalSubmit() && interaction.customId === SETTINGS_MODAL) {
      await saveSettings(interaction, context);
    } else if (interaction.isButton()) {
      await pressed(interaction, context);
    }
  } catch (cause) {
    await sayFault(interaction, cause, context);
  }
}

async function pressed(interaction: ButtonInteraction<'cached'>, context: CommandContext): Promise<void> {
  const { customId } = interaction;
  if (customId === PANEL.details) await details(interaction, context, isModerator(interaction.memberPermissions));
  else if (customId === PANEL.optIn) await optIn(interaction, context);
  else if (customId === PANEL.optOut || customId === DELETE_MY_DATA) await optOut(interaction, context);
  else if (customId === PANEL.stop) await leave(interaction, context);
  else if (customId.startsWith(ACKNOWLEDGE)) await acknowledge(interaction, context);
}

async function sayFault(interaction: Interaction, cause: unknown, { host }: CommandContext): Promise<void> {
  const isOurs = cause instanceof UserError;
  if (!isOurs) host.log.error('a command failed', { fault: faultName(cause) });
  if (!interaction.isRepliable()) return;
  const content = isOurs ? cause.message : `That did not work (${faultName(cause)}). Try again; the log says more.`;
  const answered = interaction.deferred
    ? interaction.editReply({ content })
    : interaction.replied
      ? interaction.followUp({ content, ...PRIVATE })
      : interaction.reply({ content, ...PRIVATE });
  await answered.catch((second: unknown) => {
    host.log.warn('an answer could not be given', { fault: faultName(second) });
  });
}
