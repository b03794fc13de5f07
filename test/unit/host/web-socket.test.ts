// WebSockets as plugins take them, over real sockets, with peers that mean no good.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { acceptWebSocket, type PluginSocket, type WebSocketOptions } from '../../../src/host/index.ts';

let server: Server;
let accepted: (PluginSocket | undefined)[];
let errors: unknown[];
let closed: Promise<number>;

/** A server that takes WebSockets and sends back what they say. @returns its port */
async function serve(options: Partial<WebSocketOptions> = {}): Promise<number> {
  accepted = [];
  errors = [];
  let sayClosed: (code: number) => void;
  closed = new Promise((resolve) => (sayClosed = resolve));
  server = createServer().on('upgrade', (request, socket, head) => {
    const own = acceptWebSocket(request, socket, head, {
      authorise: ({ headers }) => headers.authorization === 'Bearer right',
      onMessage: (data, isBinary) => own?.send(isBinary ? data : data.toString()),
      onError: (cause) => errors.push(cause),
      ...options,
      onClose(code) {
        sayClosed(code);
        options.onClose?.(code);
      },
    });
    accepted.push(own);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

afterEach(() => {
  for (const socket of accepted) socket?.terminate();
  server.close();
});

const RIGHT = { authorization: 'Bearer right' };

async function peerOf(port: number, headers: Record<string, string> = RIGHT): Promise<WebSocket> {
  const peer = new WebSocket(`ws://127.0.0.1:${port}/`, { headers });
  peer.on('error', () => undefined);
  await new Promise((resolve) => peer.once('open', resolve).once('close', resolve));
  return peer;
}

/** Asks for an upgrade by hand, and reads nothing of what comes after the answer. */
async function silentPeer(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  const headers = { ...RIGHT, 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${lines.join('')}\r\n`);
  await once(socket, 'data');
  socket.pause();
  return socket;
}

test('text and bytes go both ways, and a goodbye is said', async () => {
  const peer = await peerOf(await serve());
  peer.send('hello');
  expect(await once(peer, 'message')).toEqual([Buffer.from('hello'), false]);
  peer.send(Uint8Array.of(1, 2));
  expect(await once(peer, 'message')).toEqual([Buffer.of(1, 2), true]);
  accepted[0]!.close(4000, 'enough');
  expect(await once(peer, 'close')).toEqual([4000, Buffer.from('enough')]);
  expect(await closed).toBe(4000);
  expect(accepted[0]!.isOpen).toBe(false);
  accepted[0]!.send('to nobody');
  accepted[0]!.close();
  accepted[0]!.terminate();
  expect(errors).toEqual([]);
});

test.each([
  ['no token', {}, 401],
  ['a wrong token', { authorization: 'Bearer wrong' }, 401],
  ['another origin', { ...RIGHT, origin: 'https://evil.example' }, 403],
  ['origin null', { ...RIGHT, origin: 'null' }, 403],
  ['its own origin', { ...RIGHT, origin: 'http://own.example', host: 'own.example' }, 101],
  ['an allowed origin', { ...RIGHT, origin: 'https://board.example' }, 101],
])('%s', async (_, headers, status) => {
  const port = await serve({ allowedOrigins: ['https://board.example'] });
  const peer = new WebSocket(`ws://127.0.0.1:${port}/`, { headers });
  peer.on('error', () => undefined);
  const answered = new Promise<number>((resolve) => {
    peer.once('unexpected-response', (request, response) => {
      request.destroy();
      resolve(response.statusCode!);
    });
    peer.once('open', () => {
      resolve(101);
    });
  });
  expect(await answered).toBe(status);
  expect(accepted.map((socket) => socket?.isOpen)).toEqual([status === 101 ? true : undefined]);
  peer.terminate();
});

test('a refusal has the status that the plugin gives it', async () => {
  const port = await serve({ authorise: () => 503 });
  const peer = new WebSocket(`ws://127.0.0.1:${port}/`);
  const [error] = (await once(peer, 'error')) as [Error];
  expect(error.message).toBe('Unexpected server response: 503');
  expect(accepted).toEqual([undefined]);
});

test('a plugin may look at origins by itself', async () => {
  const port = await serve({ allowedOrigins: 'any' });
  expect((await peerOf(port, { ...RIGHT, origin: 'https://board.example' })).readyState).toBe(WebSocket.OPEN);
  expect((await peerOf(port, { origin: 'https://board.example' })).readyState).toBe(WebSocket.CLOSED);
});

test.each([
  ['the one', ['own', 'other'], 'own'],
  ['not the first', ['other', 'own'], 'own'],
  ['none', [], ''],
])('of the subprotocols that a peer offers, the plugin’s is answered: %s', async (_, offered, answered) => {
  const port = await serve({ subprotocol: 'own' });
  const peer = new WebSocket(`ws://127.0.0.1:${port}/`, offered, { headers: RIGHT });
  await once(peer, 'open');
  expect(peer.protocol).toBe(answered);
});

test('while a plugin pauses its peer is held back, loses nothing, and is not taken for dead', async () => {
  const PAUSE_MS = 200;
  const COUNT = 200;
  let seen = 0;
  const port = await serve({
    pingMs: 50,
    onMessage(data) {
      const own = accepted[0]!;
      if (seen++ === 0) {
        own.pause();
        setTimeout(() => {
          own.resume();
        }, PAUSE_MS);
      }
      if (data.toString() === 'last') own.send(String(seen));
    },
  });
  const peer = await peerOf(port);
  const begun = performance.now();
  // More than one read of a socket brings.
  for (let i = 0; i < COUNT; i++) peer.send(Buffer.alloc(60_000));
  peer.send('last');
  const [answer] = (await once(peer, 'message')) as [Buffer];
  expect(answer.toString()).toBe(String(COUNT + 1));
  expect(performance.now() - begun).toBeGreaterThan(PAUSE_MS - 5);
});

test('an authorisation that throws is a no', async () => {
  const cause = new Error('of anna');
  const port = await serve({
    authorise: () => {
      throw cause;
    },
  });
  expect((await peerOf(port)).readyState).toBe(WebSocket.CLOSED);
  expect(errors).toEqual([cause]);
});

test('a message of 10 MB ends its own connection', async () => {
  const port = await serve();
  const [peer, other] = [await peerOf(port), await peerOf(port)];
  peer.send(Buffer.alloc(10 * 2 ** 20));
  expect((await once(peer, 'close'))[0]).toBe(1009);
  other.send('still here');
  expect(await once(other, 'message')).toEqual([Buffer.from('still here'), false]);
});

test('frames that are none end the connection', async () => {
  const socket = await silentPeer(await serve());
  socket.resume();
  socket.write(Buffer.from('f'.repeat(100)));
  expect(await closed).toBe(1006);
});

test('a listener that throws ends that connection, and nothing else', async () => {
  const cause = new Error('of anna');
  const peer = await peerOf(
    await serve({
      onMessage: () => {
        throw cause;
      },
      onClose: () => {
        throw cause;
      },
    }),
  );
  peer.send('x');
  expect((await once(peer, 'close'))[0]).toBe(1011);
  await closed;
  expect(errors).toEqual([cause, cause]);
});

test('a peer that answers no ping is cut off; one that does is not', async () => {
  const port = await serve({ pingMs: 50 });
  const peer = await peerOf(port);
  await Promise.all([once(peer, 'ping').then(() => once(peer, 'ping')), silentPeer(port)]);
  expect(await closed).toBe(1006);
  expect(accepted.map((socket) => socket!.isOpen)).toEqual([true, false]);
});

test('a peer that reads nothing is cut off before it costs memory', async () => {
  const socket = await silentPeer(await serve({ mostUnreadBytes: 100_000 }));
  for (let sent = 0; sent < 1000 && accepted[0]!.isOpen; sent++) accepted[0]!.send(new Uint8Array(100_000));
  expect(await closed).toBe(1006);
  socket.destroy();
});

test('a peer that only asks for signs of life, and reads none, is cut off before the next look', async () => {
  const socket = await silentPeer(await serve({ mostUnreadBytes: 100_000 }));
  // Masked pings of 125 bytes; each has an answer of 127.
  const ping = Buffer.concat([Buffer.from([0x89, 0xfd, 0, 0, 0, 0]), Buffer.alloc(125)]);
  const pings = Buffer.concat(Array.from({ length: 500 }, () => ping));
  const timer = setInterval(() => {
    if (socket.writableLength < 1e6) for (let i = 0; i < 20; i++) socket.write(pings);
  }, 5);
  expect(await closed).toBe(1006);
  clearInterval(timer);
  socket.destroy();
});

test('a peer is not read from while it is paused, and not cut off for its silence', async () => {
  const port = await serve({ pingMs: 50 });
  const [peer, other] = [await peerOf(port), await peerOf(port)];
  accepted[0]!.pause();
  let heard = '';
  peer.on('message', (data: Buffer) => (heard += data.toString()));
  peer.send('now ');
  // Others are read from meanwhile, and several signs of life are due.
  for (let times = 0; times < 4; times++) await once(other, 'ping');
  expect([heard, accepted.map((socket) => [socket!.isOpen, socket!.isPaused])]).toEqual([
    ...['', [[true, true], [true, false]]], // prettier-ignore
  ]);
  accepted[0]!.resume();
  await once(peer, 'message');
  expect(heard).toBe('now ');
});
