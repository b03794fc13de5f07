// The bot while Discord fails in the ways in which it does: at most the moment is lost, and never without a word.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FakeDiscordOptions, FakeMessage } from '../fakes/discord/api.ts';
import { startBot } from '../helpers/discord-bot.ts';
import { DiscordStage, heard, status, type DiscordScene } from '../helpers/discord-scene.ts';
import { speech } from '../helpers/discord-speech.ts';

const LONG_MS = 180_000;
const open: AsyncDisposable[] = [];
/** Packets, made once: making them would hold up who speaks meanwhile. */
let spoken: Uint8Array[];
const voice = (seconds: number): Uint8Array[] => spoken.slice(0, seconds * 50);

/**
 * Faults take their time: people speak, and Discord is away, as long as they would. So they come all at once, each in a
 * server of its own of this bot; what happens to a whole bot, to one of its own.
 */
let crowd: DiscordStage;

beforeAll(async () => {
  spoken = await speech('angry', 4);
  crowd = await begin({ shards: 3, dave: { firstTransition: 'counted' } });
}, LONG_MS);

afterAll(async () => {
  await Promise.all(open.splice(0).map((one) => one[Symbol.asyncDispose]()));
});

async function begin(options?: FakeDiscordOptions): Promise<DiscordStage> {
  const stage = await DiscordStage.begin(options);
  open.push(stage);
  return stage;
}

test.concurrent.each([
  ['transition 0', { dave: { firstTransition: 'zero' } }],
  ['a counted transition', undefined],
  ['no end-to-end encryption', { dave: false }],
] as const)(
  'after %s, a burst that cannot be decrypted costs the speaker that stretch, and nobody else anything',
  async (_, options) => {
    const now = await (options ? await begin(options) : crowd).scene();
    now.discord.faults.undecryptableBurst(now.alice, 60);
    await Promise.all([now.alice.say(voice(5)), now.bob.say(voice(5))]);
    await heard(now, 'bob', 4);
    await heard(now, 'alice', 3);
    expect(await status(now)).toMatch(/alice.*[56]\d could not be decrypted/);
    const said = { message: 'voice: packets cannot be decrypted', guild: now.guild.id };
    expect(now.bot.log).toContainEqual(expect.objectContaining(said));
    expect(now.bot.child.exitCode).toBeNull();
  },
  LONG_MS,
);

test.concurrent(
  'where nothing of anybody can be decrypted, the bot joins anew',
  async () => {
    const now = await crowd.scene();
    now.discord.faults.undecryptableBurst(now.alice);
    await now.alice.say(voice(8));
    now.discord.faults.undecryptableBurst(now.alice, 0);
    await now.discord.until(() => now.guild.botVoice.ready && now.panel.text.includes('Listening'));
    await now.alice.say(voice(4));
    await heard(now, 'alice', 3);
    expect(await status(now)).toMatch(/voice is \*\*ready\*\*.*reconnected 1 times/);
    const reason = 'nothing of anybody could be decrypted';
    const said = { message: 'voice is being reconnected', reason, guild: now.guild.id };
    expect(now.bot.log).toContainEqual(expect.objectContaining(said));
  },
  LONG_MS,
);

test.concurrent(
  'after five attempts in a row that were of no use, it leaves and says so',
  async () => {
    const now = await crowd.scene();
    now.discord.faults.undecryptableBurst(now.alice);
    const over = now.discord.until(() => now.panel.text.includes('Ended'), { timeoutMs: 120_000, what: 'the end' });
    void over.then(() => {
      now.alice.stop();
    });
    while (!now.panel.text.includes('Ended')) await now.alice.say(voice(10));
    expect(now.panel.text).toContain('the voice connection could not be restored');
    await now.discord.until(() => now.text.messages.some(({ text }) => text.includes('Report')));
    expect(now.guild.botVoice.channel).toBeUndefined();
    const attempts = now.bot.log.filter(
      ({ message, guild }) => message === 'voice is being reconnected' && guild === now.guild.id,
    );
    expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6]);
  },
  LONG_MS,
);

