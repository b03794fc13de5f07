import { get } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { Host, HostServer, parseConfig, type HostSession, type PluginHost } from '../../src/host/index.ts';
import type { SpeakerTrack } from '../../src/live/index.ts';
import { reachableHeap, threadCount } from '../helpers/heap.ts';
import { encodeOpus } from '../helpers/opus.ts';
import { threeDigits } from './measure.ts';
import { buzz } from '../helpers/signals.ts';

const PACKET_MS = 20;
const SPEAKERS = 8;
/** A conversation is over after so long, and the next begins. */
const SESSION_MS = 600_000;
const SAMPLE_MS = 60_000;
const TOKEN = 's'.repeat(32);

/** What there is of a process at some time. */
interface Sample extends Record<string, number> {
  /** On the clock of the conversations. */
  minute: number;
  residentMiB: number;
  heapMiB: number;
  threads: number;
}

const MIB = 2 ** 20;

/** `--hours=2`, or its default. */
function option(name: string, otherwise: number): number {
  const given = process.argv.find((arg) => arg.startsWith(`--${name}=`));
  return given === undefined ? otherwise : Number(given.slice(name.length + 3));
}

/** Growth an hour, by the least squares of the samples. */
function growth(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const hours = samples.map(({ minute }) => minute / 60);
  const values = samples.map(of);
  const [meanHour, meanValue] = [mean(hours), mean(values)];
  const spread = hours.reduce((sum, hour) => sum + (hour - meanHour) ** 2, 0);
  const common = hours.reduce((sum, hour, i) => sum + (hour - meanHour) * (values[i]! - meanValue), 0);
  return threeDigits(spread === 0 ? 0 : common / spread);
}

/**
 * A host with its HTTP server, its store, a reader of live events and a plugin that posts annotations, while eight people
 * talk: conversations of ten minutes, one after the other. Time goes on as fast as they are heard.
 * `--hours=` of conversation, default 2.
 */
export async function benchSoak(): Promise<object> {
  const hours = option('hours', 2);
  const path = join(mkdtempSync(join(tmpdir(), 'undertone-soak-')), 'store.db');
  let nowMs = Date.now();
  let plugin: PluginHost | undefined;
  let published = 0;
  const loaded = parseConfig(
    { consent: { mode: 'announce' }, store: { path }, http: { port: 0 } },
    { UNDERTONE_VIEWER_TOKEN: TOKEN },
  );
  const log = { info: () => undefined, warn: console.error, error: console.error };
  const host = await Host.start({
    ...loaded,
    log,
    clock: () => nowMs,
    plugins: [
      {
        name: 'soak',
        capabilities: { live: true, batch: false, perSpeaker: true, edit: false, privateReply: false },
        start(given) {
          plugin = given;
        },
        stop: () => undefined,
        publish: () => {
          published++;
          return Promise.resolve();
        },
      },
    ],
  });
  const server = await HostServer.start(host);
  let eventBytes = 0;
  get(`${server.url}/v1/events`, { headers: { authorization: `Bearer ${TOKEN}` } }, (response) => {
    response.on('data', (bytes: Buffer) => (eventBytes += bytes.length)).on('error', () => undefined);
  }).on('error', () => undefined);

  const packets = encodeOpus(buzz(60, 48_000));
  const samples: Sample[] = [];
  const sample = (minute: number): void => {
    const heapMiB = reachableHeap() / MIB;
    samples.push({ minute, residentMiB: process.memoryUsage.rss() / MIB, heapMiB, threads: threadCount() });
  };
  const begun = performance.now();
  let sent = 0;
  let sessions = 0;
  for (let ms = 0; ms < hours * 3_600_000; sessions++) {
    const session = plugin!.openSession({ space: 'room', title: `Talk ${sessions}` });
    await session.noticeGiven('soak');
    const tracks = await openTracks(session);
    for (const end = ms + SESSION_MS; ms < end; ms += PACKET_MS) {
      nowMs += PACKET_MS;
      const count = ms / PACKET_MS;
      let isSlow = false;
      for (const [i, track] of tracks.entries()) {
        const payload = packets[(count + 371 * i) % packets.length]!;
        const result = track.write({ payload, sequence: count & 0xffff, timestamp: (count * 960) % 2 ** 32 });
        isSlow ||= result === 'slow';
        sent++;
      }
      if (ms % 100 === 0) {
        host.engine.tick();
        await turn();
        while (isSlow && host.engine.backlog > SPEAKERS) await sleep(5);
      }
      if (ms % SAMPLE_MS === 0) {
        await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
        sample(ms / 60_000);
      }
    }
    const summary = await session.end();
    session.annotate({ kind: 'summary', content: { speechMs: summary.speechMs }, ref: 1, idempotencyKey: session.id });
  }
  await host.writes.flush();
  await host.outbox.drain();
  const counts = host.writes.counts();
  const unwritten = await host.stop();
  await server.close(0);
  rmSync(dirname(path), { recursive: true });
  // What is loaded once is there after the first quarter.
  const settled = samples.slice(Math.floor(samples.length / 4));
  const most = (of: (one: Sample) => number): number => threeDigits(Math.max(...settled.map(of)));
  const seconds = (performance.now() - begun) / 1_000;
  return {
    ...{ hours, seconds: Math.round(seconds), timesRealTime: threeDigits((hours * 3_600) / seconds) },
    ...{ speakers: SPEAKERS, sessions, packets: sent, published, unwritten, ...counts, eventMiB: threeDigits(eventBytes / MIB) }, // prettier-ignore
    resident: { mostMiB: most((one) => one.residentMiB), growthMiBAnHour: growth(settled, (one) => one.residentMiB) },
    heap: { mostMiB: most((one) => one.heapMiB), growthMiBAnHour: growth(settled, (one) => one.heapMiB) },
    threads: { first: settled[0]!.threads, most: most(({ threads }) => threads) },
    samples: samples.map(({ minute, residentMiB, heapMiB }) => [minute, Math.round(residentMiB), threeDigits(heapMiB)]),
  };
}

async function openTracks(session: HostSession): Promise<SpeakerTrack[]> {
  return await Promise.all(
    Array.from({ length: SPEAKERS }, (_, i) =>
      session.openTrack({ speaker: `speaker ${i}`, role: 'participant' }, { codec: 'opus' }),
    ),
  );
}
