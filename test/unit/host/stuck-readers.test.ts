// A thousand readers of live events, of whom half never read.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HostServer, type Host } from '../../../src/host/index.ts';
import type { LiveEvent } from '../../../src/live/index.ts';
import { newStorePath, startHost } from '../../helpers/host.ts';

const READERS = 500;
/** The system keeps some 3 MB for a socket before anybody waits: so many events, and no fewer. */
const EVENTS = 36;
const EVENT_BYTES = 100_000;
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

/** What reads a socket: all into one buffer, so that half a thousand readers cost little. */
const buffer = Buffer.alloc(256 * 1024);

/** Asks for the stream of all events. @param onRead absent: the answer is never read */
async function ask(onRead?: (bytes: Buffer) => void): Promise<Socket> {
  const { hostname, port } = new URL(server.url);
  const callback = (count: number): boolean => {
    onRead?.(buffer.subarray(0, count));
    return true;
  };
  const socket = connect({ host: hostname, port: Number(port), ...(onRead && { onread: { buffer, callback } }) });
  socket.on('error', () => undefined);
  if (!onRead) socket.pause();
  await once(socket, 'connect');
  socket.write(`GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`);
  return socket;
}

const MARK = '\nevent:';

/** Reads the stream, and counts its events. */
async function reader(): Promise<{ seen: number; socket: Socket | undefined }> {
  const own: { seen: number; socket: Socket | undefined } = { seen: 0, socket: undefined };
  const count = (bytes: Buffer): void => {
    for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + 1)) own.seen++;
  };
  let end: Buffer = Buffer.alloc(0);
  own.socket = await ask((bytes) => {
    // A mark may lie across two reads.
    count(Buffer.concat([end, bytes.subarray(0, MARK.length - 1)]));
    count(bytes);
    end = Buffer.concat([end, bytes.subarray(-(MARK.length - 1))]).subarray(-(MARK.length - 1));
  });
  return own;
}

const streams = async (): Promise<string> => {
  const headers = { authorization: `Bearer ${TOKEN}` };
  return (await (await fetch(`${server.url}/metrics`, { headers })).text()).replace(/^(?!undertone_streams).*\n/gm, '');
};

test('those who read get every event, those who do not are cut off, and memory stays where it was', async () => {
  const stuck = await Promise.all(Array.from({ length: READERS }, () => ask()));
  // One half after the other: of connections that have not asked yet, the host keeps so many.
  while (!(await streams()).includes(`undertone_streams_open ${READERS}\n`)) await turn();
  const readers = await Promise.all(Array.from({ length: READERS }, reader));
  while (!(await streams()).includes(`undertone_streams_open ${2 * READERS}`)) await turn();
  const before = process.memoryUsage.rss();
  const event: LiveEvent = {
    ...{ type: 'alert', sessionId: 's', sequence: 1, mediaMs: 0, arrivedAtMs: 0, rule: 'r', speaker: null },
    ...{ trackId: null, message: 'x'.repeat(EVENT_BYTES), startMs: 0, endMs: 0 },
  };
  let most = 0;
  for (let sent = 1; sent <= EVENTS; sent++) {
    host.events.emit({ ...event, sequence: sent });
    most = Math.max(most, process.memoryUsage.rss());
    // As fast as those who read keep up: 256 KiB may be unread.
    while (readers.some(({ seen }) => seen < sent - 1)) await turn();
  }
  while (readers.some(({ seen }) => seen < EVENTS)) await turn();
  expect(readers.every(({ seen }) => seen === EVENTS)).toBe(true);
  expect(await streams()).toContain(`undertone_streams_open ${READERS}\n`);
  expect(await streams()).toContain(`undertone_streams_cut_off_total ${READERS}\n`);
  // What was sent to those who do not read is 1.7 GiB; each may leave 256 KiB unread.
  expect((most - before) / 2 ** 20).toBeLessThan(200);
  for (const socket of stuck) socket.destroy();
  for (const { socket } of readers) socket?.destroy();
}, 120_000); // 3.6 GB are sent
