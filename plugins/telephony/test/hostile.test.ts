// What anybody may try, and what must come of it: nothing, for anybody else.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, jest, test } from '@jest/globals';
import { encodeL16, resample, type CallReport, type StreamDialect, type StreamEvent } from 'undertone';
import { sharedThreads } from '../../../test/helpers/shared-threads.ts';
import { audioSocketMessage, KIND, uuidBytes } from '../src/asterisk/audio-socket.ts';
import type { CallDesk } from '../src/call-desk.ts';
import { CallStream } from '../src/call-stream.ts';
import { audioHookHeaders, GenesysPlayer } from '../src/simulate/genesys-player.ts';
import { play, type PlayedCarrier } from '../src/simulate/played-carrier.ts';
import { plivoScript, signalwireScript, telnyxScript } from '../src/simulate/scripts.ts';
import { WebhookPlayer } from '../src/simulate/webhook-player.ts';
import { ask, Wire } from '../src/simulate/wire.ts';
import { Once, Tickets } from '../src/tickets.ts';
import { ALL_SETTINGS, CUSTOMER, KEYS, LINE, newCall, player, PUBLIC_URL, SECRETS, voice } from './helpers/drivers.ts';
import { running, type Running } from './helpers/running.ts';

const threads = sharedThreads();
let served: Running | undefined;

afterEach(() => served?.close());

const start = async (settings: object = {}, config: Parameters<typeof running>[1] = {}): Promise<Running> =>
  (served = await running({ ...ALL_SETTINGS, ...settings }, config, threads()));
const address = (url: string) => ({ url, publicUrl: PUBLIC_URL });
/** Sends a voice once the plugin listens to it. */
async function speak(carrier: PlayedCarrier, { under }: Running, tracks = 1): Promise<void> {
  // Some streams begin with their first sound.
  carrier.send({ customer: new Float32Array(carrier.rateHz / 50) });
  await under.until('somebody is heard', () => under.tracks.length >= tracks);
  await play(carrier, [voice(), voice(3, 220)], 16_000, { speed: 100 });
}

const ws = (url: string): string => url.replace('http', 'ws');

/** The status by which an upgrade is answered. */
async function upgrade(url: string, headers: Record<string, string> = {}): Promise<number> {
  return Wire.open(ws(url), { headers }).then(
    async (wire) => {
      await wire.close();
      return 101;
    },
    (error: unknown) => Number(/Unexpected server response: (\d+)/.exec(String(error))?.[1]),
  );
}

