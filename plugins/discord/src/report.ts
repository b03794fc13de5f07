import { AttachmentBuilder, EmbedBuilder, escapeMarkdown, type BaseMessageOptions } from 'discord.js';
import { drawPng, sessionPicture, type SessionRecord, type SpeakerSummary } from 'undertone';
import { clockText, moodOf, percent } from './moods.ts';

const MOST_SPEAKERS = 12;
const MOST_SHARES = 3;

/** What a session came to, as a message: a picture of it, and each speaker in words. */
export async function sessionReport(
  record: SessionRecord,
  { reason, withFile }: { readonly reason?: string; readonly withFile: boolean },
): Promise<BaseMessageOptions> {
  const { session } = record;
  const { summary, startedAtMs, endedAtMs } = session;
  const durationMs = summary?.durationMs ?? Math.max(1, (endedAtMs ?? startedAtMs) - startedAtMs);
  const speakers = summary?.speakers ?? [];
  const lines = [
    `${clockText(durationMs)}, ${clockText(summary?.speechMs ?? 0)} of speech, alerts: ${record.alerts.length}.`,
  ];
  if (reason !== undefined) lines.push(`Ended: ${reason}.`);
  for (const speaker of speakers.slice(0, MOST_SPEAKERS)) lines.push('', speakerText(speaker));
  if (speakers.length > MOST_SPEAKERS) lines.push('', `And ${speakers.length - MOST_SPEAKERS} more.`);
  if (speakers.length === 0) lines.push('', 'Nobody was heard.');
  const embed = new EmbedBuilder()
    .setTitle(`📋 Report: ${session.title ?? 'a conversation'}`.slice(0, 256))
    .setColor(0x6c5ce7)
    .setDescription(lines.join('\n').slice(0, 4_000))
    .setTimestamp(endedAtMs ?? startedAtMs);
  const files = [];
  if (record.segments.length > 0) {
    const png = await drawPng(sessionPicture(record), { scale: 1.5 });
    files.push(new AttachmentBuilder(Buffer.from(png), { name: 'timeline.png' }));
    embed.setImage('attachment://timeline.png');
  }
  if (withFile) files.push(sessionFile(record));
  return { embeds: [embed.toJSON()], files };
}

/** A session with all that was heard in it, as a file. */
export function sessionFile(record: SessionRecord): AttachmentBuilder {
  const json = JSON.stringify(record, null, 1);
  return new AttachmentBuilder(Buffer.from(json), { name: `session-${record.session.id}.json` });
}

/** One speaker of a session, in a few lines. */
export function speakerText(speaker: SpeakerSummary): string {
  const { name, talkMs, talkShare, shares, uncertainShare, turningPoints, peaks, gapMs } = speaker;
  const most = Object.entries(shares)
    .sort((a, b) => b[1] - a[1])
    .slice(0, MOST_SHARES)
    .filter(([, share]) => share >= 0.05)
    .map(([label, share]) => `${moodOf(label).face} ${label} ${percent(share)}`);
  const lines = [
    `**${escapeMarkdown(name)}**: ${most.length > 0 ? most.join(', ') : 'nothing heard'}`,
    `talked ${clockText(talkMs)} (${percent(talkShare)})${uncertainShare > 0 ? `, uncertain ${percent(uncertainShare)}` : ''}`,
  ];
  const turn = turningPoints.at(-1);
  if (turn) lines.push(`turned from ${turn.from} to ${turn.to} at ${clockText(turn.atMs)}`);
  const [peak] = peaks;
  if (peak) lines.push(`strongest: ${peak.label} at ${clockText(peak.atMs)}`);
  if (gapMs >= 1_000) lines.push(`not received: ${clockText(gapMs)}`);
  return lines.join('\n');
}
