import { once } from 'node:events';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createAudioPlayer, createAudioResource, StreamType, VoiceConnectionStatus } from '@discordjs/voice';
import type { Client } from 'discord.js';
import { Readable } from 'node:stream';
import {
  startFakeDiscord,
  type EncryptionMode,
  type FakeDiscord,
  type FakeDiscordOptions,
  type FakeGuild,
} from '../../../fakes/discord/index.ts';
import { encodeOpus } from '../../../helpers/opus.ts';
import { buzz, sine, whiteNoise } from '../../../helpers/signals.ts';
import { connect, enter, hangUp, listen } from './plain-bot.ts';

const RATE = 48_000;
const FAST = { realTime: false, silenceFrames: 0 };
const SPEECH = encodeOpus(buzz(1, RATE));

let discord: FakeDiscord;
let client: Client<true>;
let guild: FakeGuild;

afterEach(async () => {
  await hangUp(client);
  await discord.stop();
});

async function begin(options: FakeDiscordOptions = {}): Promise<void> {
  discord = await startFakeDiscord(options);
  client = await connect(discord);
  guild = discord.guild();
}

/** The best correlation of the two over a delay of up to 20 ms: the codec has one. */
function likeness(said: Float32Array, heard: Float32Array): number {
  let best = 0;
  for (let delay = 0; delay < RATE / 50; delay += 4) {
    let [ab, aa, bb] = [0, 0, 0];
    for (let i = 0; i + delay < heard.length && i < said.length; i++) {
      ab += said[i]! * heard[i + delay]!;
      aa += said[i]! ** 2;
      bb += heard[i + delay]! ** 2;
    }
    best = Math.max(best, ab / Math.sqrt(aa * bb || 1));
  }
  return best;
}

const VOICES = { alice: buzz(1, RATE, { pitchHz: 120 }), bob: buzz(1, RATE, { pitchHz: 210 }) };

describe.each([
  ['aead_aes256_gcm_rtpsize', true],
  ['aead_aes256_gcm_rtpsize', false],
  ['aead_xchacha20_poly1305_rtpsize', true],
  ['aead_xchacha20_poly1305_rtpsize', false],
] satisfies [EncryptionMode, boolean][])('%s, end-to-end encryption: %s', (mode, dave) => {
  test('a bot hears what two speakers say', async () => {
    await begin({ modes: [mode], dave });
    const [alice, bob] = [guild.member('alice'), guild.member('bob')];
    await alice.join();
    const connection = await enter(client, discord, guild.voiceChannel());
    await bob.join();
    const ears = [listen(connection, alice), listen(connection, bob)] as const;
    const sent = await Promise.all([
      alice.say(VOICES.alice, { realTime: false }),
      bob.say(VOICES.bob, { realTime: false }),
    ]);
    expect(sent.map(({ packets }) => packets)).toEqual([55, 55]);
    expect([await ears[0].count(55), await ears[1].count(55)]).toEqual([55, 55]);
    expect(likeness(VOICES.alice, ears[0].pcm())).toBeGreaterThan(0.9);
    expect(likeness(VOICES.bob, ears[1].pcm())).toBeGreaterThan(0.9);
    expect(guild.botVoice).toMatchObject({ ready: true, mode });
  });
});

test('packets get lost, and overtake each other', async () => {
  await begin();
  const alice = guild.member('alice');
  await alice.join();
  const connection = await enter(client, discord, guild.voiceChannel());
  const ear = listen(connection, alice);
  const sent = await alice.say(SPEECH, { ...FAST, loss: 0.2, reorderWithinMs: 60, seed: 2 });
  expect(sent.lost + sent.packets).toBe(50);
  expect(sent.lost).toBeGreaterThan(3);
  expect(await ear.count(sent.packets)).toBe(sent.packets);
  const order = ear.packets.map((packet) => SPEECH.findIndex((one) => packet.equals(one)));
  expect(new Set(order).size).toBe(sent.packets);
  const displaced = order.map((index, at) => Math.abs(index - [...order].sort((a, b) => a - b)[at]!));
  expect(Math.max(...displaced)).toBeGreaterThan(0);
  expect(Math.max(...displaced)).toBeLessThanOrEqual(4);
});

test('members come and go while somebody talks: keys change, and nothing is lost', async () => {
  await begin();
  const [alice, bob] = [guild.member('alice'), guild.member('bob')];
  await alice.join();
  const connection = await enter(client, discord, guild.voiceChannel());
  const ear = listen(connection, alice);
  const talk = alice.say(SPEECH, { silenceFrames: 0 });
  await bob.join();
  bob.leave();
  const carol = guild.addMember({ name: 'carol' });
  await carol.join();
  const earOfCarol = listen(connection, carol);
  await carol.say(SPEECH, FAST);
  await talk;
  expect(await ear.count(50)).toBe(50);
  expect(await earOfCarol.count(50)).toBe(50);
});

test('the group is made anew, encryption ends and begins again', async () => {
  await begin();
  const alice = guild.member('alice');
  await alice.join();
  const connection = await enter(client, discord, guild.voiceChannel());
  const ear = listen(connection, alice);
  const code = connection.voicePrivacyCode;
  await discord.faults.newEpoch(guild);
  expect(connection.voicePrivacyCode).not.toBe(code);
  await alice.say(SPEECH, FAST);
  expect(await ear.count(50)).toBe(50);
  await discord.faults.downgrade(guild);
  expect(connection.voicePrivacyCode).toBeUndefined();
  await alice.say(SPEECH, FAST);
  expect(await ear.count(100)).toBe(100);
  await discord.faults.upgrade(guild);
  await alice.say(SPEECH, FAST);
  expect(await ear.count(150)).toBe(150);
});

