// `undertone twilio`: what each command says and does, against a host and a Twilio of our own.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { plugin } from '../../../plugins/twilio/src/index.ts';
import type { SettingsInput } from '../../../plugins/twilio/src/settings.ts';
import { startTwilio, type TwilioWorld } from '../../fakes/twilio/start.ts';
import { encodeWav } from '../../helpers/audio-writers.ts';
import { temporaryFolder } from '../../helpers/command-line.ts';
import { buzz } from '../../helpers/signals.ts';

let world: TwilioWorld;

beforeAll(async () => {
  world = await startTwilio();
});

afterAll(() => world.close());

async function run(
  name: string,
  options: Record<string, string | boolean> = {},
  settings: SettingsInput = {},
  words: string[] = [],
) {
  const lines: string[] = [];
  const secrets: Record<string, string> = { accountSid: world.api.accountSid, authToken: world.authToken };
  const code = await plugin
    .commands!.find((command) => command.name === name)!
    .run({
      config: {
        settings: { apiUrl: world.api.url, then: [{ pause: 60 }], ...settings },
        secret: (secret) => secrets[secret],
      },
      ...{ arguments: words, options, json: false, print: (line) => void lines.push(line) },
    });
  return { code, text: lines.join('\n') };
}

test('twiml: what a call is answered, with the notice, the tracks and what follows', async () => {
  const { text } = await run('twiml', { publicUrl: 'https://calls.example.org/' }, { notice: { say: 'Heard & noted.' }, then: [{ enqueue: { workflowSid: `WW${'0'.repeat(32)}` } }] }); // prettier-ignore
  expect(text).toContain('<Say>Heard &amp; noted.</Say>');
  expect(text).toContain('<Stream name="undertone" url="wss://calls.example.org/twilio/stream" statusCallback="https://calls.example.org/twilio/status" statusCallbackMethod="POST" track="inbound_track">'); // prettier-ignore
  expect(text).toContain('<Enqueue workflowSid="WW');
  const both = await run('twiml', {}, { agent: { hear: true }, consent: { ask: 'agree', key: '5' }, recording: { ask: true } }); // prettier-ignore
  expect(both.text).toMatch(
    /<Gather [^]*action="https:\/\/calls\.example\.org\/twilio\/consent"[^]*track="both_tracks"/,
  );
  expect(both.text).toContain('channels="dual"');
  expect((await run('twiml', {}, { stream: { direction: 'two-way' }, agent: { hear: true } })).text).toMatch(/<Connect>\n +<Stream (?!.*track)/); // prettier-ignore
  await expect(run('twiml', {}, { then: [] })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  await expect(run('twiml', {}, { them: [] } as never)).rejects.toThrow('did you mean "then"?');
});

test('connect: a dry run shows the change, and changes nothing; then it is made, once', async () => {
  const number = { sid: `PN${'0'.repeat(32)}`, phone_number: '+15559990000', voice_url: 'https://demo.example/voice', voice_method: 'GET' }; // prettier-ignore
  world.api.numbers.push(number);
  const options = { number: '+15559990000', publicUrl: 'https://calls.example.org' };
  const dry = await run('connect', { ...options, dryRun: true });
  expect(dry.text).toContain('voiceUrl: https://demo.example/voice -> https://calls.example.org/twilio/voice');
  expect([dry.code, number.voice_url]).toEqual([0, 'https://demo.example/voice']);
  expect((await run('connect', options)).text).toContain('calls this host now');
  expect(number).toMatchObject({ voice_url: 'https://calls.example.org/twilio/voice', voice_method: 'POST', status_callback: 'https://calls.example.org/twilio/status' }); // prettier-ignore
  expect((await run('connect', options)).text).toContain('calls this host already');
  await expect(run('connect', { ...options, number: '+1' })).rejects.toMatchObject({ code: 'USAGE' });
  await expect(run('connect', { ...options, publicUrl: 'http://calls.example.org' })).rejects.toMatchObject({ code: 'USAGE' }); // prettier-ignore
  await expect(run('connect', { publicUrl: 'https://x.example' })).rejects.toMatchObject({ code: 'USAGE' });
});

test('simulate: a stereo recording as many calls at once; the agent is not asked for', async () => {
  const file = join(temporaryFolder(), 'call.wav');
  writeFileSync(file, encodeWav([buzz(2, 8_000), buzz(2, 8_000, { pitchHz: 220 })], 8_000));
  const url = `${world.server.url.replace('http', 'ws')}/twilio/stream`;
  const { code, text } = await run('simulate', { url, calls: '12', speed: '4' }, {}, [file]);
  expect(text).toContain('The host answered: Say, Start.Stream, Dial; it hears: inbound.');
  expect(text).toContain('12 calls, 12 streamed, 0 closed by the host, 1200 frames');
  expect(code).toBe(0);
  expect((await world.host.store.sessions({}, { limit: 50 })).sessions).toHaveLength(12);
  const alone = await run('simulate', { url, streamOnly: true, speed: '4' }, {}, [file]);
  expect([alone.code, alone.text]).toEqual([1, expect.stringContaining('1 closed by the host')]);
  await expect(run('simulate', { url: 'https://x.example' }, {}, [file])).rejects.toMatchObject({ code: 'USAGE' });
  await expect(run('simulate', { url, calls: 'many' }, {}, [file])).rejects.toMatchObject({ code: 'USAGE' });
});
