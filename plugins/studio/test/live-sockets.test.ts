// Pages on real sockets: what they may, what they may not, and what is left of one that goes.
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WebSocket, type RawData } from 'ws';
import { newStorePath, serveHost, type TestServer } from '../../../test/helpers/host.ts';
import { buzz, whiteNoise } from '../../../test/helpers/signals.ts';
import { Studio } from '../src/index.ts';
import { encodePacket, offeredProtocols, type StartMessage, type StudioMessage } from '../src/protocol.ts';

const TOKENS = { viewer: 'v'.repeat(32), moderator: 'm/+'.repeat(11), admin: 'a'.repeat(32) };
const RATE = 16_000;
const PACKET = 320;
const SPACE = { platform: 'studio', space: 'studio' };

let server: TestServer;

beforeAll(async () => {
  const environment = {
    UNDERTONE_VIEWER_TOKEN: TOKENS.viewer,
    UNDERTONE_MODERATOR_TOKEN: TOKENS.moderator,
    UNDERTONE_ADMIN_TOKEN: TOKENS.admin,
  };
  const config = {
    consent: { mode: 'opt-in' as const },
    http: { allowedOrigins: ['https://board.example'] },
    plugins: { studio: { mostPages: 3, heartbeatMs: 300 } },
  };
  server = await serveHost(newStorePath(), [new Studio()], config, environment);
});

afterAll(async () => {
  await server.close();
});

interface Ways {
  readonly token?: string | null;
  readonly origin?: string;
  readonly host?: string;
  readonly path?: string;
}

/** A page's socket, with all that was said to it. */
class Page {
  readonly socket: WebSocket;
  readonly said: StudioMessage[] = [];

  constructor({ token = TOKENS.moderator, origin = server.url, host, path = '/plugins/studio/live' }: Ways = {}) {
    const protocols = token === null ? [] : offeredProtocols(token);
    const headers = host === undefined ? {} : { host };
    this.socket = new WebSocket(server.url.replace('http', 'ws') + path, protocols, { origin, headers });
    this.socket.on('message', (data: RawData) => {
      this.said.push(JSON.parse((data as Buffer).toString()) as StudioMessage);
      this.socket.emit('said');
    });
  }

  /** The status with which the connection was refused. */
  async refusal(): Promise<number | undefined> {
    const [error] = (await once(this.socket, 'error').catch((cause: unknown) => [cause])) as [Error];
    return Number(/Unexpected server response: (\d+)/.exec(error.message)?.[1]);
  }

  async open(): Promise<this> {
    if (this.socket.readyState !== WebSocket.OPEN) await once(this.socket, 'open');
    return this;
  }

  async start(speakers: StartMessage['speakers'], source: StartMessage['source'] = 'recording'): Promise<string> {
    this.said.length = 0;
    this.say({ type: 'start', source, title: 'a test', rateHz: 16_000, speakers });
    const { sessionId } = (await this.heard('started')) as { sessionId: string };
    return sessionId;
  }