test('without its secret no carrier is served, but where the configuration says so, from this machine', async () => {
  const secrets = Object.fromEntries(Object.entries(SECRETS).filter(([name]) => !name.includes('PLIVO')));
  await expect(start({}, { secrets })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  await start({ insecure: true }, { secrets });
  expect(served!.under.runner.health).toBe('healthy');
  const url = `${served!.url}/plivo/voice`;
  const body = 'CallUUID=c1&From=%2B15550001111&To=%2B15559990000&Direction=inbound';
  expect((await ask(url, { body })).status).toBe(200);
  // What a proxy on this machine hands on comes from elsewhere.
  expect((await ask(url, { body, headers: { 'x-forwarded-for': '203.0.113.9' } })).status).toBe(403);
  // Who has a secret is asked for it all the same.
  expect((await ask(`${served!.url}/signalwire/voice`, { body: 'CallSid=c1' })).status).toBe(403);
});

test('a webhook, a ticket and a signed upgrade are each good for once', async () => {
  const { url } = await start();
  const script = plivoScript(KEYS.plivo);
  const signed = script.webhook(newCall(), `${PUBLIC_URL}/plivo/voice`);
  const answer = await ask(`${url}/plivo/voice`, signed);
  const [, path = ''] = /wss:\/\/voice\.example\.org\/telephony(\/plivo\/stream\/[\w-]+)/.exec(answer.body)!;
  expect((await ask(`${url}/plivo/voice`, signed)).status).toBe(403);
  expect(await upgrade(url + path.replace('plivo', 'telnyx'))).toBe(401);
  expect(await upgrade(url + path)).toBe(101);
  expect(await upgrade(url + path)).toBe(401);
  expect(await upgrade(`${url}/plivo/stream/${randomUUID()}`)).toBe(401);
  expect(await upgrade(`${url}/plivo/stream/`)).toBe(401);
  expect(await upgrade(`${url}/nowhere`)).toBe(404);
  const headers = audioHookHeaders(PUBLIC_URL, KEYS.genesys);
  expect(await upgrade(`${url}/genesys/audiohook`, headers)).toBe(101);
  expect(await upgrade(`${url}/genesys/audiohook`, headers)).toBe(401);
  expect(await upgrade(`${url}/asterisk/media?call=1`, { authorization: `Basic ${btoa('asterisk:wrong')}` })).toBe(401);
  expect(await upgrade(`${url}/asterisk/media?side=agent`, { authorization: `Basic ${btoa(`asterisk:${KEYS.asterisk}`)}` })).toBe(401); // prettier-ignore
});

test('sound before the start, of other streams and other calls costs itself; too much of it, its connection', async () => {
  const { url, under, asOwner } = await start();
  const [good, bad, other] = [newCall(), newCall(), newCall()];
  const heard = new WebhookPlayer(plivoScript(KEYS.plivo), good, address(url));
  await heard.connect();
  const wicked = new WebhookPlayer(signalwireScript(KEYS.signalwire), bad, address(url));
  await wicked.connect();
  // Packets of a stream that nobody has begun.
  for (let i = 0; i < 101; i++) wicked.wire!.send(JSON.stringify({ event: 'media', streamSid: 'x', media: { track: 'inbound', payload: 'AAAA' } })); // prettier-ignore
  expect(await wicked.wire!.closed()).toBe(4400);
  // A ticket of one call, used for another.
  const script = telnyxScript(KEYS.telnyx);
  const liar = new WebhookPlayer({ ...script, start: () => script.start(other, ['inbound']) }, newCall(), address(url));
  await liar.connect();
  expect(await liar.wire!.closed()).toBe(4403);
  // A message that is far too large.
  const large = new WebhookPlayer(telnyxScript(KEYS.telnyx), newCall(), address(url));
  await large.connect();
  large.wire!.send('x'.repeat(70_000));
  expect(await large.wire!.closed()).toBe(1009);
  await speak(heard, served!);
  await heard.hangUp();
  await under.until('the good call is over', async () => (await asOwner(`/calls/${good.callId}/report.json`)).ok);
  const report = (await (await asOwner(`/calls/${good.callId}/report.json`)).json()) as {
    speakers: { segments: number }[];
  };
  expect(report.speakers).toMatchObject([{ speaker: CUSTOMER, segments: 1 }]);
  expect(under.faults()).toBe('');
});

test('the agent is heard by an explicit switch, written down, and where the law’s switch is on too', async () => {
  const both = async (settings: object, consent: object) => {
    const { url, under, asOwner } = await start(settings, { consent: { mode: 'announce', ...consent } });
    const call = newCall();
    const carrier = new WebhookPlayer(signalwireScript(KEYS.signalwire), call, address(url), ['inbound', 'outbound']);
    await carrier.connect();
    await speak(carrier, served!);
    await carrier.hangUp();
    await under.until('the call is over', async () => (await asOwner(`/calls/${call.callId}/report.json`)).ok);
    const report = (await (await asOwner(`/calls/${call.callId}/report.json`)).json()) as {
      speakers: { role: string }[];
    };
    const log = under.lines.join('\n');
    await served!.close();
    return { roles: report.speakers.map(({ role }) => role).sort(), isLogged: log.includes('agents are heard too') };
  };
  const law = { allowWorkplaceAndEducation: true, legalNotice: 'a test' };
  expect(await both({}, law)).toEqual({ roles: ['customer'], isLogged: false });
  expect(await both({ hearAgents: true }, {})).toEqual({ roles: ['customer'], isLogged: true });
  expect(await both({ hearAgents: true }, law)).toEqual({ roles: ['customer', 'employee'], isLogged: true });
});

test('a report is for its owner, as JSON and as a picture, and without those who withdrew since', async () => {
  const { url, under, asOwner, posted } = await start();
  const call = newCall();
  const genesys = new GenesysPlayer(call, address(url), KEYS.genesys);
  await genesys.connect();
  await speak(genesys, served!);
  await genesys.hangUp();
  expect(genesys.entities).toMatchObject([{ type: 'undertone.emotion' }, { type: 'undertone.summary', data: { callId: call.callId } }]); // prettier-ignore
  await under.until('the report is there', async () => (await asOwner(`/calls/${call.callId}/report.json`)).ok);
  expect((await fetch(`${url}/calls/${call.callId}/report.json`)).status).toBe(401);
  const picture = await asOwner(`/calls/${call.callId}/report.png`);
  expect(picture.headers.get('content-type')).toBe('image/png');
  expect(
    Buffer.from(await picture.arrayBuffer())
      .subarray(1, 4)
      .toString(),
  ).toBe('PNG');
  expect((await asOwner(`/calls/${randomUUID()}/report.json`)).status).toBe(404);
  expect((await asOwner('/calls/%zz/report.json')).status).toBe(404);
  await under.until('it is posted', async () => {
    await under.host.writes.flush();
    await under.host.outbox.drain();
    return posted.size >= 2;
  });
  await under.host.consent.withdraw({ platform: 'telephony', space: LINE, speaker: CUSTOMER }, { by: 'a test' });
  const report = (await (await asOwner(`/calls/${call.callId}/report.json`)).json()) as object;
  expect(report).toMatchObject({ speakers: [], shares: {} });
});

test('hundreds of connections that say nothing keep no call out', async () => {
  const { url, plugin, under, asOwner } = await start();
  const port = plugin.audioSocketPort!;
  const idle: Socket[] = [];
  for (let i = 0; i < 400; i++) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined).resume();
    idle.push(socket);
  }
  await once(idle.at(-1)!, 'connect');
  const call = newCall();
  const carrier = player('audiosocket', call, url, plugin);
  await carrier.connect();
  await speak(carrier, served!);
  await carrier.hangUp();
  await under.until('the call is over', async () => (await asOwner(`/calls/${call.callId}/report.json`)).ok);
  await under.until('no more than a hundred are left', () => idle.filter(({ closed }) => !closed).length <= 100);
  // Who nobody announced, who comes with no UUID, and who cuts one short.
  for (const bytes of [
    audioSocketMessage(1, uuidBytes(randomUUID())),
    audioSocketMessage(0x10, Buffer.alloc(320)),
    Buffer.from('GET / HTTP/1.1\r\n\r\n'.repeat(4096)),
  ]) {
    // prettier-ignore
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined).resume();
    socket.write(bytes);
    await new Promise((resolve) => socket.once('close', resolve));
  }
  for (const socket of idle) socket.destroy();
  expect(under.faults()).toBe('');
}, 60_000);

