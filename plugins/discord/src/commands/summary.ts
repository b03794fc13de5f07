import {
  EmbedBuilder,
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  type UserContextMenuCommandInteraction,
} from 'discord.js';
import { combineSpeakers, type SpeakerSummary } from 'undertone';
import { UserError } from '../faults.ts';
import { speakerText, sessionFile } from '../report.ts';
import { PRIVATE, requireModerator, type CommandContext } from './context.ts';

const MOST_SPEAKERS = 12;
const UNITS_MS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const WEEK = '7d';

/** Reads `90m`, `2h`, `7d`, `2w`, as milliseconds. @throws UserError */
export function durationOf(text: string): number {
  const [, count, unit] = /^\s*(\d{1,4})\s*([mhdw])\s*$/i.exec(text) ?? [];
  if (count === undefined) throw new UserError('Say since when as 90m, 2h, 7d or 2w.');
  return Number(count) * UNITS_MS[unit!.toLowerCase() as keyof typeof UNITS_MS];
}

export async function summary(
  interaction: ChatInputCommandInteraction<'cached'>,
  context: CommandContext,
): Promise<void> {
  requireModerator(interaction);
  const since = interaction.options.getString('since');
  const sinceMs = since === null ? undefined : durationOf(since);
  await interaction.deferReply(PRIVATE);
  const speakers = await heardIn(interaction.guildId, sinceMs, context);
  const speaker = interaction.options.getUser('speaker')?.id;
  await interaction.editReply(summaryMessage(speakers, speaker, since ?? undefined));
}

/** The context menu on a member: the last week. */
export async function memberSummary(
  interaction: UserContextMenuCommandInteraction<'cached'>,
  context: CommandContext,
): Promise<void> {
  requireModerator(interaction);
  await interaction.deferReply(PRIVATE);
  const speakers = await heardIn(interaction.guildId, durationOf(WEEK), context);
  await interaction.editReply(summaryMessage(speakers, interaction.targetId, WEEK));
}

/** The panel's Details: to moderators all, to others themselves. */
export async function details(
  interaction: ButtonInteraction<'cached'>,
  context: CommandContext,
  isModerator: boolean,
): Promise<void> {
  await interaction.deferReply(PRIVATE);
  const speakers = await heardIn(interaction.guildId, undefined, context);
  await interaction.editReply(summaryMessage(speakers, isModerator ? undefined : interaction.user.id, undefined));
}

export async function exportSession(
  interaction: ChatInputCommandInteraction<'cached'>,
  { bot, host }: CommandContext,
): Promise<void> {
  requireModerator(interaction);
  await interaction.deferReply(PRIVATE);
  const live = bot.session(interaction.guildId)?.live.id;
  const id = live ?? (await host.records.sessions({ space: interaction.guildId }, { limit: 1 }))[0]?.id;
  const record = id === undefined ? null : await host.records.session(id);
  if (!record) throw new UserError('There is no session to export yet.');
  const { segments, alerts } = record;
  await interaction.editReply({
    content: `${live === undefined ? 'The last' : 'The current'} session: ${segments.length} stretches of speech, ${alerts.length} alerts.`,
    files: [sessionFile(record)],
  });
}

/** The speakers of this session (or the last), or of all sessions that began in the last milliseconds. */
async function heardIn(
  guildId: string,
  sinceMs: number | undefined,
  { bot, host }: CommandContext,
): Promise<readonly SpeakerSummary[]> {
  const live = bot.session(guildId)?.live.summary();
  if (live && sinceMs === undefined) return live.speakers;
  const filter = { space: guildId, ...(sinceMs !== undefined && { fromMs: host.clock() - sinceMs }) };
  const sessions = await host.records.sessions(filter, { limit: sinceMs === undefined ? 1 : 500 });
  const kept = sessions.flatMap(({ summary: one }) => one?.speakers ?? []);
  return combineSpeakers([...kept, ...(live?.speakers ?? [])]);
}

function summaryMessage(speakers: readonly SpeakerSummary[], speaker: string | undefined, since: string | undefined) {
  const shown = speaker === undefined ? speakers : speakers.filter((one) => one.speaker === speaker);
  const lines = shown.slice(0, MOST_SPEAKERS).map(speakerText);
  if (shown.length > MOST_SPEAKERS) lines.push(`And ${shown.length - MOST_SPEAKERS} more.`);
  const embed = new EmbedBuilder()
    .setTitle(since === undefined ? 'Emotion summary' : `Emotion summary of the last ${since}`)
    .setColor(0x6c5ce7)
    .setDescription(lines.length > 0 ? lines.join('\n\n') : 'Nothing was heard.')
    .setFooter({ text: 'Only you see this.' });
  return { embeds: [embed.toJSON()] };
}
