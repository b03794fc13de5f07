// A process that is held up for a second by something else: those who spoke all the time have not fallen silent.
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { expect, test } from '@jest/globals';
import { encodeMulaw } from '../../../src/audio/index.ts';
import { ConsentLedger, LiveEngine, MemoryConsentLog, type LiveEvent } from '../../../src/live/index.ts';
import { sharedThreads } from '../../helpers/shared-threads.ts';
import { buzz, whiteNoise } from '../../helpers/signals.ts';

const RATE = 8_000;
const PACKET = RATE / 50;
/** A sender that nobody holds up: 20 ms every 20 ms. */
const SENDER = `
  const { workerData: { port, sound, size } } = require('node:worker_threads');
  const socket = require('node:net').connect(port, '127.0.0.1');
  let at = 0;
  const begun = performance.now();
  const timer = setInterval(() => {
    for (; at < sound.length && at / size * 20 < performance.now() - begun; at += size) socket.write(sound.subarray(at, at + size));
    if (at >= sound.length) { clearInterval(timer); socket.end(); }
  }, 5);
`;

const threads = sharedThreads();

test('speech that waits in sockets meanwhile is not cut in two', async () => {
  const consent = await ConsentLedger.open(new MemoryConsentLog(), { mode: 'announce' });
  const engine = new LiveEngine({ threads: threads(), consent });
  const session = engine.openSession({ platform: 'test', space: 'line' });
  await session.noticeGiven('a test');
  const track = session.openTrack({ speaker: 'anne', role: 'customer' }, { codec: 'mulaw' });
  const segments: LiveEvent[] = [];
  session.events.subscribe((event) => {
    if (event.type === 'emotion' && event.of === 'segment') segments.push(event);
  });
  const sound = whiteNoise(5 * RATE, 3, 1e-3);
  buzz(4, RATE).forEach((sample, at) => (sound[at + RATE / 2]! += sample));
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sender = new Worker(SENDER, { eval: true, workerData: { port, sound: encodeMulaw(sound), size: PACKET } });
  const [socket] = (await once(server, 'connection')) as [Socket];
  let [left, packets] = [Buffer.alloc(0), 0];
  socket.on('data', (data: Buffer) => {
    left = Buffer.concat([left, data]);
    for (; left.length >= PACKET; left = left.subarray(PACKET)) {
      track.write({ payload: left.subarray(0, PACKET), sequence: packets, timestamp: PACKET * packets++ });
    }
  });
  while (packets < 75) await once(socket, 'data');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_200);
  await once(socket, 'end');
  await session.end();
  await engine.close();
  server.close();
  await sender.terminate();
  expect(packets).toBe(250);
  expect(segments).toHaveLength(1);
});
