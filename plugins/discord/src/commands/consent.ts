import {
  ActionRowBuilder,
  AttachmentBuilder,
  ButtonBuilder,
  ButtonStyle,
  type ButtonInteraction,
  type ChatInputCommandInteraction,
} from 'discord.js';
import { clockText } from '../moods.ts';
import { PRIVATE, type CommandContext } from './context.ts';

type Asked = ChatInputCommandInteraction<'cached'> | ButtonInteraction<'cached'>;

/** The custom id of the button under `/emotion my-data`. */
export const DELETE_MY_DATA = 'my-data:delete';

export async function optIn(interaction: Asked, { host, bot }: CommandContext): Promise<void> {
  const { guildId, user } = interaction;
  await interaction.deferReply(PRIVATE);
  await host.consent.grant({ space: guildId, speaker: user.id }, { by: byOf(interaction) });
  await bot.session(guildId)?.refresh();
  await interaction.editReply(
    'How your voice sounds is now estimated in this server while I listen. No sound is stored. ' +
      '/emotion opt-out ends it at once and deletes what is kept; /emotion my-data shows it.',
  );
}

export async function optOut(interaction: Asked, { host, bot }: CommandContext): Promise<void> {
  const { guildId, user } = interaction;
  await interaction.deferReply(PRIVATE);
  const purging = host.consent.purge({ space: guildId, speaker: user.id }, { by: byOf(interaction) });
  // The withdrawal holds from that call on.
  bot.session(guildId)?.forget(user.id);
  const { failed } = await purging;
  await bot.session(guildId)?.refresh();
  await interaction.editReply(
    failed.length === 0
      ? 'You are not heard any more, and what was kept of you in this server is deleted.'
      : 'You are not heard any more. Not all that was kept could be deleted now: it is tried again until it is.',
  );
}

export async function myData(interaction: Asked, { host }: CommandContext): Promise<void> {
  const { guildId, user } = interaction;
  await interaction.deferReply(PRIVATE);
  const person = { space: guildId, speaker: user.id };
  const { sessions, segments, voice, consent } = await host.records.heldAbout(person);
  const speechMs = segments.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  const isHeard = host.consent.mayHear(person, 'participant', true).allowed;
  const own = {
    consent,
    voiceStatistics: voice,
    sessions: sessions.map(({ id, title, startedAtMs, endedAtMs }) => ({ id, title, startedAtMs, endedAtMs })),
    segments: segments.map(({ sessionId, atMs, startMs, endMs, label, confidence, uncertain, scores }) => {
      return { sessionId, atMs, startMs, endMs, label, confidence, uncertain, scores };
    }),
  };
  const remove = new ButtonBuilder()
    .setCustomId(DELETE_MY_DATA)
    .setLabel('Delete everything')
    .setStyle(ButtonStyle.Danger);
  await interaction.editReply({
    content: [
      `You are ${isHeard ? '' : 'not '}heard in this server.`,
      `Kept of you: ${segments.length} stretches of speech (${clockText(speechMs)}) in ${sessions.length} sessions, ` +
        `${voice ? '' : 'no '}statistics of your voice, ${consent.length} lines about your consent. No sound.`,
      'The file has all of it.',
    ].join('\n'),
    files: [new AttachmentBuilder(Buffer.from(JSON.stringify(own, null, 1)), { name: 'my-data.json' })],
    components: [new ActionRowBuilder<ButtonBuilder>().addComponents(remove).toJSON()],
  });
}

/** For the audit log: who, and by what. */
function byOf(interaction: Asked): string {
  return interaction.isButton() ? 'their own button' : 'their own command';
}
