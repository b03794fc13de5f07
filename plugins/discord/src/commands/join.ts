import {
  ChannelType,
  PermissionFlagsBits,
  type ChatInputCommandInteraction,
  type GuildMember,
  type GuildTextBasedChannel,
  type VoiceBasedChannel,
} from 'discord.js';
import { UserError } from '../faults.ts';
import { isModerator, PRIVATE, requireModerator, type CommandContext } from './context.ts';

const TEXT_TYPES = [ChannelType.GuildText, ChannelType.GuildVoice, ChannelType.GuildAnnouncement] as const;
const { ViewChannel, Connect, Speak, SendMessages, EmbedLinks, AttachFiles } = PermissionFlagsBits;
/** What the bot must be allowed, by kind of channel, with Discord's words for it. */
export const NEEDED = {
  voice: [
    [ViewChannel, 'View Channel'],
    [Connect, 'Connect'],
  ],
  text: [
    [ViewChannel, 'View Channel'],
    [SendMessages, 'Send Messages'],
    [EmbedLinks, 'Embed Links'],
  ],
  wished: [
    [Speak, 'Speak'],
    [AttachFiles, 'Attach Files'],
  ],
} as const;

export async function join(interaction: ChatInputCommandInteraction<'cached'>, { bot }: CommandContext): Promise<void> {
  await interaction.deferReply(PRIVATE);
  const { options, member, guild } = interaction;
  const voiceChannel = options.getChannel('channel', false, [ChannelType.GuildVoice, ChannelType.GuildStageVoice]);
  const reportTo = options.getChannel('report-to', false, TEXT_TYPES);
  const target = voiceChannel ?? member.voice.channel;
  if (!target) throw new UserError('Join a voice channel first, or name one: /emotion join channel:');
  if (!isModerator(interaction.memberPermissions)) {
    if (reportTo || member.voice.channelId !== target.id) requireModerator(interaction);
  }
  const panelChannel = interaction.channel ?? target;
  const me = await guild.members.fetchMe();
  requirePermissions(me, target, 'voice');
  requirePermissions(me, panelChannel, 'text');
  if (reportTo) requirePermissions(me, reportTo, 'text');
  const session = await bot.join({ guild, voiceChannel: target, panelChannel, reportTo });
  const where = session.panelUrl === undefined ? '' : ` The panel is here: ${session.panelUrl}`;
  await interaction.editReply(`Listening in <#${target.id}>.${where}`);
}

/** @throws UserError that names what is missing, and where */
export function requirePermissions(
  me: GuildMember,
  channel: VoiceBasedChannel | GuildTextBasedChannel,
  kind: 'voice' | 'text',
): void {
  const missing = missingPermissions(me, channel, kind);
  if (missing.length === 0) return;
  throw new UserError(
    `I need the permission ${missing.join(', ')} in <#${channel.id}>. Give it to my role there, and try again.`,
  );
}

export function missingPermissions(
  me: GuildMember,
  channel: VoiceBasedChannel | GuildTextBasedChannel,
  kind: keyof typeof NEEDED,
): string[] {
  const has = channel.permissionsFor(me);
  return NEEDED[kind].filter(([bit]) => !has.has(bit)).map(([, name]) => name);
}