test.each(['zero', 'counted'] as const)(
  'a burst that nobody can decrypt, after transition %s',
  async (firstTransition) => {
    await begin({ dave: { firstTransition } });
    const alice = guild.member('alice');
    await alice.join();
    const connection = await enter(client, discord, guild.voiceChannel(), { decryptionFailureTolerance: 5 });
    const ear = listen(connection, alice);
    discord.faults.undecryptableBurst(alice, 10);
    await alice.say(SPEECH, FAST);
    if (firstTransition === 'zero') {
      // @discordjs/voice gives up: the stream ends with an error.
      expect(await ear.count(1)).toBe(0);
      expect(ear.errors).toHaveLength(1);
    } else {
      // It asks to be let in again, and hears on.
      await discord.until(() => guild.botVoice.ready);
      // Of what was said before, some may still be on its way: something else is said.
      const other = encodeOpus(whiteNoise(RATE, 1, 0.3));
      const isOther = (packet: Buffer): boolean => other.some((one) => packet.equals(one));
      expect(SPEECH.some((one) => isOther(Buffer.from(one)))).toBe(false);
      await alice.say(other, FAST);
      await ear.count(50, isOther);
      expect(ear.packets.filter(isOther).map((packet) => packet.toString('hex'))).toEqual(
        other.map((packet) => Buffer.from(packet).toString('hex')),
      );
      expect(ear.errors).toHaveLength(0);
    }
  },
);

test('without op 5 nobody is heard; with another SSRC they are, once it is announced', async () => {
  await begin();
  const alice = guild.member('alice');
  await alice.join();
  const connection = await enter(client, discord, guild.voiceChannel());
  const ear = listen(connection, alice);
  discord.faults.dropOp5(alice);
  await alice.say(SPEECH, FAST);
  discord.faults.dropOp5(alice, false);
  await alice.say(SPEECH, FAST);
  expect(await ear.count(50)).toBe(50);
  const { ssrc } = alice;
  discord.faults.changeSsrc(alice);
  expect(alice.ssrc).not.toBe(ssrc);
  await alice.say(SPEECH, FAST);
  expect(await ear.count(100)).toBe(100);
});

test('the voice server moves, the voice gateway resumes and throws the bot out', async () => {
  await begin();
  const alice = guild.member('alice');
  await alice.join();
  const connection = await enter(client, discord, guild.voiceChannel());
  const ear = listen(connection, alice);
  await discord.faults.moveVoiceServer(guild);
  await discord.until(() => guild.botVoice.ready && guild.botVoice.connections === 2);
  await alice.say(SPEECH, FAST);
  expect(await ear.count(50)).toBe(50);

  discord.faults.closeVoiceGateway(guild);
  await discord.until(() => guild.botVoice.resumes === 1 && guild.botVoice.ready);
  await alice.say(SPEECH, FAST);
  expect(await ear.count(100)).toBe(100);

  discord.faults.closeVoiceGateway(guild, 4006);
  await discord.until(() => guild.botVoice.connections === 4 && guild.botVoice.ready);
  await alice.say(SPEECH, FAST);
  expect(await ear.count(150)).toBe(150);

  const disconnected = once(connection, VoiceConnectionStatus.Disconnected);
  guild.botVoice.disconnect();
  await disconnected;
  expect(guild.botVoice.channel).toBeUndefined();
});

test('a bot whose commits win, and which is there first; one that is deafened hears nothing', async () => {
  await begin({ dave: { committer: 'bot' } });
  const [alice, bob] = [guild.member('alice'), guild.member('bob')];
  const connection = await enter(client, discord, guild.voiceChannel());
  await alice.join();
  await bob.join();
  const ears = [listen(connection, alice), listen(connection, bob)] as const;
  await Promise.all([alice.say(SPEECH, FAST), bob.say(SPEECH, FAST)]);
  expect([await ears[0].count(50), await ears[1].count(50)]).toEqual([50, 50]);
  alice.leave();
  connection.rejoin({ ...connection.joinConfig, selfDeaf: true });
  await discord.until(() => guild.botVoice.selfDeaf);
  await bob.say(SPEECH, FAST);
  connection.rejoin({ ...connection.joinConfig, selfDeaf: false });
  await discord.until(() => !guild.botVoice.selfDeaf && bob.voiceChannel?.speakers.length === 1);
  await bob.say(SPEECH, FAST);
  expect(await ears[1].count(100)).toBe(100);
});

test('what the bot plays is decrypted', async () => {
  await begin();
  await guild.member('alice').join();
  const connection = await enter(client, discord, guild.voiceChannel());
  const player = createAudioPlayer();
  connection.subscribe(player);
  const packets = encodeOpus(sine(440, RATE / 2, RATE, 0.5));
  player.play(
    createAudioResource(Readable.from(packets.map((packet) => Buffer.from(packet))), { inputType: StreamType.Opus }),
  );
  const { heard: media } = guild.botVoice;
  await discord.until(() => media.silenceFrames > 0, { what: 'the player falls silent' });
  player.stop(true);
  const pcm = media.pcm();
  expect(pcm).toHaveLength(RATE / 2);
  const crossings = pcm.reduce((count, x, i) => count + (i > 0 && x >= 0 !== pcm[i - 1]! >= 0 ? 1 : 0), 0);
  expect(crossings / 2 / 0.5).toBeCloseTo(440, -1);
  expect(media).toMatchObject({ undecryptable: 0 });
});
