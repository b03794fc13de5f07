import { escapeMarkdown, type ChatInputCommandInteraction } from 'discord.js';
import { clockText } from '../moods.ts';
import type { GuildSession } from '../guild-session.ts';
import { PRIVATE, type CommandContext } from './context.ts';

export async function status(
  interaction: ChatInputCommandInteraction<'cached'>,
  { bot, host }: CommandContext,
): Promise<void> {
  const session = bot.session(interaction.guildId);
  const content = session
    ? sessionStatus(session, host.clock())
    : 'I am not listening here. /emotion join begins; /emotion settings sets consent, alerts and where reports go.';
  await interaction.reply({ content, ...PRIVATE });
}

/** How a session goes, with all that is missing in it: nothing is lost without a word here. */
export function sessionStatus(session: GuildSession, nowMs: number): string {
  const { link, live, voiceChannel, note } = session;
  const { views, gapMs } = session.speakers;
  const encryption = link.isPrivate === undefined ? 'unknown' : link.isPrivate ? 'end to end' : 'to the server only';
  const lines = [
    `Listening in <#${voiceChannel.id}> for ${clockText(nowMs - live.startedAtMs)}: voice is **${link.status}**, ` +
      `encrypted ${encryption}, reconnected ${link.reconnects} times. Consent: ${session.consentMode}.`,
  ];
  if (note !== undefined) lines.push(`⚠️ ${note}`);
  const names = new Map(views.map(({ id, name }) => [id, name]));
  for (const [speaker, health] of link.speakers) {
    const parts = [`${health.received} packets`];
    if (health.undecryptable > 0) parts.push(`⚠️ ${health.undecryptable} could not be decrypted`);
    if (health.isDeafFor(nowMs) > 0) parts.push(`⚠️ nothing can be decrypted at the moment`);
    if (health.line.changes > 0) parts.push(`connected anew ${health.line.changes} times`);
    lines.push(`- **${escapeMarkdown(names.get(speaker) ?? 'somebody')}**: ${parts.join(', ')}`);
  }
  if (link.speakers.size === 0) lines.push('Nobody is heard: nobody in the channel has opted in.');
  if (gapMs > 0) lines.push(`⚠️ Sound that did not arrive: ${(gapMs / 1_000).toFixed(1)} s.`);
  if (link.unknown.packets > 0) {
    lines.push(`⚠️ ${link.unknown.packets} packets came before Discord had said who was speaking.`);
  }
  if (link.faults > 0) lines.push(`⚠️ ${link.faults} messages or packets could not be used.`);
  return lines.join('\n');
}