test.concurrent(
  'a speaker whose source was never said is found out, and it is said',
  async () => {
    const now = await crowd.scene();
    now.discord.faults.dropOp5(now.alice);
    now.discord.faults.changeSsrc(now.alice, { announce: false });
    await now.bob.say(voice(2));
    await now.alice.say(voice(5));
    await heard(now, 'alice', 2);
    expect(await status(now)).toMatch(/packets came before Discord had said who was speaking/);
  },
  LONG_MS,
);

test.concurrent(
  'where two are speaking and nobody said which is who, the bot joins anew to be told',
  async () => {
    const now = await crowd.scene();
    const { faults } = now.discord;
    const both = [now.alice, now.bob];
    for (const member of both) {
      faults.dropOp5(member);
      faults.changeSsrc(member, { announce: false });
    }
    const saying = both.map((member) => member.say(voice(12)));
    await now.discord.until(() => both.every(({ talking }) => talking));
    for (const member of both) faults.dropOp5(member, false);
    await Promise.all(saying);
    await heard(now, 'alice', 5);
    await heard(now, 'bob', 5);
    expect(await status(now)).toContain('reconnected 1 times');
    const reason = 'the voice server did not say who speaks';
    const said = { message: 'voice is being reconnected', reason, guild: now.guild.id };
    expect(now.bot.log).toContainEqual(expect.objectContaining(said));
  },
  LONG_MS,
);

test.concurrent(
  'another source goes on where the first ended',
  async () => {
    const now = await crowd.scene();
    await now.alice.say(voice(3));
    now.discord.faults.changeSsrc(now.alice);
    await now.alice.say(voice(3));
    await heard(now, 'alice', 5);
    expect(await status(now)).toContain('connected anew 1 times');
  },
  LONG_MS,
);

test.concurrent(
  'a tenth lost and the rest out of order',
  async () => {
    const now = await crowd.scene();
    await now.alice.say(voice(8), { loss: 0.1, reorderWithinMs: 60 });
    await heard(now, 'alice', 6);
  },
  LONG_MS,
);

test.concurrent.each([
  ['another voice server', (now: DiscordScene) => now.discord.faults.moveVoiceServer(now.guild)],
  ['the voice gateway resumed', (now: DiscordScene) => { now.discord.faults.closeVoiceGateway(now.guild); }],
  ['the voice session invalid', (now: DiscordScene) => { now.discord.faults.closeVoiceGateway(now.guild, 4006); }],
  ['the gateway resumed', (now: DiscordScene) => { now.discord.faults.closeGateway({ shard: 1 }); }, 1],
  ['the gateway lost', (now: DiscordScene) => { now.discord.faults.closeGateway({ shard: 2, resumable: false }); }, 2],
  ['a new epoch', (now: DiscordScene) => now.discord.faults.newEpoch(now.guild)],
  ['end-to-end encryption off and on', async (now: DiscordScene) => {
    await now.discord.faults.downgrade(now.guild);
    await now.discord.faults.upgrade(now.guild);
  }],
] as const)('%s: who speaks meanwhile is heard again', async (_, fault, shard?: number) => {
  const now = await crowd.scene({ shard });
  const saying = now.alice.say(voice(10));
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  await fault(now);
  await saying;
  await heard(now, 'alice', 5);
  await now.discord.until(() => now.guild.botVoice.ready && now.panel.text.includes('Listening'));
  await now.bob.say(voice(3));
  await heard(now, 'bob', 2);
  expect(now.panel.text).toContain('Listening');
}, LONG_MS); // prettier-ignore

test.concurrent(
  'limits and errors of the REST API delay, and lose nothing',
  async () => {
    const now = await crowd.scene();
    const edits = { method: 'PATCH', path: `/channels/${now.text.id}/messages/` };
    now.discord.faults.answer429(edits, { count: 2 });
    now.discord.faults.answer500(edits, { count: 2, status: 502 });
    await now.alice.say(voice(4));
    await heard(now, 'alice', 3);
  },
  LONG_MS,
);

