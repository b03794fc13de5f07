import type { APIApplicationCommand } from 'discord-api-types/v10';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  EncryptionMode,
  FakeBot,
  FakeDiscord,
  FakeDiscordOptions,
  GuildOptions,
  RestRequest,
  UntilOptions,
} from './api.ts';
import { selfSignedCertificate, type Certificate } from './certificate.ts';
import { Changes } from './changes.ts';
import { Faults } from './faults.ts';
import { restApi } from './rest/rest-api.ts';
import { Guild } from './state/guild.ts';
import { World } from './state/world.ts';
import { VoiceCalls } from './voice/voice-calls.ts';

const MODES: readonly EncryptionMode[] = ['aead_aes256_gcm_rtpsize', 'aead_xchacha20_poly1305_rtpsize'];

/** Starts a Discord on loopback, with a bot that may connect to it. */
export async function startFakeDiscord(options: FakeDiscordOptions = {}): Promise<FakeDiscord> {
  const { dave = true, modes = MODES, log = () => undefined, port = 0, rateLimits } = options;
  const certificate = await selfSignedCertificate();
  const changes = new Changes();
  const away = { now: false };
  const changed = (): void => {
    changes.changed();
  };
  const { firstTransition = 'counted', committer = 'speaker' } = typeof dave === 'object' ? dave : {};
  const voice = await VoiceCalls.start({
    certificate,
    modes,
    dave: dave === false ? undefined : { firstTransition, committer, changed, log },
    away: () => away.now,
    changed,
    log,
  });
  const worldOptions = {
    token: options.token ?? 'fake.token.value',
    guilds: options.guilds ?? [{ name: 'Test' }],
    shards: options.shards ?? 1,
    sessionStarts: options.sessionStarts ?? 1_000,
    heartbeatMs: options.heartbeatMs ?? 41_250,
    log,
  };
  const world = new World(worldOptions, { changes, away, voice });
  const server = createServer(restApi(world, rateLimits));
  server.on('connection', (socket) => {
    if (away.now) socket.destroy();
  });
  world.gateway.attach(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  world.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  world.cut = () => {
    server.closeAllConnections();
    world.gateway.cut();
    voice.cut();
  };
  return new RunningDiscord(world, server, certificate);
}

class RunningDiscord implements FakeDiscord {
  readonly #world: World;
  readonly #server: Server;
  readonly #certificate: Certificate;
  readonly faults: Faults;
  #stopped: Promise<void> | undefined;

  constructor(world: World, server: Server, certificate: Certificate) {
    this.#world = world;
    this.#server = server;
    this.#certificate = certificate;
    this.faults = new Faults(world);
  }

  get restBase(): string {
    return `${this.#world.origin}/api`;
  }
  get token(): string {
    return this.#world.options.token;
  }
  get certificate(): string {
    return this.#certificate.path;
  }
  get environment(): Readonly<Record<string, string>> {
    return { DISCORD_API_BASE: this.restBase, DISCORD_TOKEN: this.token, NODE_EXTRA_CA_CERTS: this.certificate };
  }
  get applicationId(): string {
    return this.#world.applicationId;
  }
  get bot(): FakeBot {
    const { botUser, gateway } = this.#world;
    return { id: botUser.id, shards: gateway.shards, presence: gateway.presence };
  }
  get guilds(): readonly Guild[] {
    return this.#world.guilds;
  }
  get requests(): readonly RestRequest[] {
    return this.#world.requests;
  }

  guild(idOrName?: string): Guild {
    const { guilds } = this.#world;
    if (idOrName !== undefined) return this.#world.guild(idOrName);
    if (guilds.length !== 1) throw new Error(`there are ${guilds.length} guilds: say which`);
    return guilds[0]!;
  }

  addGuild(options: GuildOptions): Guild {
    const guild = new Guild(this.#world, options);
    this.#world.guilds.push(guild);
    this.#world.dispatch('GUILD_CREATE', guild.id, guild.toGateway());
    return guild;
  }

  commands(guildId = ''): readonly APIApplicationCommand[] {
    return this.#world.commands.get(guildId) ?? [];
  }

  async until<T>(condition: () => T | undefined | null | false, options?: UntilOptions): Promise<T> {
    return this.#world.changes.until(condition, options);
  }

  watch(listener: () => void): () => void {
    return this.#world.changes.watch(listener);
  }

  async stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#world.speeches.close();
    this.#world.away.now = true;
    this.#world.cut();
    await this.#world.voice.close();
    await new Promise((resolve) => this.#server.close(resolve));
    this.#certificate.remove();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
