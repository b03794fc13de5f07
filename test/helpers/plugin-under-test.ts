// A plugin on a real host with its HTTP server, and what can be seen of it from there.
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { HostServer, type Host, type HostConfigInput, type PlatformPlugin } from '../../src/host/index.ts';
import type { PluginRunner } from '../../src/host/plugin-runner.ts';
import type { ConsentEntry, HostSession, SpeakerTrack, TrackThreads } from '../../src/index.ts';
import type { PluginDriver, Refusal } from '../contract/plugin-contract.ts';
import { newStorePath, startHost } from './host.ts';

const PATIENCE_MS = 10_000;

type Published = Parameters<NonNullable<PlatformPlugin['publish']>>;

/** A plugin, its platform and its host, for one test. */
export class PluginUnderTest {
  readonly driver: PluginDriver;
  /** Sessions and tracks that the plugin has opened. */
  readonly sessions: HostSession[] = [];
  readonly tracks: SpeakerTrack[] = [];
  readonly published: Published[] = [];
  #host: Host | undefined;
  #server: HostServer | undefined;
  #lines: readonly string[] = [];
  readonly #path = newStorePath();
  readonly #threads: TrackThreads | undefined;

  /** @param threads to hear in, where several plugins one after the other do; default own ones each time it starts */
  constructor(driver: PluginDriver, threads?: TrackThreads) {
    this.driver = driver;
    this.#threads = threads;
  }

  get host(): Host {
    return this.#host!;
  }

  get runner(): PluginRunner {
    return this.host.plugins[0]!;
  }

  /** The lines of the log. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Packets that were handed on to be heard. */
  get received(): number {
    return this.tracks.reduce((sum, { received }) => sum + received, 0);
  }

  /** What the plugin threw, as the log has it. */
  faults(): string {
    return this.#lines.filter((line) => line.includes('plugin failed')).join('\n');
  }

  async start(config: HostConfigInput = {}): Promise<void> {
    const { plugin, settings = {}, secrets = {}, consentMode: mode = 'opt-in' } = this.driver;
    const merged = {
      ...{ http: { port: 0, requestsPerMinute: 10_000 }, drainMs: 2000, consent: { mode } },
      ...{ plugins: { [plugin.name]: settings }, store: { path: this.#path } },
      ...config,
    };
    const plugins = [this.#observed(plugin)];
    const { host, lines } = await startHost(this.#path, plugins, merged, { ...secrets }, this.#threads);
    this.#host = host;
    this.#lines = lines;
    this.#server = await HostServer.start(host);
    await this.driver.connect?.(this.#server.url, () => this.tracks.length);
  }

  async stop(): Promise<void> {
    await this.#host?.stop();
    await this.#server?.close(100);
    this.#host = this.#server = undefined;
  }

  async close(): Promise<void> {
    await this.stop();
    await this.driver.close?.();
  }

  /** The person joins, consents, speaks, and is heard. */
  async isHeard({ joined = false } = {}): Promise<void> {
    const before = this.received;
    if (!joined) {
      await this.driver.join();
      await this.driver.consent?.();
    }
    await this.until('the person is heard', async () => {
      await this.driver.talk();
      return this.received > before;
    });
  }

  async withdraw(): Promise<void> {
    if (this.driver.withdraw) return this.driver.withdraw();
    const { space, platform } = this.sessions.at(-1)!.description;
    await this.host.consent.withdraw({ platform, space, speaker: this.driver.person.speaker }, { by: 'a moderator' });
  }

  /** Entries of the audit log. */
  async logged(action: ConsentEntry['action']): Promise<ConsentEntry[]> {
    return (await this.host.store.consentEntries(0)).filter((entry) => entry.action === action);
  }

  /** @throws Error that says what did not come */
  async until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await isSo())) {
      if (performance.now() > deadline) throw new Error(`It never came that ${what}.`);
      await sleep(20);
    }
  }

  /** @returns the status of the answer; 0 where there is none */
  async request({ path, method = 'GET', headers, body }: Omit<Refusal, 'status'>): Promise<number> {
    const asked = httpRequest(this.#at(path), { method, headers: { ...headers }, timeout: PATIENCE_MS });
    asked.on('timeout', () => asked.destroy());
    asked.end(body);
    const answer = await once(asked, 'response').catch(() => []);
    const [response] = answer as [IncomingMessage?];
    response?.resume();
    return response?.statusCode ?? 0;
  }

  /** @returns the status of the answer to the wish to upgrade: 101 where it was granted, 0 where there is none */
  async upgrade({ path, headers }: Omit<Refusal, 'status'>): Promise<number> {
    const asked = httpRequest(this.#at(path), {
      timeout: PATIENCE_MS,
      headers: {
        ...{ connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
        ...{ 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', ...headers },
      },
    });
    asked.on('timeout', () => asked.destroy());
    asked.end();
    return await new Promise((resolve) => {
      asked.once('response', (response) => {
        response.resume();
        resolve(response.statusCode!);
      });
      asked.once('upgrade', (_, socket) => {
        socket.destroy();
        resolve(101);
      });
      asked.once('error', () => {
        resolve(0);
      });
    });
  }

  #at(path: string): string {
    return `${this.#server!.url}/plugins/${this.driver.plugin.name}${path}`;
  }

  /** The plugin, with what it opens and publishes noted down on the way. */
  #observed(plugin: PlatformPlugin): PlatformPlugin {
    const start: PlatformPlugin['start'] = (host) =>
      plugin.start({
        ...host,
        openSession: (meta) => {
          const session = host.openSession(meta);
          const openTrack = session.openTrack.bind(session);
          session.openTrack = async (...description) => {
            const track = await openTrack(...description);
            this.tracks.push(track);
            return track;
          };
          this.sessions.push(session);
          return session;
        },
      });
    const publish: PlatformPlugin['publish'] = async (...args) => {
      this.published.push(args);
      await plugin.publish!(...args);
    };
    return {
      ...plugin,
      ...{ name: plugin.name, capabilities: plugin.capabilities, start, stop: plugin.stop.bind(plugin) },
      ...(plugin.publish && { publish }),
      ...(plugin.handleHttp && { handleHttp: plugin.handleHttp.bind(plugin) }),
      ...(plugin.handleUpgrade && { handleUpgrade: plugin.handleUpgrade.bind(plugin) }),
    };
  }
}
