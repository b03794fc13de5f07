import { definePlugin, type PlatformPlugin } from 'undertone';
import { Bot } from './bot.ts';
import { doctorCommand } from './doctor.ts';
import { inviteCommand } from './invite-command.ts';

function discordPlugin(): PlatformPlugin {
  let bot: Bot | undefined;
  return definePlugin({
    name: 'discord',
    capabilities: { live: true, batch: true, perSpeaker: true, edit: true, privateReply: true },
    commands: [inviteCommand, doctorCommand],
    async start(host) {
      bot = new Bot(host);
      await bot.start();
    },
    async stop() {
      await bot?.stop();
      bot = undefined;
    },
    async publish(ref, annotation) {
      await bot?.publish(ref, annotation);
    },
  });
}

/** Undertone in Discord's voice channels. */
export const plugin = discordPlugin();
