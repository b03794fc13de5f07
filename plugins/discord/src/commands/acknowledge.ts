import { EmbedBuilder, escapeMarkdown, type ButtonInteraction } from 'discord.js';
import { ACKNOWLEDGE } from '../alerts.ts';
import { requireModerator, type CommandContext } from './context.ts';

/** The button under an alert. */
export async function acknowledge(interaction: ButtonInteraction<'cached'>, { host }: CommandContext): Promise<void> {
  requireModerator(interaction);
  await interaction.deferUpdate();
  await host.records.acknowledgeAlert(interaction.customId.slice(ACKNOWLEDGE.length));
  const [embed] = interaction.message.embeds;
  const seen = `✅ Seen by ${escapeMarkdown(interaction.member.displayName)}.`;
  const changed = EmbedBuilder.from(embed ?? {}).setColor(0x27ae60);
  changed.setDescription([embed?.description, seen].filter(Boolean).join('\n'));
  await interaction.editReply({ embeds: [changed.toJSON()], components: [] });
}
