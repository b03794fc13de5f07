import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createOpusPacketDecoder } from '../../src/audio/index.ts';
import { ConsentLedger } from '../../src/live/consent-ledger.ts';
import { MemoryConsentLog } from '../../src/live/consent-log.ts';
import { LiveEngine } from '../../src/live/live-engine.ts';
import type { SpeakerTrack } from '../../src/live/speaker-track.ts';
import { TrackThreads } from '../../src/live/track-threads.ts';
import { encodeOpus } from '../helpers/opus.ts';
import { threeDigits } from './measure.ts';
import { buzz } from '../helpers/signals.ts';

const RATE = 48_000;
const PACKET_MS = 20;
/** Packets of one round of the event loop are spread over it: not all speakers' clocks tick at once. */
const SLICE_MS = 5;
const SLICES = PACKET_MS / SLICE_MS;

/** A minute of a voice that hardly pauses, as stereo packets at 48 kHz. */
function speech(): Uint8Array[] {
  const mono = buzz(60, RATE);
  const stereo = new Float32Array(2 * mono.length);
  mono.forEach((sample, i) => {
    stereo[2 * i] = sample;
    stereo[2 * i + 1] = sample;
  });
  return encodeOpus(stereo, { channels: 2 });
}

/** CPU time of all threads since `before`, in milliseconds. */
function cpuMs(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

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

/** What decoding a second of packets costs, in milliseconds of CPU time; the least of three rounds. */
function decodingCost(packets: readonly Uint8Array[]): number {
  const seconds = (packets.length * PACKET_MS) / 1_000;
  const rounds = Array.from({ length: 3 }, () => {
    const decoder = createOpusPacketDecoder();
    const before = process.cpuUsage();
    for (const packet of packets) decoder.decode(packet);
    const cost = cpuMs(before) / seconds;
    decoder.free();
    return cost;
  });
  return Math.min(...rounds);
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
  const memoryBefore = process.memoryUsage().rss;
  const started = performance.now();
  let sent = 0;
  let dropped = 0;
  delay.enable();
  for (let slice = 0; slice < (seconds * 1_000) / SLICE_MS; slice++) {
    const wait = started + slice * SLICE_MS - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    else await new Promise(setImmediate);
    const n = Math.floor(slice / SLICES);
    for (let i = slice % SLICES; i < speakers; i += SLICES) {
      // Each speaker is somewhere else in the minute.
      const payload = packets[(n + 37 * i) % packets.length]!;
      if (tracks[i]!.write({ payload, sequence: n & 0xffff, timestamp: n * 960 }) === 'dropped') dropped++;
      sent++;
    }
  }
  delay.disable();
  const cores = cpuMs(before) / (performance.now() - started);
  const late = (performance.now() - started) / 1_000 - seconds;
  const kilobytesATrack = (process.memoryUsage().rss - memoryBefore) / 1_024 / speakers;
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

/** The live engine: how many speakers it hears at once, and what each costs against the decoding of their packets alone. */
export async function benchLive(): Promise<object> {
  const packets = speech();
  const decodingMs = decodingCost(packets);
  const of200 = await benchCapacity(packets, 200, 1, 15);
  const of400 = await benchCapacity(packets, 400, 2, 15);
  const liveMs = (1_000 * of200.cores) / of200.speakers;
  return {
    decodingMsPerSpeakerSecond: threeDigits(decodingMs),
    liveMsPerSpeakerSecond: threeDigits(liveMs),
    liveToDecoding: threeDigits(liveMs / decodingMs),
    of200,
    of400,
  };
}
