import { PermissionFlagsBits, PermissionsBitField } from 'discord.js';

/** Each permission that the bot asks for, and why. */
export const PERMISSIONS: readonly { readonly bit: bigint; readonly name: string; readonly why: string }[] = [
  { bit: PermissionFlagsBits.ViewChannel, name: 'View Channels', why: 'see the channels that it is called into' },
  { bit: PermissionFlagsBits.Connect, name: 'Connect', why: 'join voice' },
  { bit: PermissionFlagsBits.Speak, name: 'Speak', why: 'play the notice that it listens' },
  { bit: PermissionFlagsBits.SendMessages, name: 'Send Messages', why: 'post the panel, alerts and reports' },
  { bit: PermissionFlagsBits.EmbedLinks, name: 'Embed Links', why: 'show them as cards' },
  { bit: PermissionFlagsBits.AttachFiles, name: 'Attach Files', why: 'attach the picture and the file of a report' },
  {
    bit: PermissionFlagsBits.ReadMessageHistory,
    name: 'Read Message History',
    why: 'go on with its panel after a restart',
  },
  { bit: PermissionFlagsBits.ChangeNickname, name: 'Change Nickname', why: 'show in its name that it listens' },
  { bit: 1n << 48n, name: 'Set Voice Channel Status', why: "show in the channel's status that it listens" },
];

/** All of {@link PERMISSIONS} in one number. */
export const INVITE_PERMISSIONS = new PermissionsBitField(PERMISSIONS.reduce((all, { bit }) => all | bit, 0n)).bitfield;

/** The id of a bot's application: a token begins with it. */
export function applicationIdOf(token: string): string | undefined {
  const id = Buffer.from(token.split('.')[0] ?? '', 'base64').toString();
  return /^\d{15,21}$/.test(id) ? id : undefined;
}

/** The link by which a server's owner adds the bot. */
export function inviteLink(applicationId: string): string {
  const query = new URLSearchParams({
    client_id: applicationId,
    scope: 'bot applications.commands',
    permissions: INVITE_PERMISSIONS.toString(),
  });
  return `https://discord.com/oauth2/authorize?${query.toString()}`;
}
