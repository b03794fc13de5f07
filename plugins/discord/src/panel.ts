import {
  ActionRowBuilder,
  ButtonBuilder,
  ButtonStyle,
  EmbedBuilder,
  escapeMarkdown,
  type BaseMessageOptions,
} from 'discord.js';
import type { ConsentMode } from 'undertone';
import { clockText, moodText } from './moods.ts';
import type { SpeakerView } from './speaker-view.ts';

/** What a session's panel shows. */
export interface PanelState {
  readonly channelId: string;
  readonly consentMode: ConsentMode;
  readonly startedAtMs: number;
  readonly nowMs: number;
  readonly state: 'listening' | 'reconnecting' | 'ended';
  /** Why it is not listening, or a warning. */
  readonly note: string | undefined;
  readonly speakers: readonly SpeakerView[];
  /** How many are in the channel who are not heard. */
  readonly unheard: number;
}

/** Custom ids of the panel's buttons. */
export const PANEL = { details: 'panel:details', optIn: 'panel:opt-in', optOut: 'panel:opt-out', stop: 'panel:stop' };

const COLOURS = { listening: 0x2f80ed, reconnecting: 0xf2994a, ended: 0x828282 } as const;
const TITLES = { listening: 'Listening', reconnecting: 'Reconnecting', ended: 'Ended' } as const;
/** Discord's limit of a description is 4,096 characters. */
const MOST_SPEAKERS = 15;

const CONSENT: Record<ConsentMode, string> = {
  'opt-in': 'Nobody is heard who has not pressed **Opt in**.',
  announce: 'Everybody here is heard who has not pressed **Opt out**.',
  'customer-only': 'Only customers are heard, who have not pressed **Opt out**.',
};

/** The message that a state is shown as: the same for the same state. */
export function renderPanel(panel: PanelState): BaseMessageOptions {
  const { channelId, state, note, consentMode, startedAtMs, nowMs, unheard } = panel;
  const isOver = state === 'ended';
  const lines = [`${isOver ? 'Was in' : 'In'} <#${channelId}> for ${clockText(nowMs - startedAtMs)}.`];
  if (note !== undefined) lines.push(`⚠️ ${note}`);
  if (!isOver) {
    lines.push(`How voices sound is estimated here; no sound is stored. ${CONSENT[consentMode]}`);
    if (unheard > 0) lines.push(`Not heard: ${unheard} in the channel.`);
  }
  const speakers = panel.speakers.toSorted((a, b) => b.talkMs - a.talkMs);
  for (const speaker of speakers.slice(0, MOST_SPEAKERS)) lines.push('', speakerLines(speaker, nowMs - startedAtMs));
  if (speakers.length > MOST_SPEAKERS) lines.push('', `And ${speakers.length - MOST_SPEAKERS} more.`);
  const embed = new EmbedBuilder()
    .setTitle(`🎙️ ${TITLES[state]}`)
    .setColor(COLOURS[state])
    .setDescription(lines.join('\n'))
    .setFooter({ text: 'Undertone: how something sounds, not what somebody feels.' });
  return { embeds: [embed.toJSON()], components: [buttons(isOver).toJSON()] };
}

function speakerLines(speaker: SpeakerView, mediaMs: number): string {
  const { name, isTalking, isPresent, mood, talkMs } = speaker;
  const state = isTalking ? ' 🔊' : isPresent ? '' : ' (left)';
  const sound = mood ? moodText(mood) : 'nothing heard yet';
  return `**${escapeMarkdown(name)}**${state}: ${sound}\n${speaker.bar(mediaMs)} talked ${clockText(talkMs)}`;
}

function buttons(isOver: boolean): ActionRowBuilder<ButtonBuilder> {
  const button = (id: string, label: string, style: ButtonStyle): ButtonBuilder =>
    new ButtonBuilder().setCustomId(id).setLabel(label).setStyle(style);
  const row = new ActionRowBuilder<ButtonBuilder>();
  row.addComponents(button(PANEL.details, 'Details', ButtonStyle.Secondary));
  if (!isOver) row.addComponents(button(PANEL.optIn, 'Opt in', ButtonStyle.Success));
  row.addComponents(button(PANEL.optOut, 'Opt out', ButtonStyle.Danger));
  if (!isOver) row.addComponents(button(PANEL.stop, 'Stop', ButtonStyle.Secondary));
  return row;
}
