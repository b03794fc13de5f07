import { createHash } from 'node:crypto';
import {
  ActionRowBuilder,
  ButtonBuilder,
  ButtonStyle,
  EmbedBuilder,
  escapeMarkdown,
  type GuildTextBasedChannel,
} from 'discord.js';
import { clockText } from './moods.ts';

/** An alert as moderators see it: plain data, for it may have to wait. */
export interface PostedAlert {
  readonly id: string;
  /** null where it is about the whole conversation. */
  readonly name: string | null;
  readonly rule: string;
  readonly message: string;
  /** On the session's media clock. */
  readonly endMs: number;
  /** Of the panel. */
  readonly url: string | null;
}

/** Before the alert's id in the custom id of its button. */
export const ACKNOWLEDGE = 'ack:';

/** Posts an alert. Discord takes no two messages under one nonce, so that it may be tried again. */
export async function postAlert(channel: GuildTextBasedChannel, alert: PostedAlert): Promise<void> {
  const { id, name, rule, message, endMs, url } = alert;
  const who = name === null ? 'The conversation' : `**${escapeMarkdown(name)}**`;
  const lines = [`${who}: ${message}, at ${clockText(endMs)}.`];
  if (url !== null) lines.push(`[Go to the panel](${url})`);
  const embed = new EmbedBuilder().setTitle(`🚨 Alert: ${rule}`.slice(0, 256)).setColor(0xeb5757);
  embed.setDescription(lines.join('\n'));
  const row = new ActionRowBuilder<ButtonBuilder>().addComponents(
    new ButtonBuilder().setCustomId(`${ACKNOWLEDGE}${id}`).setLabel('Acknowledge').setStyle(ButtonStyle.Primary),
  );
  await channel.send({
    embeds: [embed.toJSON()],
    components: [row.toJSON()],
    nonce: createHash('sha256').update(id).digest('hex').slice(0, 24),
    enforceNonce: true,
  });
}