test('a UUID is announced by its owner, for a dialect that is served so', async () => {
  const { url } = await start();
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const token = { authorization: `Bearer ${KEYS.token}` };
  expect((await ask(`${url}/announce`, { headers: form, body: 'customer=%2B1' })).status).toBe(401);
  expect((await ask(`${url}/announce`, { headers: { ...form, authorization: 'Bearer x' } })).status).toBe(401);
  expect((await ask(`${url}/announce`, { headers: { ...form, ...token }, body: 'dialect=genesys' })).status).toBe(400);
  expect((await ask(`${url}/announce`, { headers: { ...form, ...token }, body: 'colour=red' })).status).toBe(400);
  expect((await ask(`${url}/announce`, { headers: { ...form, ...token }, body: 'side=agent' })).status).toBe(403);
  const plain = await ask(`${url}/announce`, { headers: { ...form, ...token }, body: 'customer=%2B1' });
  expect(plain.body).toMatch(/^[0-9a-f-]{36}$/);
  const json = { 'content-type': 'application/json', ...token };
  const answer = await ask(`${url}/announce`, { headers: json, body: '{"dialect":"vonage","call":"c"}' });
  expect(JSON.parse(answer.body)).toEqual({
    id: expect.any(String),
    url: expect.stringMatching(/^wss:\/\/voice\.example\.org\/telephony\/vonage\/stream\/[0-9a-f-]{36}$/),
  });
});

