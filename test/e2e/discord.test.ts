// The bot in a Discord of the test's own, from the invitation to the report.
import { writeFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { decode as decodePng } from 'fast-png';
import type { FakeDiscord, FakeDiscordOptions, FakeMessage } from '../fakes/discord/api.ts';
import { startFakeDiscord } from '../fakes/discord/fake-discord.ts';
import { startBot, type BotOptions, type BotProcess } from '../helpers/discord-bot.ts';
import { noCorpus, speech } from '../helpers/discord-speech.ts';

const LONG_MS = 120_000;
const ALERTS = [{ name: 'anger', emotion: 'angry', above: 0.4, forMs: 3_000, minConfidence: 0 }];

let angry: Uint8Array[];
let calm: Uint8Array[];
const open: AsyncDisposable[] = [];

beforeAll(async () => {
  angry = await speech('angry', 5);
  calm = await speech('calm', 4);
});

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

async function begin(options: FakeDiscordOptions = {}, bot: BotOptions = {}) {
  const discord = await startFakeDiscord(options);
  open.push(discord);
  const process = await startBot(discord, { ...bot, config: { alertRules: ALERTS, ...bot.config } });
  open.push(process);
  return { discord, bot: process };
}

/** The owner, alice and bob are in voice, and the bot listens. */
async function listening(discord: FakeDiscord, bot: BotProcess) {
  const guild = discord.guild();
  const [owner, alice, bob] = ['owner', 'alice', 'bob'].map((name) => guild.member(name)) as [
    ReturnType<typeof guild.member>,
    ReturnType<typeof guild.member>,
    ReturnType<typeof guild.member>,
  ];
  await Promise.all([alice.join(), bob.join()]);
  const mods = guild.channels.find(({ name }) => name === 'mods') ?? guild.addChannel({ name: 'mods', type: 'text' });
  const answer = await owner.interact({
    command: 'emotion join',
    options: { channel: guild.voiceChannel(), 'report-to': mods },
  });
  expect(answer.reply!.text).toContain('Listening');
  const panel = await discord.until(() => guild.textChannel('text').messages.find(({ text }) => text.includes('Listening')), { what: 'the panel' }); // prettier-ignore
  await discord.until(() => guild.botVoice.ready, { what: 'voice' });
  return { guild, owner, alice, bob, mods, panel, bot };
}

const now = (message: FakeMessage): string => message.text;

describe.each([
  ['with end-to-end encryption', true],
  ['without', false],
])('a whole conversation, %s', (_, dave) => {
  test(
    'join, notice, consent, panel, alert, summary, export, opt-out, report',
    async () => {
      const { discord, bot } = await begin({ dave });
      const { guild, owner, alice, bob, mods, panel } = await listening(discord, bot);

      // Notice: the name, the channel's status, a sound, the panel.
      expect(guild.botNickname).toContain('🔴');
      expect(guild.voiceChannel().voiceStatus).toContain('Undertone');
      await discord.until(() => guild.botVoice.heard.packets >= 15, { what: 'the tone' });
      expect(guild.botVoice.heard.undecryptable).toBe(0);

      // Nobody is heard before they agree.
      await alice.say(angry.slice(0, 100));
      expect(now(panel)).not.toContain('alice');

      for (const member of [alice, bob]) {
        const { ephemeral, reply } = await member.interact({ button: 'Opt in', message: panel });
        expect([ephemeral, reply!.text]).toEqual([true, expect.stringContaining('estimated')]);
      }
      await discord.until(() => now(panel).includes('alice') && now(panel).includes('bob'));
      const [sent] = await Promise.all([alice.say(angry), bob.say(calm)]);
      expect(sent.lost).toBe(0);
      await discord.until(() => /alice.*angry|alice.*talked 0:0[1-9]/s.test(now(panel)), {
        what: 'alice in the panel',
      });
      if (noCorpus === null) {
        await discord.until(() => /\*\*alice\*\*[^\n]*angry/.test(now(panel)), { what: 'alice to be angry' });
        await discord.until(() => /\*\*bob\*\*[^\n]*calm/.test(now(panel)), { what: 'bob to be calm' });
        const alert = await discord.until(() => mods.messages.find(({ text }) => text.includes('Alert')), { what: 'the alert' }); // prettier-ignore
        expect(alert.text).toContain('alice');
        expect(alert.text).toContain(`/${panel.id}`);
        await owner.interact({ button: 'Acknowledge', message: alert, channel: mods });
        await discord.until(() => now(alert).includes('Seen by owner'));
      }

      const summary = await owner.interact({ command: 'emotion summary', options: { speaker: alice } });
      expect([summary.ephemeral, summary.reply!.text]).toEqual([true, expect.stringContaining('alice')]);
      expect(summary.reply!.text).not.toContain('bob');
      const refused = await bob.interact({ command: 'emotion summary' });
      expect(refused.reply!.text).toContain('moderators');
      const exported = await owner.interact({ command: 'emotion export' });
      const file = JSON.parse(Buffer.from(exported.reply!.attachments[0]!.bytes).toString()) as { segments: unknown[] };
      expect(file.segments.length).toBeGreaterThan(2);
      const status = await owner.interact({ command: 'emotion status' });
      expect(status.reply!.text).toMatch(/ready.*alice.*packets/s);

      // Opting out deletes at once.
      const data = await bob.interact({ command: 'emotion my-data' });
      expect(data.reply!.text).toMatch(/[1-9]\d* stretches of speech/);
      await bob.interact({ button: 'Opt out', message: panel });
      expect((await bob.interact({ command: 'emotion my-data' })).reply!.text).toContain('0 stretches of speech');
      await discord.until(() => !now(panel).includes('bob'));

      await owner.interact({ command: 'emotion leave' });
      const report = await discord.until(() => mods.messages.find(({ text }) => text.includes('Report')), { what: 'the report' }); // prettier-ignore
      expect(report.text).toContain('alice');
      expect(report.text).not.toContain('bob');
      const [picture, record] = report.attachments;
      expect(decodePng(picture!.bytes)).toMatchObject({ width: 1440 });
      if (process.env.UNDERTONE_SEE) writeFileSync(process.env.UNDERTONE_SEE, picture!.bytes);
      expect(record!.filename).toMatch(/^session-.*\.json$/);
      expect(guild.botNickname).toBeNull();
      expect(guild.voiceChannel().voiceStatus).toBe('');
      expect(guild.botVoice.channel).toBeUndefined();
      expect(now(panel)).toContain('Ended');
      expect(await bot.stop()).toBe(0);
    },
    LONG_MS,
  );
});
