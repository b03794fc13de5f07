import type { FakeAnswer, FakeChannel, FakeDiscord, FakeGuild, FakeMessage } from '../api.ts';

/** An answer of the bot's, and whom it answered. */
export interface Shown {
  readonly id: string;
  readonly guildId: string;
  readonly member: string;
  readonly answer: FakeAnswer;
}

/** Everything that the page shows, as JSON. */
export function pageState(discord: FakeDiscord, shown: readonly Shown[]): object {
  return {
    online: discord.bot.shards.length > 0,
    guilds: discord.guilds.map((guild) => guildState(guild, discord)),
    answers: shown.map(({ id, guildId, member, answer }) => ({
      id,
      guildId,
      member,
      modal: answer.modal,
      messages: [answer.reply, ...answer.followUps]
        .filter((message) => message !== undefined)
        .filter(({ ephemeral }) => ephemeral)
        .map(messageState),
    })),
  };
}

function guildState(guild: FakeGuild, discord: FakeDiscord): object {
  const { botVoice } = guild;
  return {
    id: guild.id,
    name: guild.name,
    bot: {
      nickname: guild.botNickname,
      channel: botVoice.channel?.name,
      ready: botVoice.ready,
      mode: botVoice.mode,
      heardPackets: botVoice.heard.packets,
    },
    commands: [...discord.commands(), ...discord.commands(guild.id)].map(({ name, type, options }) => ({
      name,
      type,
      options,
    })),
    members: guild.members.map(({ id, name, voiceChannel, talking }) => ({
      id,
      name,
      voice: voiceChannel?.name,
      talking,
    })),
    channels: guild.channels.map(channelState),
  };
}

function channelState({ id, name, type, voiceStatus, messages }: FakeChannel): object {
  return { id, name, type, voiceStatus, messages: messages.slice(-30).map(messageState) };
}

function messageState(message: FakeMessage): object {
  const { id, channelId, content, embeds, components, attachments, history, ephemeral, atMs } = message;
  const files = attachments.map(({ url, filename, content_type }) => ({ url, filename, type: content_type }));
  return { id, channelId, content, embeds, components, files, edits: history.length, ephemeral, atMs };
}
