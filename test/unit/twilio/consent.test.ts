// Whom Undertone asks for, by the host's consent and the plugin's settings; and what keys say.
import { afterEach, expect, jest, test } from '@jest/globals';
import { startTwilio, until, CUSTOMER, LINE, type TwilioWorld, type WorldOptions } from '../../fakes/twilio/start.ts';
import { syntheticSpeech } from '../../fakes/twilio/speech.ts';
import { sharedThreads } from '../../helpers/shared-threads.ts';

jest.setTimeout(60_000);

const threads = sharedThreads();
let world: TwilioWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

const sound = { inbound: syntheticSpeech(1), outbound: syntheticSpeech(1, 200) };

async function start(
  consent: NonNullable<WorldOptions['config']>['consent'],
  settings: object = {},
): Promise<TwilioWorld> {
  world = await startTwilio({ threads: threads(), settings: (url) => ({ annotations: { webhook: { url, kinds: ['summary'] } }, ...settings }), config: { consent } }); // prettier-ignore
  return world;
}

const PERSON = { platform: 'twilio', space: LINE, speaker: CUSTOMER };

test('without a notice nobody is heard, and nothing is said', async () => {
  const { call, posts } = await start({ mode: 'announce' }, { notice: null });
  expect(await call({ sound, speed: 40 })).toMatchObject({ verbs: ['Dial'], closeCode: undefined });
  expect(posts.size).toBe(0);
});

test('by a key that agrees: who presses it is heard from then on; who does not is not', async () => {
  const { call, host, posts } = await start({ mode: 'opt-in' }, { consent: { ask: 'agree', key: '5' } });
  expect(await call({ sound, speed: 40 })).toMatchObject({ verbs: ['Gather', 'Dial'], closeCode: undefined });
  expect(await call({ sound, speed: 40, digits: '4' })).toMatchObject({ verbs: ['Gather', 'Dial'] });
  expect(await call({ sound, speed: 40, digits: '5' })).toMatchObject({ verbs: ['Gather', 'Start.Stream', 'Dial'], sides: ['inbound'] }); // prettier-ignore
  await until(() => posts.size === 1);
  expect((await host.store.consentLog(PERSON)).map(({ action, by }) => [action, by])).toEqual([['grant', 'caller']]);
  await host.purge(PERSON, 'a moderator');
  // Whoever withdrew, or was purged, is not asked again.
  expect(await call({ sound, speed: 40 })).toMatchObject({ verbs: ['Dial'] });
});

test('by a key that objects: who presses it is not heard, now and later, and is not asked again', async () => {
  const { call, host } = await start({ mode: 'customer-only' }, { consent: { ask: 'object', key: '9' } });
  expect(await call({ sound, speed: 40 })).toMatchObject({ verbs: ['Gather', 'Start.Stream', 'Dial'] });
  expect(await call({ sound, speed: 40, digits: '9' })).toMatchObject({ verbs: ['Gather', 'Dial'] });
  expect(await call({ sound, speed: 40 })).toMatchObject({ verbs: ['Dial'] });
  expect(host.consent.mayHear(PERSON, 'customer', { noticeGiven: true })).toEqual({
    allowed: false,
    reason: 'withdrawn',
  });
});

test('agents are heard only where the host and the plugin both say so, and the log says it', async () => {
  await expect(start({ mode: 'announce' }, { agent: { hear: true } })).rejects.toThrow('workplace-or-education');
  const law = { allowWorkplaceAndEducation: true, legalNotice: 'a test' };
  const { call } = await start({ mode: 'announce', ...law });
  expect(await call({ sound, speed: 40 })).toMatchObject({ sides: ['inbound'] });
  await world!.close();
  const {
    call: both,
    lines,
    posts,
  } = await start({ mode: 'announce', ...law }, { agent: { hear: true, speaker: 'desk 3' } });
  expect(lines.join('\n')).toContain('agents are heard in calls');
  expect(await both({ sound, speed: 40 })).toMatchObject({ sides: ['inbound', 'outbound'] });
  await until(() => posts.size === 1);
  const { speakers } = [...posts.values()][0]!.body.content as { speakers: { speaker: string; role: string; segments: number }[] }; // prettier-ignore
  expect(speakers.map(({ speaker, role, segments }) => [speaker, role, segments]).sort()).toEqual([
    [CUSTOMER, 'customer', 1],
    ['desk 3', 'employee', 1],
  ]);
});

test('a two-way stream is the call, and hears the customer alone; no number is in the log', async () => {
  const { call, lines } = await start({ mode: 'customer-only' }, { stream: { direction: 'two-way' }, then: [] });
  expect(await call({ sound, speed: 40 })).toMatchObject({ verbs: ['Say', 'Connect.Stream'], sides: ['inbound'] });
  expect(lines.join('\n')).not.toContain(CUSTOMER.slice(1));
});
