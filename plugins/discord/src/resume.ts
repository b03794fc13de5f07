import type { Client, Guild, GuildTextBasedChannel, Message } from 'discord.js';
import type { Bot } from './bot.ts';
import { faultName } from './faults.ts';
import { OpenSessions, type OpenSession } from './open-sessions.ts';

/** Goes on with the sessions that a restart cut short, or says that they have ended. */
export async function resumeSessions(client: Client<true>, bot: Bot): Promise<void> {
  const { host } = bot;
  const open = new OpenSessions(host);
  await Promise.all(
    Array.from(await open.all(), async ([guildId, before]) => {
      const guild = client.guilds.cache.get(guildId);
      // One of another process, or of a server that is away.
      if (!guild) return;
      await open.forget(guildId);
      try {
        if (!before) throw new TypeError('what is remembered of it cannot be read');
        await resume(guild, before, bot);
      } catch (cause) {
        host.log.warn('a session could not go on after a restart', { fault: faultName(cause) });
      }
    }),
  );
}

async function resume(guild: Guild, before: OpenSession, bot: Bot): Promise<void> {
  const { host, plugin } = bot;
  const voiceChannel = guild.channels.cache.get(before.voiceChannelId);
  const panelChannel = textChannel(guild, before.panelChannelId);
  const reportChannel = textChannel(guild, before.reportChannelId) ?? panelChannel;
  const panelMessage = await panelChannel?.messages.fetch(before.panelMessageId).catch(() => undefined);
  const record = await host.records.session(before.sessionId);
  const endedAtMs = record?.session.endedAtMs ?? before.atMs;
  const isYoung = host.clock() - endedAtMs <= plugin.resumeWithinMinutes * 60_000;
  const people = voiceChannel?.isVoiceBased() ? voiceChannel.members.filter(({ user }) => !user.bot).size : 0;
  if (isYoung && people > 0 && voiceChannel?.isVoiceBased() && panelChannel) {
    await bot.join({ guild, voiceChannel, panelChannel, reportTo: reportChannel ?? null, panelMessage });
    host.log.info('a session goes on after a restart');
    return;
  }
  await sayEnded(panelMessage, reportChannel);
  host.log.info('a session ended by a restart');
}

async function sayEnded(panel: Message | undefined, report: GuildTextBasedChannel | undefined): Promise<void> {
  const content = 'Undertone was restarted: this session has ended.';
  await panel?.edit({ content, components: [] }).catch(() => undefined);
  if (report && report.id !== panel?.channelId) await report.send({ content }).catch(() => undefined);
}

function textChannel(guild: Guild, id: string): GuildTextBasedChannel | undefined {
  const channel = guild.channels.cache.get(id);
  return channel?.isTextBased() ? channel : undefined;
}
