// The bot in a Discord of the test's own, from the invitation to the report.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PermissionFlagsBits } from 'discord.js';
import { decode as decodePng } from 'fast-png';
import type { FakeDiscord, FakeDiscordOptions, FakeMessage } from '../fakes/discord/api.ts';
import { startFakeDiscord } from '../fakes/discord/fake-discord.ts';
import { MAIN } from '../helpers/command-line.ts';
import { oggOpusPages } from '../helpers/ogg.ts';
import { startBot, type BotOptions, type BotProcess } from '../helpers/discord-bot.ts';
import { noCorpus, speech } from '../helpers/discord-speech.ts';

const LONG_MS = 120_000;
const ALERTS = [{ name: 'anger', emotion: 'angry', above: 0.4, forMs: 3_000, minConfidence: 0 }];

// Each test has a Discord and a bot of its own, and they come at once: most of their time is people speaking.
let angry: Uint8Array[];
let calm: Uint8Array[];
const open: AsyncDisposable[] = [];

beforeAll(async () => {
  angry = await speech('angry', 5);
  calm = await speech('calm', 4);
});

afterAll(async () => {
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

test.concurrent.each([
  ['with end-to-end encryption', true],
  ['without', false],
] as const)(
  'a whole conversation, %s: join, notice, consent, panel, alert, summary, export, opt-out, report',
  async (_, dave) => {
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
    await discord.until(() => /alice.*angry|alice.*talked 0:(?!00)/s.test(now(panel)), {
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

test.concurrent(
  'settings are a modal, and are kept; what is wrong is said; a summary has a span',
  async () => {
    const { discord, bot } = await begin();
    const guild = discord.guild();
    const [owner, alice] = [guild.member('owner'), guild.member('alice')];
    const mods = guild.addChannel({ name: 'mods', type: 'text' });
    expect((await alice.interact({ command: 'emotion settings' })).reply!.text).toContain('moderators');
    const modal = await owner.interact({ command: 'emotion settings' });
    const wrong = await owner.interact({ modal, fields: { consent: 'opt-in', alerts: 'angrey over 0.5 for 3 s', report: '', retention: '' } }); // prettier-ignore
    expect(wrong.reply!.text).toContain('did you mean "angry"?');
    const again = await owner.interact({ command: 'emotion settings' });
    const fields = {
      consent: 'announce',
      alerts: 'angry over 0.3 for 2 s, every 60 s',
      report: 'mods',
      retention: '30',
    };
    expect((await owner.interact({ modal: again, fields })).reply!.text).toContain('Saved');

    // Consent by notice: who is there is heard unless they opt out.
    await alice.join();
    await owner.interact({ command: 'emotion join', options: { channel: guild.voiceChannel() } });
    const panel = await discord.until(() => guild.textChannel('text').messages.find(({ text }) => text.includes('**alice**'))); // prettier-ignore
    expect(panel.text).toContain('who has not pressed **Opt out**');
    await discord.until(() => guild.botVoice.ready);
    await alice.say(angry);
    await discord.until(() => /alice[^]*talked 0:(?!00)/.test(panel.text), { timeoutMs: 20_000 });
    if (noCorpus === null) await discord.until(() => mods.messages.find(({ text }) => text.includes('Alert')));
    await owner.interact({ button: 'Stop', message: panel });
    await discord.until(() => mods.messages.find(({ text }) => text.includes('Report')));
    const week = await owner.interact({ contextMenu: 'Emotion summary', target: alice });
    expect(week.reply!.text).toMatch(/last 7d[^]*alice/);
    const wrongSpan = await owner.interact({ command: 'emotion summary', options: { since: 'monday' } });
    expect(wrongSpan.reply!.text).toContain('90m, 2h, 7d');
    expect(await bot.stop()).toBe(0);
  },
  LONG_MS,
);

test.concurrent(
  'a voice message is heard for who sent it, and for others once they agreed; what is none is said so',
  async () => {
    const { discord } = await begin();
    const guild = discord.guild();
    const [alice, bob] = [guild.member('alice'), guild.member('bob')];
    const text = guild.textChannel('text');
    const bytes = Buffer.concat([...oggOpusPages(angry)]);
    const message = alice.post(text, { voiceSeconds: 8, files: [{ name: 'voice-message.ogg', bytes, contentType: 'audio/ogg' }] }); // prettier-ignore
    const menu = { contextMenu: 'Emotion of this voice message', target: message } as const;
    expect((await bob.interact(menu)).reply!.text).toContain('has not agreed');
    const own = await alice.interact(menu);
    expect(own.ephemeral).toBe(true);
    await discord.until(() => own.reply!.text.includes(noCorpus === null ? 'angry' : 'Of 0:'));
    await alice.interact({ command: 'emotion opt-in' });
    expect((await bob.interact(menu)).reply!.text).toContain('Of 0:');
    const plain = alice.post(text, { content: 'hello' });
    expect((await bob.interact({ ...menu, target: plain })).reply!.text).toContain('no voice message');
    const broken = bob.post(text, { files: [{ name: 'x.ogg', bytes: new Uint8Array(100), contentType: 'audio/ogg' }] });
    expect((await bob.interact({ ...menu, target: broken })).reply!.text).toContain('cannot be heard');
  },
  LONG_MS,
);

test.concurrent(
  'shards serve several servers at once, as many as Discord recommends or are asked for; commands are registered once',
  async () => {
    const discord = await startFakeDiscord({ shards: 2, guilds: [{ name: 'one' }, { name: 'two' }] });
    open.push(discord);
    const bot = await startBot(discord);
    open.push(bot);
    await discord.until(() => discord.bot.shards.length === 2);
    const panels = await Promise.all(
      ['one', 'two'].map(async (name) => {
        const guild = discord.guild(name);
        const alice = guild.member('alice');
        await alice.join();
        await alice.interact({ command: 'emotion opt-in' });
        await guild.member('owner').interact({ command: 'emotion join', options: { channel: guild.voiceChannel() } });
        await discord.until(() => guild.botVoice.ready);
        const panel = await discord.until(() =>
          guild.textChannel('text').messages.find((m) => m.text.includes('**alice**')),
        );
        await alice.say(angry);
        return panel;
      }),
    );
    for (const panel of panels) await discord.until(() => /talked 0:(?!00)/.test(panel.text), { timeoutMs: 20_000 });
    await bot.stop();
    const registrations = () => discord.requests.filter(({ method, path }) => method === 'PUT' && path.endsWith('/commands')).length; // prettier-ignore
    const before = registrations();
    const again = await startBot(discord, { folder: bot.folder, args: ['serve', '--shards', '3'] });
    open.push(again);
    await discord.until(() => discord.bot.shards.length === 3);
    expect(registrations()).toBe(before);
  },
  LONG_MS,
);

test.concurrent('doctor says what is right and what to fix; invite prints the link', async () => {
  const denied = PermissionFlagsBits.SendMessages;
  const channels = [
    { name: 'text' },
    { name: 'closed', deniedToBot: denied },
    { name: 'talk', type: 'voice' },
  ] as const;
  const discord = await startFakeDiscord({ guilds: [{ name: 'Home', channels }] });
  open.push(discord);
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [MAIN, 'discord', ...args], {
      env: { ...process.env, ...discord.environment },
    });
  const { stdout } = await run('doctor');
  expect(stdout).toMatch(/✓ Opus[^]*✓ Transport[^]*✓ End-to-end[^]*✓ Token[^]*✓ Gateway/);
  expect(stdout).toMatch(/! Server Home, channel closed: lacks Send Messages/);
  expect(stdout).not.toContain('channel text');
  expect((await run('invite')).stdout).toContain(`client_id=${discord.applicationId}`);
  const wrong = promisify(execFile)(process.execPath, [MAIN, 'discord', 'doctor', '--json'], {
    env: { ...process.env, ...discord.environment, DISCORD_TOKEN: 'wrong' },
  });
  await expect(wrong).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining('"refused"') });
});
