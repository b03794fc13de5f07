// A host with the plugin, as a user starts one, and a Twilio around it.
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { twilioPlugin } from '../../../plugins/twilio/src/index.ts';
import type { SettingsInput } from '../../../plugins/twilio/src/settings.ts';
import { simulateCall, type CallOutcome, type CallPlan } from '../../../plugins/twilio/src/simulator/simulated-call.ts';
import { Host, HostServer, parseConfig, type HostConfigInput } from '../../../src/host/index.ts';
import type { TrackThreads } from '../../../src/live/index.ts';
import { newStorePath } from '../../helpers/host.ts';
import { startReceiver, type Receiver } from '../../helpers/receiver.ts';
import { FakeRestApi } from './rest-api.ts';

export const LINE = '+15559990000';
export const CUSTOMER = '+15550001111';

/** All that a test of calls needs. */
export interface TwilioWorld extends Pick<Receiver, 'posts' | 'webhookFaults'> {
  readonly host: Host;
  readonly server: HostServer;
  readonly api: FakeRestApi;
  readonly lines: string[];
  readonly authToken: string;
  readonly call: (plan: Partial<CallPlan> & Pick<CallPlan, 'sound'>) => Promise<CallOutcome>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly settings?: (webhookUrl: string) => SettingsInput;
  readonly config?: HostConfigInput;
  readonly environment?: Record<string, string>;
  /** To hear in, where several hosts one after the other do. */
  readonly threads?: TrackThreads;
  /** Milliseconds since 1970; default the machine's. */
  readonly clock?: () => number;
}

/** Starts it, in the mode `customer-only` with a spoken notice, unless other settings say otherwise. */
export async function startTwilio({
  settings = () => ({}),
  config = {},
  environment = {},
  threads,
  clock = Date.now,
}: WorldOptions = {}): Promise<TwilioWorld> {
  const api = await FakeRestApi.start();
  const webhook = await startReceiver();
  const { posts, webhookFaults } = webhook;
  // The address must be known before the host listens there.
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const loaded = parseConfig(
    {
      consent: { mode: 'customer-only' },
      store: { path: newStorePath() },
      plugins: {
        twilio: { publicUrl, apiUrl: api.url, notice: { say: 'This call is heard.' }, then: [{ dial: { number: '+15557770000' } }], ...settings(webhook.url) }, // prettier-ignore
      },
      ...config,
      http: { port, requestsPerMinute: 100_000, ...config.http },
    },
    { TWILIO_ACCOUNT_SID: api.accountSid, TWILIO_AUTH_TOKEN: api.authToken, TWILIO_WEBHOOK_SECRET: 's'.repeat(32), ...environment }, // prettier-ignore
  );
  const lines: string[] = [];
  const say =
    (level: string) =>
    (message: string, facts: object = {}) =>
      void lines.push(JSON.stringify({ level, message, ...facts }));
  const log = { info: say('info'), warn: say('warn'), error: say('error') };
  const closeOthers = async (): Promise<void> => {
    await api.close();
    webhook.close();
  };
  const host = await Host.start({
    ...loaded,
    plugins: [twilioPlugin()],
    log,
    clock,
    ...(threads && { threads }),
  }).catch(async (cause: unknown) => {
    await closeOthers();
    throw cause;
  });
  const server = await HostServer.start(host);
  return {
    ...{ host, server, api, posts, webhookFaults, lines, authToken: api.authToken },
    call: (plan) =>
      simulateCall({
        ...{ voiceUrl: `${publicUrl}/twilio/voice`, statusUrl: `${publicUrl}/twilio/status` },
        ...{ accountSid: api.accountSid, authToken: api.authToken, from: CUSTOMER, to: LINE },
        ...plan,
      }),
    async close() {
      await host.stop();
      await server.close();
      await closeOthers();
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until something holds. */
export async function until(holds: () => boolean, ms = 20_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('It did not come to hold in time.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
