// A thousand readers of live events, of whom half never read.
import { once } from 'node:events';
import { get, Agent, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HostServer, type Host } from '../../../src/host/index.ts';
import type { LiveEvent } from '../../../src/live/index.ts';
import { newStorePath, startHost } from '../../helpers/host.ts';

const READERS = 500;
/** Of 40 kB each: the system keeps some 3 MB for a socket before anybody waits. */
const EVENTS = 90;
const TOKEN = 'v'.repeat(32);

let host: Host;
let server: HostServer;
beforeAll(async () => {
  const http = { port: 0, requestsPerMinute: 10_000, mostStreams: 2 * READERS };
  ({ host } = await startHost(newStorePath(), [], { http }, { UNDERTONE_VIEWER_TOKEN: TOKEN }));
  server = await HostServer.start(host);
});
afterAll(async () => {
  await host.stop();
  await server.close(0);
});

/** Asks for the stream of all events, and never reads the answer. */
async function stuckReader(): Promise<Socket> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname).on('error', () => undefined);
  socket.pause();
  await once(socket, 'connect');
  socket.write(`GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`);
  return socket;
}

/** Reads the stream. */
async function reader(agent: Agent): Promise<{ seen: number; response: IncomingMessage }> {
  const asked = get(`${server.url}/v1/events`, { agent, headers: { authorization: `Bearer ${TOKEN}` } });
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const own = { seen: 0, response };
  response.on('data', (bytes: Buffer) => {
    for (let at = bytes.indexOf('\nevent:'); at >= 0; at = bytes.indexOf('\nevent:', at + 1)) own.seen++;
  });
  response.on('error', () => undefined);
  return own;
}

const streams = async (): Promise<string> => {
  const headers = { authorization: `Bearer ${TOKEN}` };
  return (await (await fetch(`${server.url}/metrics`, { headers })).text()).replace(/^(?!undertone_streams).*\n/gm, '');
};

test('those who read get every event, those who do not are cut off, and memory stays where it was', async () => {
  const agent = new Agent({ maxSockets: Infinity });
  const stuck = await Promise.all(Array.from({ length: READERS }, stuckReader));
  // One half after the other: of connections that have not asked yet, the host keeps so many.
  while (!(await streams()).includes(`undertone_streams_open ${READERS}\n`)) await turn();
  const readers = await Promise.all(Array.from({ length: READERS }, () => reader(agent)));
  while (!(await streams()).includes(`undertone_streams_open ${2 * READERS}`)) await turn();
  const before = process.memoryUsage.rss();
  const event: LiveEvent = {
    ...{ type: 'alert', sessionId: 's', sequence: 1, mediaMs: 0, arrivedAtMs: 0, rule: 'r', speaker: null },
    ...{ trackId: null, message: 'x'.repeat(40_000), startMs: 0, endMs: 0 },
  };
  let most = 0;
  for (let sent = 1; sent <= EVENTS; sent++) {
    host.events.emit({ ...event, sequence: sent });
    most = Math.max(most, process.memoryUsage.rss());
    // As fast as those who read keep up.
    while (readers.some(({ seen }) => seen < sent - 5)) await turn();
  }
  while (readers.some(({ seen }) => seen < EVENTS)) await turn();
  expect(readers.every(({ seen }) => seen === EVENTS)).toBe(true);
  expect(await streams()).toContain(`undertone_streams_open ${READERS}\n`);
  expect(await streams()).toContain(`undertone_streams_cut_off_total ${READERS}\n`);
  // What was sent to those who do not read is 1.7 GiB; each may leave 256 KiB unread.
  expect((most - before) / 2 ** 20).toBeLessThan(200);
  for (const socket of stuck) socket.destroy();
  for (const { response } of readers) response.destroy();
  agent.destroy();
}, 120_000); // 3.6 GB are sent: 10 s on an idle machine
