// A call as a telephone platform brings it, on a host as a user starts one.
import { afterEach, expect, test } from '@jest/globals';
import { Call, type CallNews, type CallSide } from '../../../src/calls/index.ts';
import type { HostConfigInput } from '../../../src/host/index.ts';
import { newStorePath, now, startHost, testPlatform, type TestHost } from '../../helpers/host.ts';
import { mulawPackets } from '../../helpers/live.ts';
import { buzz, whiteNoise } from '../../helpers/signals.ts';

const RATE = 48_000;
const CUSTOMER = { speaker: '+15550001111', role: 'customer' } as const;
const AGENT = { speaker: 'agent', role: 'employee' } as const;

let started: TestHost | undefined;

afterEach(() => started?.host.stop());

async function startCall(consent: HostConfigInput['consent']) {
  const platform = testPlatform('phone');
  started = await startHost(newStorePath(), [platform], { consent });
  const news: CallNews[] = [];
  const description = {
    ...{ callId: 'CA1', space: '+15559990000', format: { codec: 'mulaw' } as const },
    participants: { inbound: CUSTOMER, outbound: AGENT },
  };
  const call = new Call(platform.host(), description, (one) => news.push(one));
  return { call, news, consent: platform.host().consent };
}

/** Two seconds of a voice after a pause, at its side of the call. */
function speak(call: Call, side: CallSide, pitchHz = 140): string[] {
  const sound = whiteNoise(4 * RATE, pitchHz, 1e-4);
  buzz(2, RATE, { pitchHz }).forEach((sample, at) => (sound[at + 0.6 * RATE]! += sample));
  return mulawPackets(sound).map((packet) => call.write(side, now(packet)));
}

test('who may be heard is, from the notice on; the agent is not', async () => {
  const { call, news } = await startCall({ mode: 'customer-only' });
  expect(new Set(speak(call, 'inbound'))).toEqual(new Set(['dropped']));
  const heard = call.noticeGiven('a voice');
  await heard;
  expect(new Set(speak(call, 'inbound'))).toEqual(new Set(['ok']));
  expect(new Set(speak(call, 'outbound'))).toEqual(new Set(['dropped']));
  const report = await call.end();
  expect(report).toMatchObject({
    callId: 'CA1',
    sessionId: call.session.id,
    speakers: [{ speaker: CUSTOMER.speaker, role: 'customer', segments: 1, timeline: [{ label: expect.any(String) }] }],
  });
  expect(news.map(({ kind, key, speaker }) => [kind, key, speaker])).toEqual([
    ['emotion', `emotion-1-${report.speakers[0]!.timeline[0]!.startMs}`, CUSTOMER.speaker],
    ['summary', 'summary', CUSTOMER.speaker],
  ]);
  expect(news[0]!.content).toMatchObject({ callId: 'CA1', mood: { uncertain: expect.any(Boolean) } });
});

test('with both sides heard, packets that come while tracks open are not lost', async () => {
  const { call, news } = await startCall({ mode: 'announce', allowWorkplaceAndEducation: true, legalNotice: 'a test' });
  const noticed = call.noticeGiven('a voice');
  await call.session.noticeGiven('a voice');
  const [, verdicts] = await Promise.all([
    noticed,
    call.listen(),
    Promise.resolve().then(() => [speak(call, 'inbound'), speak(call, 'outbound', 220)]),
  ]);
  expect([...verdicts.values()]).toEqual([{ allowed: true }, { allowed: true }]);
  const report = await call.end();
  expect(report.speakers.map(({ segments }) => segments)).toEqual([1, 1]);
  expect(news.at(-1)).toMatchObject({ kind: 'summary' });
  expect(news.at(-1)).not.toHaveProperty('speaker');
  expect(await call.listen()).toBeInstanceOf(Map);
  expect(call.session.tracks.size).toBe(0);
});

test('a consent in the middle of a call begins the hearing, a withdrawal ends it and takes the report along', async () => {
  const { call, news, consent } = await startCall({ mode: 'opt-in' });
  const person = { space: '+15559990000', speaker: CUSTOMER.speaker };
  expect((await call.listen()).get('inbound')).toEqual({ allowed: false, reason: 'not-granted' });
  await consent.grant(person, { by: 'a key' });
  expect(consent.mayHear(person, 'customer', false)).toEqual({ allowed: true });
  await call.listen();
  expect(new Set(speak(call, 'inbound'))).toEqual(new Set(['ok']));
  await consent.withdraw(person, { by: 'a key' });
  expect(new Set(speak(call, 'inbound'))).toEqual(new Set(['dropped']));
  const report = await call.end();
  expect(report.speakers).toEqual([]);
  expect(news.filter(({ kind }) => kind === 'summary')).toEqual([]);
});