  say(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  play(sound: Float32Array, speaker = 0): void {
    for (let at = 0, sequence = 0; at + PACKET <= sound.length; at += PACKET, sequence++) {
      const samples = Int16Array.from(sound.subarray(at, at + PACKET), (sample) => Math.round(sample * 32_767));
      const payload = new Uint8Array(samples.buffer);
      this.socket.send(encodePacket({ speaker, sequence, timestamp: at, payload }));
    }
  }

  /** The next message that is like that. */
  async heard(type: StudioMessage['type'], of?: string): Promise<StudioMessage> {
    const isIt = (message: StudioMessage): boolean =>
      message.type === type && (of === undefined || (message.type === 'event' && message.event.type === of));
    while (!this.said.some(isIt)) await once(this.socket, 'said');
    return this.said.find(isIt)!;
  }

  async closed(): Promise<number> {
    const [code] = (await once(this.socket, 'close')) as [number];
    return code;
  }

  async leave(): Promise<void> {
    const closed = this.closed();
    this.socket.close();
    await closed;
  }
}

/** A voice that speaks after a pause, in a quiet room. */
function voice(seconds: number): Float32Array {
  const sound = whiteNoise(Math.round((seconds + 1.5) * RATE), 7, 1e-4);
  buzz(seconds, RATE).forEach((sample, i) => (sound[RATE / 2 + i]! += sample));
  return sound;
}

test.each<[string, Ways, number]>([
  ['no token', { token: null }, 401],
  ['a token that nobody knows', { token: 'x'.repeat(32) }, 401],
  ['a token that may only look', { token: TOKENS.viewer }, 403],
  ['a page of another origin', { origin: 'https://evil.example' }, 403],
  ['a name that was pointed at this machine', { host: 'evil.example', origin: 'http://evil.example' }, 403],
  ['another place', { path: '/plugins/studio/other' }, 404],
])('refuses %s before it is a connection', async (_, ways, status) => {
  expect(await new Page(ways).refusal()).toBe(status);
});

test('a page of an allowed origin may, and a program with the token in its header', async () => {
  await (await new Page({ origin: 'https://board.example' }).open()).leave();
  const headers = { authorization: `Bearer ${TOKENS.admin}` };
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/plugins/studio/live`, { headers });
  await once(socket, 'open');
  socket.close();
  await once(socket, 'close');
});

test('a recording is heard, said, and kept under the consent that is in the ledger', async () => {
  const page = await new Page().open();
  const id = await page.start([{ id: 'rec:0', name: 'Voice' }]);
  page.play(voice(2.5));
  page.say({ type: 'stop' });
  await page.heard('event', 'summary');
  expect(page.said.find(({ type }) => type === 'began')).toEqual({ type: 'began', speaker: 0, atMs: 0 });
  const events = page.said.flatMap((message) => (message.type === 'event' ? [message.event] : []));
  const segment = events.find((event) => event.type === 'emotion' && event.of === 'segment');
  expect(segment).toMatchObject({ speaker: 'rec:0', sessionId: id });
  expect(segment?.type === 'emotion' && segment.startMs).toBeLessThan(800);
  expect(events.map(({ type }) => type)).toContain('speechStart');

  await server.host.writes.flush();
  const record = await server.host.store.session(id);
  expect(record).toMatchObject({ session: { title: 'a test', metadata: { source: 'recording' }, state: 'ended' } });
  expect(record!.segments).toHaveLength(1);
  const log = await server.host.store.consentLog({ ...SPACE, speaker: 'rec:0' });
  expect(log.at(-1)).toMatchObject({ action: 'grant', by: 'studio', detail: expect.stringContaining('recording') });
  await page.leave();
});

test('who is forgotten is forgotten, after the session too', async () => {
  const page = await new Page().open();
  const id = await page.start([{ id: 'b:61', name: 'Anna' }]);
  page.play(voice(1.5));
  page.say({ type: 'stop' });
  await page.heard('event', 'summary');
  page.say({ type: 'forget' });
  await page.heard('forgotten');
  await server.host.writes.flush();
  const record = await server.host.store.session(id);
  expect([record?.tracks ?? [], record?.segments ?? []]).toEqual([[], []]);
  expect(JSON.stringify(record ?? null)).not.toContain('Anna');
  // What holds of the consent is under a hash from now on.
  expect(await server.host.store.consentLog({ ...SPACE, speaker: 'b:61' })).not.toContainEqual(
    expect.objectContaining({ action: 'grant', speaker: 'b:61' }),
  );
  // Whoever agrees anew is heard anew.
  expect(await page.start([{ id: 'b:61', name: 'Anna' }])).not.toBe(id);
  await page.leave();
});

test.each<[string, (page: Page) => void, number, string | null]>([
  ['no JSON', ({ socket }) => { socket.send('{"type":'); }, 1008, 'BAD_MESSAGE'], // prettier-ignore
  ['an unknown message', (page) => { page.say({ type: 'sing' }); }, 1008, 'BAD_MESSAGE'], // prettier-ignore
  ['a binary message that is no packet', ({ socket }) => { socket.send(Buffer.alloc(5)); }, 1008, 'BAD_PACKET'], // prettier-ignore
  ['a packet of somebody who is not there', (page) => { page.play(voice(0.1), 7); }, 1008, 'BAD_PACKET'], // prettier-ignore
  ['a second start', (page) => { void page.start([{ id: 'x', name: 'X' }]).catch(() => undefined); }, 1008, 'STARTED_ALREADY'], // prettier-ignore
  ['ten megabytes at once', ({ socket }) => { socket.send(Buffer.alloc(10 * 1024 * 1024)); }, 1009, null], // prettier-ignore
])('%s costs the page its connection, and the session is ended and kept', async (_, misbehave, code, problem) => {
  const page = await new Page().open();
  const id = await page.start([{ id: 'rec:1', name: 'Voice' }]);
  const closed = page.closed();
  misbehave(page);
  page.socket.on('error', () => undefined);
  expect(await closed).toBe(code);
  const said = page.said.find(({ type }) => type === 'problem');
  expect(said ?? null).toEqual(
    problem === null ? null : { type: 'problem', code: problem, message: expect.any(String) },
  );
  await ended(id);
});

/** Waits until a session is over, and kept as that. */
async function ended(id: string): Promise<void> {
  // To end what is ending gives the same promise.
  await server.host.engine.sessions.get(id)?.end();
  await server.host.writes.flush();
  expect(await server.host.store.session(id)).toMatchObject({ session: { state: 'ended' } });
}

test('packets that come when the session is over are let pass', async () => {
  const page = await new Page().open();
  await page.start([{ id: 'rec:2', name: 'Voice' }]);
  page.say({ type: 'stop' });
  page.play(voice(0.5));
  await page.heard('event', 'summary');
  page.socket.ping();
  await once(page.socket, 'pong');
  expect(page.said.map(({ type }) => type)).not.toContain('problem');
  await page.leave();
});

test('a page that sends faster than may be is held back, not cut off, and goes when it wants', async () => {
  const page = await new Page().open();
  const id = await page.start([{ id: 'rec:3', name: 'Voice' }]);
  const sound = voice(40);
  page.play(sound);
  page.say({ type: 'stop' });
  const { event } = (await page.heard('event', 'summary')) as { event: { summary: { durationMs: number } } };
  expect(event.summary.durationMs).toBeGreaterThan(39_000);
  expect(page.said.some((message) => message.type === 'event' && message.event.type === 'gap')).toBe(false);

  await page.start([{ id: 'rec:3', name: 'Voice' }]);
  page.play(sound);
  await page.leave();
  await ended(id);
});

test('a page that does not answer any more is let go, and its session is ended', async () => {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  const key = Buffer.alloc(16).toString('base64');
  socket.write(
    `GET /plugins/studio/live HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nOrigin: ${server.url}\r\n` +
      `Sec-WebSocket-Protocol: ${offeredProtocols(TOKENS.moderator).join(', ')}\r\n\r\n`,
  );
  socket.resume();
  await once(socket, 'close');
});

test('more pages than may be are told so, and a gap when one goes', async () => {
  const pages = [await new Page().open(), await new Page().open(), await new Page().open()];
  expect(await new Page().refusal()).toBe(503);
  await pages[0]!.leave();
  await (await new Page().open()).leave();
  await pages[1]!.leave();
  await pages[2]!.leave();
});

test('nobody is named in the log', () => {
  expect(server.lines.join('\n')).not.toMatch(/Anna|rec:|b:61/);
});
