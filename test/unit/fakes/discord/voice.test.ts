import { afterEach, describe, expect, test } from '@jest/globals';
import type { Client } from 'discord.js';
import {
  startFakeDiscord,
  type EncryptionMode,
  type FakeDiscord,
  type FakeDiscordOptions,
} from '../../../fakes/discord/index.ts';
import { buzz } from '../../../helpers/signals.ts';
import { connect, enter, hangUp, listen } from './plain-bot.ts';

const RATE = 48_000;
let discord: FakeDiscord;
let client: Client<true>;

afterEach(async () => {
  await hangUp(client);
  await discord.stop();
});

async function begin(options: FakeDiscordOptions = {}): Promise<void> {
  discord = await startFakeDiscord(options);
  client = await connect(discord);
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
    const guild = discord.guild();
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
