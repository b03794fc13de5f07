import type { ButtonInteraction, ChatInputCommandInteraction } from 'discord.js';
import { UserError } from '../faults.ts';
import { PRIVATE, isModerator, requireModerator, type CommandContext } from './context.ts';

/** `/emotion leave`, and the panel's Stop: for moderators, and for whoever is in the channel. */
export async function leave(
  interaction: ChatInputCommandInteraction<'cached'> | ButtonInteraction<'cached'>,
  { bot }: CommandContext,
): Promise<void> {
  const session = bot.session(interaction.guildId);
  if (!session) throw new UserError('I am not listening here.');
  const isThere = interaction.member.voice.channelId === session.voiceChannel.id;
  if (!isThere && !isModerator(interaction.memberPermissions)) requireModerator(interaction);
  await interaction.deferReply(PRIVATE);
  await session.end('somebody asked for it');
  await interaction.editReply('I have stopped listening. The report is posted.');
}
