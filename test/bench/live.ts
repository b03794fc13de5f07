import { monitorEventLoopDelay } from 'node:perf_hooks';
import { ConsentLedger } from '../../src/live/consent-ledger.ts';
import { MemoryConsentLog } from '../../src/live/consent-log.ts';
import { LiveEngine } from '../../src/live/live-engine.ts';
import type { SpeakerTrack } from '../../src/live/speaker-track.ts';
import { TrackThreads } from '../../src/live/track-threads.ts';
import { benchCost, benchThread, cpuMs, packetOf, PACKET_TICKS, SLICE_MS, SLICES, speech } from './live-thread.ts';
import { threeDigits } from './measure.ts';

/** How long each number of speakers is heard. */
const SECONDS = 20;
/** One in so many speaks from the beginning; the others join when what a thread needs, however few there are, is in memory. */
const FIRST_OF = 10;
const JOIN_AFTER_MS = 3_000;
/** They join one after the other, within as long as a segment lasts: from one moment on, all would remember most at one moment too. */
const JOIN_WITHIN_MS = 6_000;

async function engineOfSpeakers(
  speakers: number,
  threads: number,
): Promise<{ tracks: SpeakerTrack[]; latencies: number[]; close: () => Promise<void> }> {
  const heard = await TrackThreads.start({ threads });
  const consent = await ConsentLedger.open(new MemoryConsentLog(), { mode: 'announce' }, Date.now);
  const engine = new LiveEngine({ threads: heard, consent });
  const session = engine.openSession({ platform: 'bench', space: 'bench' });
  await session.noticeGiven('bench');
  const latencies: number[] = [];
  session.events.subscribe((event) => {
    if (event.type === 'emotion' && event.of === 'window') {
      latencies.push(event.arrivedAtMs - session.startedAtMs - event.mediaMs);
    }
  });
  const tracks = Array.from({ length: speakers }, (_, i) =>
    session.openTrack({ speaker: `speaker ${i}`, role: 'participant' }, { codec: 'opus' }),
  );
  const close = async (): Promise<void> => {
    await engine.close();
    await heard.close();
  };
  return { tracks, latencies, close };
}

/** What became of so many speakers at once. */
interface Capacity extends Record<string, number> {
  speakers: number;
  cores: number;
}

/** So many speakers at once in real time. */
async function benchCapacity(
  packets: readonly Uint8Array[],
  speakers: number,
  threads: number,
  seconds: number,
): Promise<Capacity> {
  const { tracks, latencies, close } = await engineOfSpeakers(speakers, threads);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  const before = process.cpuUsage();
  const joinSlice = JOIN_AFTER_MS / SLICE_MS;
  let memoryBefore = 0;
  const started = performance.now();
  let sent = 0;
  let dropped = 0;
  delay.enable();
  for (let slice = 0; slice < (seconds * 1_000) / SLICE_MS; slice++) {
    const wait = started + slice * SLICE_MS - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    else await new Promise(setImmediate);
    if (slice === joinSlice) memoryBefore = process.memoryUsage().rss;
    const n = Math.floor(slice / SLICES);
    for (let i = slice % SLICES; i < speakers; i += SLICES) {
      const joinsAtMs = i % FIRST_OF === 0 ? 0 : JOIN_AFTER_MS + (JOIN_WITHIN_MS * i) / speakers;
      if (slice * SLICE_MS < joinsAtMs) continue;
      const payload = packetOf(packets, i, n);
      if (tracks[i]!.write({ payload, sequence: n & 0xffff, timestamp: n * PACKET_TICKS }) === 'dropped') dropped++;
      sent++;
    }
  }
  delay.disable();
  const cores = cpuMs(before) / (performance.now() - started);
  const late = (performance.now() - started) / 1_000 - seconds;
  const kilobytesATrack = (process.memoryUsage().rss - memoryBefore) / 1_024 / (speakers - speakers / FIRST_OF);
  const closed = await Promise.all(tracks.map((track) => track.close()));
  const skippedWindows = closed.reduce((sum, { counts }) => sum + counts.skippedWindows, 0);
  const notDecoded = closed.reduce((sum, { counts }) => sum + counts.received - counts.decoded, 0);
  await close();
  latencies.sort((a, b) => a - b);
  return {
    speakers,
    sent,
    dropped: dropped + notDecoded,
    skippedWindows,
    windows: latencies.length,
    cores: threeDigits(cores),
    eventLoopDelayP99Ms: threeDigits(delay.percentile(99) / 1e6),
    windowToEventP95Ms: threeDigits(latencies[Math.floor(0.95 * latencies.length)] ?? 0),
    behindMs: Math.max(0, Math.round(1_000 * late)),
    kilobytesATrack: threeDigits(kilobytesATrack),
  };
}

/**
 * The live engine: what a speaker costs a thread against the decoding of the same packets alone, how many speakers a thread
 * keeps up with, and how many the whole of it hears at once in real time, where nothing else is done on the machine.
 */
export async function benchLive(): Promise<object> {
  const packets = speech();
  return {
    cost: await benchCost(packets),
    thread: await benchThread(packets, 200, SECONDS),
    of200: await benchCapacity(packets, 200, 1, SECONDS),
    of400: await benchCapacity(packets, 400, 2, SECONDS),
  };
}
