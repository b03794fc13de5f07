// Calls from ringing to summary, over sockets, from a Twilio of our own.
import { afterEach, expect, test } from '@jest/globals';
import { startTwilio, until, CUSTOMER, LINE, type TwilioWorld } from '../../fakes/twilio/start.ts';
import { syntheticSpeech } from '../../fakes/twilio/speech.ts';

let world: TwilioWorld | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

test('a call from ringing to its summary at one target', async () => {
  world = await startTwilio({ settings: (url) => ({ annotations: { webhook: { url } } }) });
  const outcome = await world.call({ sound: { inbound: syntheticSpeech(3) }, speed: 4 });
  expect(outcome).toMatchObject({ verbs: ['Say', 'Start.Stream', 'Dial'], sides: ['inbound'], closeCode: 1000 });
  await until(() => [...world!.posts.values()].some(({ body }) => body.kind === 'summary'));
  const summary = [...world.posts.values()].find(({ body }) => body.kind === 'summary')!;
  expect(summary).toMatchObject({ times: 1, body: { content: { callId: outcome.callSid, speakers: [{ speaker: CUSTOMER, segments: 3 }] } } }); // prettier-ignore
  const { sessions } = await world.host.store.sessions();
  expect(sessions).toMatchObject([{ platform: 'twilio', space: LINE, state: 'ended', metadata: { callSid: outcome.callSid } }]); // prettier-ignore
  expect(world.lines.filter((line) => line.includes('error'))).toEqual([]);
});
