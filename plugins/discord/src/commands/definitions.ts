import {
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  ChannelType,
  InteractionContextType,
  PermissionFlagsBits,
  type RESTPostAPIApplicationCommandsJSONBody,
} from 'discord.js';

/** Who counts as a moderator: whoever may do one of these. */
export const MODERATOR = [
  PermissionFlagsBits.ModerateMembers,
  PermissionFlagsBits.ManageGuild,
  PermissionFlagsBits.MuteMembers,
] as const;

export const MEMBER_MENU = 'Emotion summary';
export const MESSAGE_MENU = 'Emotion of this voice message';

/** In servers only, installed into servers only. */
const IN_SERVERS = {
  contexts: [InteractionContextType.Guild],
  integration_types: [ApplicationIntegrationType.GuildInstall],
};

const { Subcommand, Channel, User, String: Text } = ApplicationCommandOptionType;

const subcommand = (name: string, description: string, german: string, options: readonly object[] = []) => ({
  type: Subcommand,
  name,
  description,
  description_localizations: { de: german },
  options,
});

const option = (type: ApplicationCommandOptionType, name: string, description: string, german: string, more = {}) => ({
  type,
  name,
  description,
  description_localizations: { de: german },
  required: false,
  ...more,
});

const voice = { channel_types: [ChannelType.GuildVoice, ChannelType.GuildStageVoice] };
const text = { channel_types: [ChannelType.GuildText, ChannelType.GuildVoice, ChannelType.GuildAnnouncement] };

/**
 * All commands, as Discord takes them. Of `/emotion`, everybody has those about themselves; Discord gates whole commands
 * only, so that those for moderators are refused to others when they are used.
 */
export const COMMANDS = [
  {
    type: ApplicationCommandType.ChatInput,
    name: 'emotion',
    description: 'How voices sound in a voice channel',
    description_localizations: { de: 'Wie Stimmen in einem Sprachkanal klingen' },
    ...IN_SERVERS,
    options: [
      subcommand('join', 'Listen in a voice channel', 'In einem Sprachkanal zuhören', [
        option(Channel, 'channel', 'The voice channel; default: yours', 'Der Sprachkanal; sonst deiner', voice),
        option(Channel, 'report-to', 'Where alerts and the report go', 'Wohin Alarme und der Bericht gehen', text),
      ]),
      subcommand('leave', 'Stop listening, with a report', 'Aufhören, mit einem Bericht'),
      subcommand('status', 'How it goes: connection, speakers, what is missing', 'Wie es läuft'),
      subcommand('summary', 'How somebody sounded (moderators)', 'Wie jemand klang (Moderation)', [
        option(User, 'speaker', 'Whom; default: all', 'Wer; sonst alle'),
        option(Text, 'since', 'As 2h, 7d; default: this or the last session', 'Wie 2h, 7d'),
      ]),
      subcommand('opt-in', 'Let your voice be heard here', 'Deine Stimme hier hören lassen'),
      subcommand('opt-out', 'Not be heard any more; deletes what is kept', 'Nicht mehr gehört werden; löscht alles'),
      subcommand('my-data', 'See or delete what is kept of you', 'Sehen oder löschen, was über dich gespeichert ist'),
      subcommand('settings', 'Consent, alerts, reports, retention (moderators)', 'Einstellungen (Moderation)'),
      subcommand('export', 'This or the last session as a file (moderators)', 'Sitzung als Datei (Moderation)'),
    ],
  },
  {
    type: ApplicationCommandType.User,
    name: MEMBER_MENU,
    name_localizations: { de: 'Stimmungsbericht' },
    default_member_permissions: String(PermissionFlagsBits.ModerateMembers),
    ...IN_SERVERS,
  },
  {
    type: ApplicationCommandType.Message,
    name: MESSAGE_MENU,
    name_localizations: { de: 'Stimmung dieser Sprachnachricht' },
    ...IN_SERVERS,
  },
] as unknown as readonly RESTPostAPIApplicationCommandsJSONBody[];
