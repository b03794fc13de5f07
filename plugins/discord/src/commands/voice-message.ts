import { EmbedBuilder, type Attachment, type MessageContextMenuCommandInteraction } from 'discord.js';
import { UndertoneError } from 'undertone';
import { UserError } from '../faults.ts';
import { clockText, moodText } from '../moods.ts';
import { PRIVATE, type CommandContext } from './context.ts';

const LARGEST_BYTES = 25 * 2 ** 20;
const DOWNLOAD_MS = 30_000;
const MOST_SEGMENTS = 12;

/** How a voice message or an attached recording sounds, of somebody who agreed to be heard, or of oneself. */
export async function voiceMessage(
  interaction: MessageContextMenuCommandInteraction<'cached'>,
  { bot, host }: CommandContext,
): Promise<void> {
  const { targetMessage: message, guildId, user } = interaction;
  const recording = message.attachments.find(
    ({ contentType, name }) => contentType?.startsWith('audio/') ?? /\.(ogg|opus|mp3|wav|flac|m4a|webm)$/i.test(name),
  );
  if (!recording) throw new UserError('There is no voice message or recording in this message.');
  if (recording.size > LARGEST_BYTES) throw new UserError('This recording is larger than 25 MB.');
  await interaction.deferReply(PRIVATE);
  const { consentMode } = await bot.settings.of(guildId);
  const author = { space: guildId, speaker: message.author.id };
  // Who asks about their own voice agrees to it by asking.
  if (message.author.id !== user.id && !host.consent.mayHear(author, 'participant', true, consentMode).allowed) {
    throw new UserError('Whoever sent this has not agreed to be heard: they can by /emotion opt-in.');
  }
  const predictor = await bot.predictor();
  let heard;
  try {
    heard = await predictor.predictFile(await download(recording));
  } catch (cause) {
    if (cause instanceof UndertoneError) throw new UserError(`This recording cannot be heard: ${cause.problem}.`);
    throw cause;
  }
  const { overall, segments, durationMs } = heard;
  const lines = segments.slice(0, MOST_SEGMENTS).map((one) => `${clockText(one.startMs)} ${moodText(one)}`);
  if (segments.length > MOST_SEGMENTS) lines.push(`And ${segments.length - MOST_SEGMENTS} more.`);
  const embed = new EmbedBuilder()
    .setTitle(overall ? moodText(overall) : 'Nobody speaks in it')
    .setColor(0x6c5ce7)
    .setDescription([`Of ${clockText(durationMs)}:`, ...lines].join('\n'))
    .setFooter({ text: 'Only you see this. Nothing of it is kept.' });
  await interaction.editReply({ embeds: [embed.toJSON()] });
}

async function download({ url }: Attachment): Promise<Uint8Array> {
  const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_MS) }).catch(() => undefined);
  if (!response?.ok) throw new UserError('Discord did not hand the recording out. Try again.');
  return new Uint8Array(await response.arrayBuffer());
}
