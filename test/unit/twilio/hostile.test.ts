// What others than Twilio send, and what Twilio never should: refused or bounded, and no other call is the worse for it.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import twilio from 'twilio';
import { WebSocket } from 'ws';
import { newSid, postWebhook } from '../../../plugins/twilio/src/simulator/simulated-call.ts';
import { twilioPlugin } from '../../../plugins/twilio/src/index.ts';
import { startHost, newStorePath } from '../../helpers/host.ts';
import { startTwilio, until, CUSTOMER, LINE, type TwilioWorld } from '../../fakes/twilio/start.ts';
import { syntheticSpeech } from '../../fakes/twilio/speech.ts';

jest.setTimeout(60_000);

let world: TwilioWorld;
let streamUrl: string;
const sound = { inbound: syntheticSpeech(1) };

beforeAll(async () => {
  world = await startTwilio({ settings: () => ({ stream: { idleSeconds: 2, most: 40 } }) });
  streamUrl = `${world.server.url.replace('http', 'ws')}/twilio/stream`;
});

afterAll(() => world.close());

const signed = (url: string, token = world.authToken): Record<string, string> => ({
  'x-twilio-signature': twilio.getExpectedTwilioSignature(token, url, {}),
});

async function open(url = streamUrl, headers = signed(url)): Promise<WebSocket> {
  const socket = new WebSocket(url, { headers });
  socket.on('error', () => undefined);
  await once(socket, 'open');
  return socket;
}

/** The status with which an upgrade is refused. */
async function refusal(url: string, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(url, { headers });
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
  socket.on('error', () => undefined).terminate();
  return response.statusCode;
}

const closeCode = async (socket: WebSocket): Promise<number> => ((await once(socket, 'close')) as [number])[0];

function startOf(callSid: string, more: object = {}): string {
  const start = { accountSid: world.api.accountSid, streamSid: 'MZ1', callSid, tracks: ['inbound'], customParameters: {}, mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 }, ...more }; // prettier-ignore
  return JSON.stringify({ event: 'start', sequenceNumber: '1', streamSid: 'MZ1', start });
}

function mediaOf(more: object = {}, streamSid = 'MZ1'): string {
  const media = { track: 'inbound', chunk: '1', timestamp: '0', payload: sound.inbound[0], ...more };
  return JSON.stringify({ event: 'media', sequenceNumber: '2', streamSid, media });
}

/** A call that rings, so that a stream of it would be taken. */
async function ring(callSid = newSid('CA')): Promise<string> {
  const form = { CallSid: callSid, AccountSid: world.api.accountSid, From: CUSTOMER, To: LINE, Direction: 'inbound' };
  await postWebhook(`${world.server.url}/twilio/voice`, form, world.authToken);
  return callSid;
}

/** A call of somebody else goes well. */
async function expectOthersWell(): Promise<void> {
  expect(await world.call({ sound, speed: 40 })).toMatchObject({ closeCode: 1000, frames: sound.inbound.length });
}

test('webhooks without a signature, with a wrong one, of another account, and with changed fields', async () => {
  const url = `${world.server.url}/twilio/voice`;
  const form = { CallSid: newSid('CA'), AccountSid: world.api.accountSid, From: CUSTOMER, To: LINE };
  const status = async (
    headers: Record<string, string>,
    fields: Record<string, string> = form,
    to = url,
  ): Promise<number> => (await fetch(to, { method: 'POST', body: new URLSearchParams(fields), headers })).status;
  const signature = (fields: Record<string, string>, token = world.authToken, of = url): Record<string, string> => ({
    'x-twilio-signature': twilio.getExpectedTwilioSignature(token, of, fields),
  });
  expect(await status(signature(form))).toBe(200);
  expect(await status({})).toBe(403);
  expect(await status({ 'x-twilio-signature': 'A'.repeat(5000) })).toBe(403);
  expect(await status(signature(form, 'another'))).toBe(403);
  expect(await status(signature(form), { ...form, From: '+15550009999' })).toBe(403);
  expect(await status(signature(form), form, `${url}?taskSid=WT1`)).toBe(403);
  const other = { ...form, AccountSid: newSid('AC') };
  expect(await status(signature(other), other)).toBe(400);
  for (const path of ['status', 'recording', 'consent'])
    expect(await status({}, form, url.replace('voice', path))).toBe(403);
  expect((await fetch(url, { headers: signature({}) })).status).toBe(405);
  expect(await status(signature(form), form, url.replace('voice', 'nothing'))).toBe(404);
  await expectOthersWell();
});

test('upgrades without a signature, with a wrong one, elsewhere, and replayed', async () => {
  expect(await refusal(streamUrl, {})).toBe(401);
  expect(await refusal(streamUrl, signed(streamUrl, 'another'))).toBe(401);
  expect(await refusal(streamUrl, signed(`${streamUrl}s`))).toBe(401);
  expect(await refusal(streamUrl.replace('stream', 'other'), signed(streamUrl))).toBe(404);
  const callSid = await ring();
  const first = await open();
  first.send(startOf(callSid));
  await until(() => world.host.engine.sessions.size === 1);
  // The same upgrade, the same start, while the first goes on and after it.
  for (const isOver of [false, true]) {
    if (isOver) {
      first.close();
      await until(() => world.host.engine.sessions.size === 0);
    }
    const again = await open();
    again.send(startOf(callSid));
    expect(await closeCode(again)).toBe(1008);
  }
});

