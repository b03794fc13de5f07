// A host as a user starts one, with a platform of the test's own.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Host,
  HostServer,
  parseConfig,
  type HostConfigInput,
  type PlatformPlugin,
  type PluginHost,
} from '../../src/host/index.ts';
import type { MediaPacket, TrackThreads } from '../../src/live/index.ts';
import { opusPackets, type SentPacket } from './live.ts';
import { buzz, whiteNoise } from './signals.ts';

export type { HostConfigInput } from '../../src/host/index.ts';

/** A new store's file, in a folder that the system may delete. */
export const newStorePath = (): string => join(mkdtempSync(join(tmpdir(), 'undertone-host-')), 'store.db');

/** A platform that does what a test says. */
export interface TestPlatform extends PlatformPlugin {
  host(): PluginHost;
}

export function testPlatform(name = 'test', more: Partial<PlatformPlugin> = {}): TestPlatform {
  let pluginHost: PluginHost | undefined;
  return {
    name,
    capabilities: { live: true, batch: false, perSpeaker: true, edit: false, privateReply: false },
    start(host) {
      pluginHost = host;
    },
    stop: () => undefined,
    ...more,
    host: () => pluginHost!,
  };
}

export interface TestHost {
  readonly host: Host;
  /** The lines of its log. */
  readonly lines: string[];
}

/**
 * Starts a host in the mode `announce`, on a store's file.
 * @param threads to hear in, where several hosts share some
 */
export async function startHost(
  path: string,
  plugins: readonly PlatformPlugin[],
  config: HostConfigInput = {},
  environment: Record<string, string> = {},
  threads?: TrackThreads,
): Promise<TestHost> {
  const lines: string[] = [];
  const say =
    (level: string) =>
    (message: string, facts: object = {}) =>
      void lines.push(JSON.stringify({ level, message, ...facts }));
  const loaded = parseConfig({ consent: { mode: 'announce' }, store: { path }, ...config }, environment);
  const log = { info: say('info'), warn: say('warn'), error: say('error') };
  return { host: await Host.start({ ...loaded, plugins, log, ...(threads && { threads }) }), lines };
}

/** A host that also listens, at any free port. */
export interface TestServer extends TestHost {
  readonly url: string;
  close(): Promise<void>;
}

/** As {@link startHost}, with the server in front of it. */
export async function serveHost(...parts: Parameters<typeof startHost>): Promise<TestServer> {
  const [path, plugins, config = {}, environment] = parts;
  const started = await startHost(path, plugins, { ...config, http: { port: 0, ...config.http } }, environment);
  const server = await HostServer.start(started.host);
  return {
    ...started,
    url: server.url,
    async close() {
      await started.host.stop();
      await server.close(100);
    },
  };
}

const RATE = 48_000;

/** A voice that speaks for so many seconds after a pause, in a quiet room, as a platform sends it. */
export function voicePackets(seconds: number, pitchHz: number): SentPacket[] {
  const sound = whiteNoise(Math.round((seconds + 1.6) * RATE), pitchHz, 1e-4);
  buzz(seconds, RATE, { pitchHz }).forEach((sample, at) => (sound[at + 0.6 * RATE]! += sample));
  return opusPackets(sound);
}

/** A packet that comes when it is written. */
export const now = ({ payload, sequence, timestamp }: SentPacket): MediaPacket => ({ payload, sequence, timestamp });
