// A bot of unmodified discord.js and @discordjs/voice, for tests of the fake Discord.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Decoder } from '@evan/opus/wasm/index.mjs';
import {
  entersState,
  getVoiceConnections,
  joinVoiceChannel,
  VoiceConnectionStatus,
  type VoiceConnection,
} from '@discordjs/voice';
import { Client, Events, GatewayIntentBits, type ClientOptions } from 'discord.js';
import type { FakeChannel, FakeDiscord, FakeMember } from '../../../fakes/discord/index.ts';

/** Connects a client that trusts the fake's voice servers. */
export async function connect(discord: FakeDiscord, options: Partial<ClientOptions> = {}): Promise<Client<true>> {
  setDefaultCACertificates([...getCACertificates(), readFileSync(discord.certificate, 'utf8')]);
  const client = new Client({
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildVoiceStates],
    ...options,
    rest: { api: discord.restBase, ...options.rest },
  });
  const ready = new Promise((resolve) => client.once(Events.ClientReady, resolve));
  await client.login(discord.token);
  await ready;
  return client as Client<true>;
}

/** Ends everything that the client has open. */
export async function hangUp(client: Client): Promise<void> {
  for (const connection of getVoiceConnections().values()) connection.destroy();
  await client.destroy();
}

/** Enters a voice channel and waits until media can flow. */
export async function enter(
  client: Client<true>,
  discord: FakeDiscord,
  channel: FakeChannel,
  options: { readonly decryptionFailureTolerance?: number; readonly selfDeaf?: boolean } = {},
): Promise<VoiceConnection> {
  const connection = joinVoiceChannel({
    guildId: channel.guild.id,
    channelId: channel.id,
    adapterCreator: client.guilds.cache.get(channel.guild.id)!.voiceAdapterCreator,
    selfDeaf: false,
    decryptionFailureTolerance: 100_000,
    ...options,
  });
  connection.on('error', () => undefined);
  await entersState(connection, VoiceConnectionStatus.Ready, 5_000);
  await discord.until(() => channel.guild.botVoice.ready, { what: 'the bot is in the call' });
  return connection;
}

/** What a bot receives of a member. */
export interface Listening {
  readonly packets: Buffer[];
  readonly errors: Error[];
  /** How many packets (of some kind) there are, once there are as many as expected, or after two seconds. */
  count(expected: number, isCounted?: (packet: Buffer) => boolean): Promise<number>;
  /** The sound at 48 kHz mono; packets that are no Opus are left out. */
  pcm(): Float32Array;
}

export function listen(connection: VoiceConnection, member: FakeMember): Listening {
  const packets: Buffer[] = [];
  const errors: Error[] = [];
  const stream = connection.receiver.subscribe(member.id);
  stream.on('data', (packet: Buffer) => packets.push(packet));
  stream.on('error', (error) => errors.push(error));
  const count: Listening['count'] = async (expected, isCounted = () => true) => {
    const counted = (): number => packets.filter((packet) => isCounted(packet)).length;
    const patience = AbortSignal.timeout(2_000);
    while (counted() < expected && !patience.aborted)
      await once(stream, 'data', { signal: patience }).catch(() => undefined);
    return counted();
  };
  return {
    packets,
    errors,
    count,
    pcm() {
      const decoder = new Decoder({ sample_rate: 48_000, channels: 1 });
      const samples: number[] = [];
      for (const packet of packets) {
        try {
          const bytes = decoder.decode(packet);
          for (const x of new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)) samples.push(x / 32_768);
        } catch {
          // no Opus
        }
      }
      decoder.drop();
      return Float32Array.from(samples);
    },
  };
}