test.each([
  ['media before the start', () => [mediaOf()]],
  ['a call that nobody knows', () => [startOf(newSid('CA'))]],
  ['a second start', async () => [startOf(await ring()), startOf(await ring())]],
  ['another account', async () => [startOf(await ring(), { accountSid: newSid('AC') })]],
  ['what is no JSON, again and again', () => Array.from({ length: 101 }, () => '{"event":')],
  ['bytes, again and again', () => Array.from({ length: 101 }, () => Buffer.alloc(100))],
] as [string, () => (string | Buffer)[] | Promise<(string | Buffer)[]>][])('%s', async (_, messages) => {
  const socket = await open();
  const closed = closeCode(socket);
  for (const message of await messages()) socket.send(message);
  expect(await closed).toBe(1008);
  await expectOthersWell();
});

test('a frame that is too large', async () => {
  const socket = await open();
  const closed = closeCode(socket);
  socket.send(' '.repeat(100_000));
  expect(await closed).toBe(1009);
});

test('odd payloads, tracks, streams and numbers cost themselves alone', async () => {
  const socket = await open();
  const callSid = await ring();
  socket.send(startOf(callSid));
  const odd: object[] = [
    ...[{ payload: '' }, { payload: '%%%%' }, { payload: 'AAA' }, { payload: 7 }, { payload: 'A'.repeat(20_000) }],
    ...[{ track: 'sideways' }, { track: 'outbound' }, { chunk: '-1' }, { chunk: 'x' }, { timestamp: '1e99' }],
  ];
  for (const media of odd) socket.send(mediaOf(media));
  socket.send(mediaOf({}, 'MZ2'));
  socket.send(JSON.stringify({ event: 'dtmf', dtmf: { digit: '12' } }));
  socket.send(JSON.stringify({ event: 'constructor' }));
  socket.send(JSON.stringify(null));
  sound.inbound.forEach((payload, index) => {
    socket.send(mediaOf({ payload, chunk: `${index + 1}`, timestamp: `${20 * index}` }));
  });
  socket.send(JSON.stringify({ event: 'stop', streamSid: 'MZ1', stop: { callSid } }));
  expect(await closeCode(socket)).toBe(1000);
  await until(() => world.host.engine.sessions.size === 0);
  await world.host.writes.flush();
  const { sessions } = await world.host.store.sessions();
  expect(sessions.find(({ metadata }) => metadata.callSid === callSid)?.summary?.speakers).toMatchObject([
    { segments: 1 },
  ]);
});

test('half-open streams end their calls; connections that never speak find no room, and lose it', async () => {
  const callSid = await ring();
  const dead = await open();
  dead.send(startOf(callSid));
  await until(() => world.host.engine.sessions.size === 1);
  const silent = await Promise.all(Array.from({ length: 39 }, () => open()));
  expect(await refusal(streamUrl, signed(streamUrl))).toBe(503);
  await until(() => world.host.engine.sessions.size === 0);
  await expectOthersWell();
  await until(() => silent.every((socket) => socket.readyState === WebSocket.CLOSED));
});

test('of 10,000 connections that never speak a thousand are held, and nobody else is kept out', async () => {
  const { hostname, port } = new URL(world.server.url);
  const sockets: Socket[] = [];
  const held = (): number => sockets.filter(({ closed }) => !closed).length;
  const before = process.memoryUsage().rss;
  try {
    for (let i = 0; i < 10_000; i++) {
      const socket = connect(Number(port), hostname).resume();
      sockets.push(socket);
      // One by one: Node lets in one connection each time that it looks, and from a full queue the system sends them away.
      await new Promise((resolve) => socket.once('connect', resolve).once('error', resolve));
      if (i === 5_000) await expectOthersWell();
    }
    await expectOthersWell();
    await until(() => held() <= 1_000);
    // Both ends of what is held are in this process.
    expect(process.memoryUsage().rss - before).toBeLessThan(256 * 2 ** 20);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
});

test('a reader who sends pings and takes no answer is dropped', async () => {
  const { hostname, port, host } = new URL(world.server.url);
  const socket = connect(Number(port), hostname).on('error', () => undefined);
  const headers = { ...signed(streamUrl), Host: host, Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==' }; // prettier-ignore
  socket.write(`GET /twilio/stream HTTP/1.1\r\n${Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`); // prettier-ignore
  // Masked pings of 125 bytes, whose answers nobody reads.
  const ping = Buffer.concat([Buffer.from([0x89, 0xfd, 0, 0, 0, 0]), Buffer.alloc(125)]);
  const pings = Buffer.concat(Array.from({ length: 500 }, () => ping));
  let answer = '';
  socket.once('data', (data: Buffer) => {
    answer = data.toString();
    socket.pause();
  });
  await until(() => answer !== '');
  expect(answer).toMatch(/^HTTP\/1.1 101 /);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const timer = setInterval(() => {
    if (socket.writableLength < 1e6) for (let i = 0; i < 20; i++) socket.write(pings);
  }, 5);
  await closed;
  clearInterval(timer);
  await expectOthersWell();
});

test('without a token the host refuses to start, unless it is told to believe everybody on this machine', async () => {
  const config = { plugins: { twilio: { then: [{ pause: 60 }] } } };
  const start = (environment: Record<string, string>, more: object = {}) =>
    startHost(newStorePath(), [twilioPlugin()], { ...config, ...more }, environment);
  await expect(start({})).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('TWILIO_AUTH_TOKEN') }); // prettier-ignore
  await expect(start({ TWILIO_AUTH_TOKEN: 'x' })).rejects.toThrow('publicUrl');
  await expect(start({ TWILIO_AUTH_TOKEN: 'x', TWILIO_PUBLIC_URL: 'http://calls.example.org' })).rejects.toThrow(
    'https',
  );
});