test.concurrent(
  'an alert and a report that cannot be posted are posted later, once',
  async () => {
    const now = await crowd.scene({
      prepare: async (guild) => {
        const modal = await guild.member('owner').interact({ command: 'emotion settings' });
        const alerts =
          'angry + calm + disgust + fearful + happy + neutral + sad + surprised over 0 for 2 s, every 600 s';
        const fields = { consent: 'opt-in', alerts, report: '', retention: '' };
        await guild.member('owner').interact({ modal, fields });
      },
    });
    // As often as the library tries by itself.
    const posts = { method: 'POST', path: `/channels/${now.text.id}/messages` };
    const posted = (what: string): FakeMessage[] => now.text.messages.filter(({ text }) => text.includes(what));
    now.discord.faults.answer500(posts, { count: 5 });
    await now.alice.say(voice(6));
    await now.discord.until(() => posted('Alert').length > 0, { timeoutMs: 30_000, what: 'the alert' });
    now.discord.faults.answer500(posts, { count: 5 });
    await now.owner.interact({ command: 'emotion leave' });
    await now.discord.until(() => posted('Report').length > 0, { timeoutMs: 30_000, what: 'the report' });
    expect([posted('Alert').length, posted('Report').length]).toEqual([1, 1]);
    const warnings = now.bot.log.filter(({ level, guild }) => level === 'warn' && guild === now.guild.id);
    expect(warnings).toMatchObject([
      { message: 'an alert could not be posted at once: it is tried again' },
      { message: 'something was not done at the end of a session', what: 'report' },
    ]);
  },
  LONG_MS,
);

test.concurrent(
  'Discord is gone for a minute: the session goes on when it is back',
  async () => {
    const now = await (await begin()).scene();
    await now.alice.say(voice(3));
    await heard(now, 'alice', 2);
    await now.discord.faults.goAway(60_000);
    await now.discord.until(() => now.discord.bot.shards.length > 0 && now.guild.botVoice.ready, { timeoutMs: 60_000, what: 'the bot to be back' }); // prettier-ignore
    await now.alice.say(voice(4));
    await heard(now, 'alice', 5);
    expect(now.bot.child.exitCode).toBeNull();
    expect(now.bot.log).toContainEqual(expect.objectContaining({ message: 'the gateway is being reconnected' }));
    expect(await status(now)).toMatch(/voice is \*\*ready\*\*.*reconnected [1-9]/);
  },
  LONG_MS,
);

test.concurrent(
  'a channel that is deleted, and a bot that is thrown out, end it with a report',
  async () => {
    const now = await crowd.scene();
    now.guild.botVoice.disconnect();
    await now.discord.until(() => now.panel.text.includes('Ended'));
    expect(now.panel.text).toContain('the bot was disconnected from voice');
    await now.discord.until(() => now.text.messages.some(({ text }) => text.includes('Report')));
    await now.owner.interact({ command: 'emotion join', options: { channel: now.guild.voiceChannel() } });
    const panel = await now.discord.until(() => now.text.messages.findLast(({ text }) => text.includes('Listening')));
    now.guild.deleteChannel(now.guild.voiceChannel());
    await now.discord.until(() => panel.text.includes('the voice channel was deleted'));
  },
  LONG_MS,
);

test.concurrent(
  'a bot that is moved goes on in the other channel',
  async () => {
    const now = await crowd.scene();
    const other = now.guild.addChannel({ name: 'upstairs', type: 'voice' });
    now.guild.botVoice.move(other);
    await now.alice.move(other);
    await now.discord.until(() => now.panel.text.includes(`<#${other.id}>`) && now.guild.botVoice.ready);
    await now.alice.say(voice(4));
    await heard(now, 'alice', 3);
  },
  LONG_MS,
);

test.concurrent(
  'a process that is killed goes on with its session when it is started again',
  async () => {
    const now = await (await begin()).scene();
    await now.alice.say(voice(3));
    await now.bot.kill();
    const { connections } = now.guild.botVoice;
    const again = await startBot(now.discord, { folder: now.bot.folder });
    open.push(again);
    await now.discord.until(() => now.guild.botVoice.connections > connections && now.guild.botVoice.ready, { what: 'the session to go on' }); // prettier-ignore
    await now.discord.until(() => /alice.*nothing heard yet/.test(now.panel.text), { what: 'the panel' });
    await now.alice.say(voice(4));
    await heard(now, 'alice', 3);
    // One panel, not two.
    expect(now.text.messages.filter(({ text }) => text.includes('Listening'))).toHaveLength(1);
    expect(await again.stop()).toBe(0);
    expect(now.panel.text).toContain('goes on when the bot is back');
  },
  LONG_MS,
);