test('two streams of Asterisk, one a side, are one call', async () => {
  const law = { allowWorkplaceAndEducation: true, legalNotice: 'a test' };
  const { url, plugin, under, asOwner } = await start({ hearAgents: true }, { consent: { mode: 'announce', ...law } });
  const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization: `Bearer ${KEYS.token}` };
  const sockets: Socket[] = [];
  for (const side of ['customer', 'agent']) {
    const { body } = await ask(`${url}/announce`, {
      headers,
      body: `call=c1&customer=%2B15550001111&line=%2B2&side=${side}&agent=a7`,
    });
    const socket = connect(plugin.audioSocketPort!, '127.0.0.1').resume();
    socket.write(audioSocketMessage(KIND.uuid, uuidBytes(body)));
    socket.write(audioSocketMessage(KIND.audio, Buffer.alloc(320)));
    sockets.push(socket);
  }
  await under.until('both are heard', () => under.tracks.length === 2);
  const size = 160;
  sockets.forEach((socket, at) => {
    const sound = resample(voice(3, 150 + 80 * at), 16_000, 8_000);
    for (let from = 0; from < sound.length; from += size) {
      socket.write(audioSocketMessage(KIND.audio, encodeL16(sound.subarray(from, from + size))));
    }
  });
  sockets[0]!.end(audioSocketMessage(KIND.hangup));
  await under.until('the customer has gone', () => sockets[0]!.closed);
  expect((await asOwner('/calls/c1/report.json')).status).toBe(404);
  sockets[1]!.end(audioSocketMessage(KIND.hangup));
  await under.until('the call is over', async () => (await asOwner('/calls/c1/report.json')).ok);
  const report = (await (await asOwner('/calls/c1/report.json')).json()) as CallReport;
  expect(under.sessions).toHaveLength(1);
  expect(report.speakers.map(({ speaker, role, segments }) => [speaker, role, segments]).sort()).toEqual([
    ['+15550001111', 'customer', 1],
    ['a7', 'employee', 1],
  ]);
});

test('tickets are one’s own, of one dialect, for a time, and never too many', () => {
  let now = 0;
  const tickets = new Tickets(() => now);
  const first = tickets.issue({ dialect: 'plivo', callId: 'c' });
  const second = tickets.issue({ dialect: 'plivo', callId: 'c' });
  expect(tickets.redeem(first, 'plivo')).toBeUndefined();
  expect(tickets.redeem(second, 'telnyx')).toBeUndefined();
  expect(tickets.redeem(second, 'plivo')).toMatchObject({ callId: 'c' });
  expect(tickets.redeem(second, 'plivo')).toBeUndefined();
  const old = tickets.issue({ dialect: 'plivo', callId: 'd' });
  now += 300_001;
  expect(tickets.redeem(old, 'plivo')).toBeUndefined();
  const oldest = tickets.issue({ dialect: 'plivo' });
  for (let i = 0; i < 10_000; i++) tickets.issue({ dialect: 'plivo' });
  expect(tickets.redeem(oldest, 'plivo')).toBeUndefined();
  const used = new Once();
  expect([used.isNew('a'), used.isNew('a'), used.isNew('b')]).toEqual([true, false, true]);
});

test('who begins nothing in time is cut off; a fault of ours is not swallowed', () => {
  jest.useFakeTimers();
  try {
    const closed: number[] = [];
    const parts = { desk: {} as unknown as CallDesk, announced: { dialect: 'plivo' }, close: (code: number) => closed.push(code) } as const; // prettier-ignore
    const other: StreamDialect = { read: (): readonly StreamEvent[] => [{ type: 'other' }] };
    const stream = new CallStream({ ...parts, dialect: other });
    stream.take(new Uint8Array(1), true);
    jest.advanceTimersByTime(9_999);
    expect(closed).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(closed).toEqual([4408]);
    const broken = new CallStream({ ...parts, dialect: { read: () => { throw new TypeError('ours'); } } }); // prettier-ignore
    expect(() => {
      broken.take(new Uint8Array(1), true);
    }).toThrow(TypeError);
  } finally {
    jest.useRealTimers();
  }
});
