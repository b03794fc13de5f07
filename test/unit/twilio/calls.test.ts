// Calls from ringing to summary, over sockets, from a Twilio of our own.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, jest, test } from '@jest/globals';
import { startTwilio, until, CUSTOMER, LINE, type TwilioWorld } from '../../fakes/twilio/start.ts';
import { postWebhook } from '../../../plugins/twilio/src/simulator/simulated-call.ts';
import { encodeWav } from '../../helpers/audio-writers.ts';
import { sharedThreads } from '../../helpers/shared-threads.ts';
import { buzz } from '../../helpers/signals.ts';
import { syntheticSpeech } from '../../fakes/twilio/speech.ts';

jest.setTimeout(120_000);

const SID = (prefix: string): string => prefix + '0'.repeat(32);

const threads = sharedThreads();
let world: TwilioWorld | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

test('a call from ringing to its summary at one target', async () => {
  world = await startTwilio({ threads: threads(), settings: (url) => ({ annotations: { webhook: { url } } }) });
  const outcome = await world.call({ sound: { inbound: syntheticSpeech(3) }, speed: 40 });
  expect(outcome).toMatchObject({ verbs: ['Say', 'Start.Stream', 'Dial'], sides: ['inbound'], closeCode: 1000 });
  await until(() => [...world!.posts.values()].some(({ body }) => body.kind === 'summary'));
  const summary = [...world.posts.values()].find(({ body }) => body.kind === 'summary')!;
  expect(summary).toMatchObject({ times: 1, body: { content: { callId: outcome.callSid, speakers: [{ speaker: CUSTOMER, segments: 3 }] } } }); // prettier-ignore
  const { sessions } = await world.host.store.sessions();
  expect(sessions).toMatchObject([{ platform: 'twilio', space: LINE, state: 'ended', metadata: { callSid: outcome.callSid } }]); // prettier-ignore
  expect(world.lines.filter((line) => line.includes('error'))).toEqual([]);
});

/** What the hosts' clocks are ahead of the machine's: it is tried again after 1 s, 2 s, 4 s. */
let aheadMs = 0;

/** Lets time go by until something holds. */
async function untilInTime(holds: () => Promise<boolean>, { host }: TwilioWorld): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries > 600) throw new Error('It did not come to hold in time.');
    aheadMs += 100;
    await host.outbox.drain();
    await sleep(10);
  }
}

/** All annotation targets at once, each with everything. */
async function startWithAllTargets(): Promise<TwilioWorld> {
  const kinds = ['emotion', 'alert', 'summary'] as const;
  const started = await startTwilio({
    ...{ threads: threads(), clock: () => Date.now() + aheadMs },
    settings: (url) => ({
      annotations: {
        ...{ emotions: 'segments', timeoutMs: 300, webhook: { url }, voiceSdk: { kinds: [...kinds] } },
        ...{ sync: { serviceSid: SID('IS') }, taskRouter: { workspaceSid: SID('WS') }, conversations: {} },
      },
    }),
    config: { alertRules: [] },
  });
  started.api.conversations.set(SID('CH'), []);
  return started;
}

