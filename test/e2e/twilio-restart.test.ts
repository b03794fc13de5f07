// Recordings that wait while the host is killed, as an out-of-memory killer would, are heard when it runs again.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, jest, test } from '@jest/globals';
import { postWebhook } from '../../plugins/twilio/src/simulator/simulated-call.ts';
import type { CallReport } from '../../src/calls/index.ts';
import { openStore } from '../../src/store/index.ts';
import { FakeRestApi } from '../fakes/twilio/rest-api.ts';
import { CUSTOMER, freePort, LINE, until } from '../fakes/twilio/start.ts';
import { encodeWav } from '../helpers/audio-writers.ts';
import { MAIN, temporaryFolder } from '../helpers/command-line.ts';
import { startReceiver } from '../helpers/receiver.ts';
import { buzz, whiteNoise } from '../helpers/signals.ts';

jest.setTimeout(120_000);

const RATE = 8_000;
/** Heard at 20 times its speed, so that there is time to kill the host meanwhile. */
const SECONDS = 60;

let closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing) await close();
  closing = [];
});

/** A minute in which the customer speaks twice, at its beginning and at its end. */
function recording(): Buffer {
  const customer = whiteNoise(SECONDS * RATE, 1, 1e-3);
  const voice = buzz(2, RATE);
  for (const second of [1, SECONDS - 4]) customer.set(voice, second * RATE);
  return Buffer.from(encodeWav([customer, new Float32Array(customer.length)], RATE));
}

/** Runs `undertone serve` in a folder until it listens. */
async function serve(cwd: string, environment: Record<string, string>): Promise<ChildProcess> {
  const child = spawn(process.execPath, [MAIN, 'serve'], {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  closing.push(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (data: Buffer) => (said += data.toString()));
  await until(() => said.includes('listens on'), 60_000);
  return child;
}

test('kill -9: each is heard, whole and once', async () => {
  const [api, receiver, port] = [await FakeRestApi.start(), await startReceiver(), await freePort()];
  closing.push(
    () => api.close(),
    () => {
      receiver.close();
    },
  );
  const { posts } = receiver;
  const folder = temporaryFolder();
  const path = join(folder, 'store.db');
  const publicUrl = `http://127.0.0.1:${port}`;
  mkdirSync(join(folder, 'config'));
  writeFileSync(
    join(folder, 'config/undertone.json'),
    JSON.stringify({
      ...{ http: { port }, store: { path }, consent: { mode: 'customer-only' } },
      plugins: {
        twilio: {
          ...{ publicUrl, apiUrl: api.url, notice: { say: 'This call is heard.' }, then: [{ pause: 60 }] },
          ...{ recording: { ask: true }, annotations: { webhook: { url: receiver.url, kinds: ['summary'] } } },
        },
      },
    }),
  );
  const { accountSid, authToken } = api;
  const environment = { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken, TWILIO_WEBHOOK_SECRET: 's'.repeat(32) }; // prettier-ignore
  const sids = ['1', '2'].map((digit) => [`CA${digit.repeat(32)}`, `RE${digit.repeat(32)}`] as const);
  const first = await serve(folder, environment);
  for (const [callSid, recordingSid] of sids) {
    api.calls.set(callSid, { from: CUSTOMER, to: LINE, direction: 'inbound' });
    api.recordings.set(recordingSid, recording());
    const form = { AccountSid: accountSid, CallSid: callSid, RecordingSid: recordingSid, RecordingStatus: 'completed' };
    await postWebhook(`${publicUrl}/twilio/recording`, form, authToken);
  }
  // One is being heard, the other waits.
  const store = await openStore({ path });
  closing.unshift(() => store.close());
  const states = async (): Promise<string[]> => (await store.sessions()).sessions.map(({ state }) => state);
  while ((await states()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await states()).toEqual(['open']);
  first.kill('SIGKILL');
  await once(first, 'exit');
  expect([posts.size, api.recordings.size]).toEqual([0, 2]);

  const second = await serve(folder, environment);
  await until(() => posts.size === 2 && api.recordings.size === 0, 60_000);
  for (const [callSid, recordingSid] of sids) {
    const { times, body } = posts.get(`twilio:${recordingSid}:recording-summary:webhook`)!;
    const { callId, durationMs, speakers } = body.content as unknown as CallReport;
    expect([times, callId, speakers[0]!.segments]).toEqual([1, callSid, 2]);
    expect(durationMs).toBeGreaterThan(1_000 * (SECONDS - 5));
  }
  second.kill('SIGTERM');
  await once(second, 'exit');
  // What was heard of the first before is not there twice, and nothing waits any more.
  expect(await states()).toEqual(['ended', 'ended']);
  expect(await store.memories('twilio:recording:')).toEqual(new Map());
});
