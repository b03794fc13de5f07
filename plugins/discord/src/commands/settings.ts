import {
  LabelBuilder,
  ModalBuilder,
  TextInputBuilder,
  TextInputStyle,
  type ChatInputCommandInteraction,
  type ModalSubmitInteraction,
} from 'discord.js';
import { UndertoneError } from 'undertone';
import { UserError } from '../faults.ts';
import { rulesAsText, rulesFromText, type GuildSettings } from '../guild-settings.ts';
import { PRIVATE, requireModerator, type CommandContext } from './context.ts';

export const SETTINGS_MODAL = 'settings';
const FIELDS = { consent: 'consent', alerts: 'alerts', report: 'report', retention: 'retention' } as const;
const LONGEST_RETENTION_DAYS = 3_650;

export async function settings(
  interaction: ChatInputCommandInteraction<'cached'>,
  { bot, host }: CommandContext,
): Promise<void> {
  requireModerator(interaction);
  const own = await bot.settings.of(interaction.guildId);
  const modal = new ModalBuilder().setCustomId(SETTINGS_MODAL).setTitle('Undertone in this server');
  const field = (id: string, label: string, value: string, placeholder: string, style = TextInputStyle.Short) => {
    const input = new TextInputBuilder().setCustomId(id).setStyle(style).setRequired(false);
    input.setPlaceholder(placeholder);
    if (value !== '') input.setValue(value);
    modal.addLabelComponents(new LabelBuilder().setLabel(label).setTextInputComponent(input));
  };
  const mode = own.consentMode ?? host.hearing.consentMode;
  field(
    FIELDS.consent,
    'Consent: opt-in or announce',
    mode,
    'opt-in: only who agreed; announce: all who did not opt out',
  );
  const rules = rulesAsText(own.alertRules ?? host.hearing.alertRules);
  field(FIELDS.alerts, 'Alerts, one a line', rules, 'angry over 0.6 for 20 s, every 120 s', TextInputStyle.Paragraph);
  field(FIELDS.report, 'Channel of alerts and reports (name or id)', own.reportChannelId ?? '', 'moderators');
  field(
    FIELDS.retention,
    'Days after which sessions are deleted',
    String(own.retentionDays ?? ''),
    'as the host keeps them',
  );
  await interaction.showModal(modal);
}

export async function saveSettings(
  interaction: ModalSubmitInteraction<'cached'>,
  { bot, host }: CommandContext,
): Promise<void> {
  requireModerator(interaction);
  const text = (id: string): string => interaction.fields.getTextInputValue(id).trim();
  const consentMode = text(FIELDS.consent).toLowerCase();
  if (consentMode !== '' && consentMode !== 'opt-in' && consentMode !== 'announce') {
    throw new UserError('Consent is "opt-in" or "announce".');
  }
  const report = text(FIELDS.report).replace(/^[<#\s]+|[>\s]+$/g, '');
  const channel = interaction.guild.channels.cache.find(
    ({ id, name }) => report !== '' && (id === report || name.toLowerCase() === report.toLowerCase()),
  );
  if (report !== '' && !channel?.isTextBased())
    throw new UserError(`There is no text channel "${report.slice(0, 100)}".`);
  const retention = text(FIELDS.retention);
  const retentionDays = Number(retention);
  if (retention !== '' && !(retentionDays > 0 && retentionDays <= LONGEST_RETENTION_DAYS)) {
    throw new UserError(`Days of retention are a number up to ${LONGEST_RETENTION_DAYS}.`);
  }
  const saved: GuildSettings = {
    ...(consentMode !== '' && { consentMode }),
    ...(channel && { reportChannelId: channel.id }),
    ...(retention !== '' && { retentionDays }),
    alertRules: rulesOf(text(FIELDS.alerts), host.hearing.labels),
  };
  await bot.settings.set(interaction.guildId, saved);
  const later = bot.session(interaction.guildId)
    ? ' What is heard now goes on as it began: leave and join to change it.'
    : '';
  await interaction.reply({ content: `Saved.${later}`, ...PRIVATE });
}

function rulesOf(text: string, labels: readonly string[]) {
  try {
    return rulesFromText(text, labels);
  } catch (cause) {
    if (cause instanceof RangeError || cause instanceof UndertoneError) throw new UserError(cause.message);
    throw cause;
  }
}