test.each([
  ['answers', []],
  ['asks for patience', ['429', '429', '429', '429']],
  ['fails', ['500', '500']],
  ['hangs before it takes anything', ['timeout']],
  ['hangs after it has taken it', ['timeout-after', 'timeout-after']],
] as const)('every target has everything exactly once, also where each %s', async (_, faults) => {
  world = await startWithAllTargets();
  const { api, posts, webhookFaults, authToken } = world;
  for (const path of [
    /UserDefinedMessages/,
    /POST .*Maps$/,
    /POST .*Items/,
    /(GET|POST) .*Tasks\//,
    /POST .*Messages/,
  ]) {
    api.fail(path, ...faults);
  }
  webhookFaults.push(...faults.map((fault) => (fault.startsWith('timeout') ? 'timeout' : Number(fault))));
  const callSid = `CA${'1'.repeat(32)}`;
  api.tasks.set(SID('WT'), { attributes: JSON.stringify({ call_sid: callSid, kept: true }), version: 0, updates: 0 });
  const voiceUrl = `${world.server.url}/twilio/voice?conversationSid=${SID('CH')}`;
  await world.call({ sound: { inbound: syntheticSpeech(2) }, speed: 40, callSid, voiceUrl, authToken });

  const expected = ['emotion', 'emotion', 'summary'];
  // An answer may be lost on the way: then it is asked for again, and nothing changes by that.
  const wants = async (): Promise<boolean> =>
    (await world!.host.store.dueAnnotations(1e15)).length === 0 && posts.size === 3 && api.userDefinedMessages.length === 3 && api.maps.get(`undertone-${callSid}`)?.size === 3 &&
    api.tasks.get(SID('WT'))!.updates === 1 && api.conversations.get(SID('CH'))!.length === 1; // prettier-ignore
  await untilInTime(wants, world);
  const kindsOf = (all: readonly string[]): string[] => [...all].sort();
  expect(kindsOf(Array.from(posts.values(), ({ body }) => body.kind))).toEqual(expected);
  expect(kindsOf(api.userDefinedMessages.map(({ content }) => (JSON.parse(content) as { type: string }).type.split('.')[1]!))).toEqual(expected); // prettier-ignore
  const items = [...api.maps.get(`undertone-${callSid}`)!.values()];
  expect(kindsOf(items.map(({ data }) => (data as { kind: string }).kind))).toEqual(expected);
  expect(items.map(({ changes }) => changes)).toEqual([1, 1, 1]);
  const attributes = JSON.parse(api.tasks.get(SID('WT'))!.attributes) as Record<string, object>;
  expect(attributes).toMatchObject({
    call_sid: callSid,
    kept: true,
    undertone: { summary: { speakers: [{ role: 'customer' }] } },
  });
  expect(api.conversations.get(SID('CH'))).toMatchObject([
    { author: 'undertone', body: expect.stringMatching(/^Call of \d+ s\. customer: /) },
  ]);
  // What was sent again came under the same key.
  if (faults.length === 0) expect([...posts.values()].map(({ times }) => times)).toEqual([1, 1, 1]);
});

test('a recording is fetched again until it is there, heard on the channels that consent allows, told once, and deleted', async () => {
  world = await startTwilio({
    threads: threads(),
    settings: (url) => ({ recording: { ask: true }, annotations: { webhook: { url } } }),
  });
  const { api, posts, server, authToken } = world;
  const [customer, agent] = [buzz(3, 8_000), buzz(3, 8_000, { pitchHz: 220 })];
  const [callSid, recordingSid] = [`CA${'2'.repeat(32)}`, `RE${'2'.repeat(32)}`];
  const outcome = await world.call({ sound: { inbound: syntheticSpeech(1) }, speed: 40, callSid });
  expect(outcome.verbs).toEqual(['Say', 'Start.Recording', 'Start.Stream', 'Dial']);
  api.calls.set(callSid, { from: CUSTOMER, to: LINE, direction: 'inbound' });
  api.recordings.set(recordingSid, Buffer.from(encodeWav([customer, agent], 8_000)));
  api.fail(/Recordings.*wav/, '500', '429');
  const form = { AccountSid: api.accountSid, CallSid: callSid, RecordingSid: recordingSid, RecordingStatus: 'completed', RecordingUrl: 'http://127.0.0.1:1/not-asked' }; // prettier-ignore
  expect(outcome.recordingUrl).toBe(`${server.url}/twilio/recording`);
  await postWebhook(outcome.recordingUrl!, form, authToken);
  await postWebhook(outcome.recordingUrl!, form, authToken);
  await until(() => posts.has(`twilio:${recordingSid}:recording-summary:webhook`) && api.recordings.size === 0, 30_000);
  const { times, body } = posts.get(`twilio:${recordingSid}:recording-summary:webhook`)!;
  expect(times).toBe(1);
  expect(body.content).toMatchObject({
    callId: callSid,
    speakers: [{ speaker: CUSTOMER, role: 'customer', segments: 1 }],
  });
  expect(api.requests.filter(({ path }) => path.includes('.wav')).map(({ status }) => status)).toEqual([500, 429, 200]);
});
