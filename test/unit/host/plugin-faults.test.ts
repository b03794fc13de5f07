// Plugins that throw, reject, hang or leave things open, in each of their methods, on one host with one that is sound.
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { acceptWebSocket, HostServer, type Host, type PlatformPlugin } from '../../../src/host/index.ts';
import { newStorePath, startHost, testPlatform } from '../../helpers/host.ts';

const boom = (): never => {
  throw new TypeError('of anna#4711');
};
const rejects = (): Promise<never> => Promise.reject(new RangeError('of anna#4711'));
const hangs = (): Promise<never> => new Promise(() => undefined);
const all = (does: () => Promise<never>): Partial<PlatformPlugin> => ({
  ...{ stop: does, handleHttp: does, handleUpgrade: does, publish: does },
});

let answers: (() => void)[] = [];
const late = testPlatform('late', {
  handleHttp(_, response) {
    answers.push(() => response.writeHead(200).end('at last'));
  },
});
const sockets = testPlatform('sockets', {
  handleUpgrade(request, socket, head) {
    const own = acceptWebSocket(request, socket, head, {
      authorise: () => request.headers.authorization === 'Bearer right',
      onMessage: (data) => own?.send(data),
    });
  },
});
const good = testPlatform('good', {
  handleHttp(_, response) {
    response.end('good');
  },
});

let host: Host;
let server: HostServer;
let lines: string[];

beforeAll(async () => {
  const plugins = [
    testPlatform('start-throws', { start: boom }),
    testPlatform('start-rejects', { start: rejects }),
    testPlatform('throws', all(boom)),
    testPlatform('rejects', all(rejects)),
    testPlatform('hangs', all(hangs)),
    ...[late, sockets, good],
  ];
  const http = { port: 0, pluginMs: 300 };
  ({ host, lines } = await startHost(newStorePath(), plugins, { http, drainMs: 1000 }));
  server = await HostServer.start(host);
});

afterAll(async () => {
  await host.stop();
  await server.close();
});

const statusOf = async (name: string): Promise<number> => (await fetch(`${server.url}/plugins/${name}/x`)).status;

/** Wishes to upgrade. @returns what becomes of it: the status of the answer, or the code of the error */
async function upgrade(name: string, headers: Record<string, string> = {}): Promise<string> {
  const peer = new WebSocket(`${server.url}/plugins/${name}/x`, { headers, handshakeTimeout: 500 });
  const said = new Promise<string>((resolve) => {
    peer.once('open', () => {
      resolve('101');
    });
    peer.once('error', ({ message }) => {
      resolve(message);
    });
  });
  const answer = await said;
  peer.terminate();
  return answer;
}

test('each costs itself alone, whatever it does', async () => {
  expect(await Promise.all(host.plugins.map(({ name }) => statusOf(name)))).toEqual([
    ...[404, 404, 502, 502, 504, 504, 404, 200],
  ]);
  expect(await upgrade('throws')).toMatch(/hang up|ECONNRESET/);
  expect(await upgrade('rejects')).toMatch(/hang up|ECONNRESET/);
  expect(await upgrade('hangs')).toMatch(/timed out/);
  expect(await upgrade('good')).toMatch(/404/);
  const session = good.host().openSession({ space: 'room' });
  for (const name of ['throws', 'rejects', 'good']) {
    session.annotate({ kind: 'summary', content: {}, ref: name, idempotencyKey: name });
  }
  await host.writes.flush();
  await host.outbox.drain();
  await session.end();
  const health = Object.fromEntries(host.plugins.map(({ name, health: is }) => [name, is]));
  expect(health).toMatchObject({ 'start-throws': 'unhealthy', throws: 'unhealthy', rejects: 'unhealthy', hangs: 'unhealthy' }); // prettier-ignore
  expect([await statusOf('good'), health.sockets]).toEqual([200, 'healthy']);
  expect(lines.join('\n')).not.toContain('anna');
});

test('what answers too late throws nowhere, and is answered for', async () => {
  answers = [];
  const answer = await fetch(`${server.url}/plugins/late/x`);
  expect([answer.status, await answer.json()]).toEqual([504, { error: { code: 'PLUGIN_FAILED', message: expect.any(String) } }]); // prettier-ignore
  for (const answerNow of answers) answerNow();
  expect(await statusOf('good')).toBe(200);
});

test('WebSockets: who may not is refused, a frame of 10 MB ends its own connection alone', async () => {
  const right = { authorization: 'Bearer right' };
  expect(await upgrade('sockets')).toMatch(/401/);
  expect(await upgrade('sockets', { ...right, origin: 'https://evil.example' })).toMatch(/403/);
  const peers = [1, 2].map(() => new WebSocket(`${server.url}/plugins/sockets/x`, { headers: right }));
  await Promise.all(peers.map((peer) => once(peer, 'open')));
  const [peer, other] = peers;
  peer!.send(Buffer.alloc(10 * 2 ** 20));
  expect((await once(peer!, 'close'))[0]).toBe(1009);
  other!.send('still here');
  expect(String((await once(other!, 'message'))[0])).toBe('still here');
  expect(await statusOf('good')).toBe(200);
});

test('the host ends although plugins hang and leave connections open', async () => {
  const peer = new WebSocket(`${server.url}/plugins/sockets/x`, { headers: { authorization: 'Bearer right' } });
  await once(peer, 'open');
  const over = once(peer, 'close');
  expect(await host.stop()).toBe(0);
  await server.close(100);
  expect((await over)[0]).toBe(1006);
  for (const [name, fault] of [
    ['throws', 'TypeError'],
    ['rejects', 'RangeError'],
    ['hangs', 'PLUGIN_FAILED'],
  ])
    // prettier-ignore
    expect(lines.join('\n')).toContain(`"plugin":"${name}","during":"stop","fault":"${fault}"`);
});
