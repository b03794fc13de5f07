// One thread of live tracks, in this one: what it costs, and how many speakers it keeps up with, on a clock of CPU time.
import { trackDecoders } from '../../src/live/track-decoder.ts';
import { LIVE_SETTINGS } from '../../src/live/settings.ts';
import { PacketPacker, type FromThread } from '../../src/live/thread-messages.ts';
import { TrackHost } from '../../src/live/track-host.ts';
import { encodeOpus } from '../helpers/opus.ts';
import { threeDigits } from './measure.ts';
import { buzz } from '../helpers/signals.ts';

const RATE = 48_000;
const MODEL_RATE = 16_000;
export const PACKET_MS = 20;
export const PACKET_TICKS = 960;
const PACKETS_A_SECOND = 1_000 / PACKET_MS;
/** Packets of 20 ms are spread over it: not all speakers' clocks tick at once. */
export const SLICE_MS = 5;
export const SLICES = PACKET_MS / SLICE_MS;

/** A minute of a voice that hardly pauses, as stereo packets at 48 kHz; like most speech it leaves the voice check no doubt. */
export function speech(): Uint8Array[] {
  const mono = buzz(60, RATE, { pitchHz: 90 });
  const stereo = new Float32Array(2 * mono.length);
  mono.forEach((sample, i) => {
    stereo[2 * i] = sample;
    stereo[2 * i + 1] = sample;
  });
  return encodeOpus(stereo, { channels: 2 });
}

/** The n-th packet of a speaker: each is somewhere else in the minute. */
export function packetOf(packets: readonly Uint8Array[], speaker: number, n: number): Uint8Array {
  return packets[(n + 37 * speaker) % packets.length]!;
}

/** CPU time of all threads since `before`, in milliseconds. */
export function cpuMs(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** With so many stretches of speech a thread waits for no more to come. */
const MOST_LEFT = 8;
/** So many turns of the event loop without work, and nothing is under way. */
const IDLE_TURNS = 4;
const IDLE_TURN_MS = 0.1;

/** Speakers on one thread. Its clock is the CPU time that was used, so that other work on the machine does not count. */
class BenchThread {
  readonly speakers: number;
  readonly #packets: readonly Uint8Array[];
  readonly #host: TrackHost;
  /** Milliseconds that the thread was idle; with those that it worked, they are the time. */
  #idleMs = 0;
  #before = process.cpuUsage();
  #backlog = 0;
  /** How long after its end each window was heard, in milliseconds. */
  readonly latencies: number[] = [];
  skippedWindows = 0;

  private constructor(packets: readonly Uint8Array[], speakers: number, host: TrackHost) {
    this.speakers = speakers;
    this.#packets = packets;
    this.#host = host;
  }

  static async start(packets: readonly Uint8Array[], speakers: number): Promise<BenchThread> {
    let thread: BenchThread | undefined = undefined as BenchThread | undefined;
    const host = await TrackHost.start({ model: 'default', settings: LIVE_SETTINGS }, (message) =>
      thread?.hear(message),
    );
    thread = new BenchThread(packets, speakers, host);
    for (let track = 0; track < speakers; track++) {
      await host.handle({ type: 'open', track, format: { codec: 'opus' }, sessionStartMs: 0, voice: undefined });
    }
    return thread;
  }

  get nowMs(): number {
    return this.#idleMs + cpuMs(this.#before);
  }

  hear(message: FromThread): void {
    if (message.type === 'error') throw message.cause;
    if (message.type === 'taken') this.#backlog = message.backlog;
    if (message.type === 'closed') this.skippedWindows += message.counts.skippedWindows;
    if (message.type !== 'event' || message.event.type !== 'emotion' || message.event.of !== 'window') return;
    this.latencies.push(this.nowMs - message.event.mediaMs);
  }

  /** Plays the speakers' packets in time: what is under way is worked on until the next ones come. */
  async play(seconds: number): Promise<void> {
    this.#before = process.cpuUsage();
    for (let slice = 0; slice < (seconds * 1_000) / SLICE_MS; slice++) {
      await this.#workUntil(slice * SLICE_MS);
      await this.#take(slice);
      await turn();
    }
  }

  /** Plays packets as fast as it goes. */
  async rush(seconds: number, from: number): Promise<void> {
    const first = (from * 1_000) / SLICE_MS;
    for (let slice = first; slice < first + (seconds * 1_000) / SLICE_MS; slice++) {
      await this.#take(slice);
      while (this.#backlog >= MOST_LEFT) await this.#look(slice * SLICE_MS);
    }
  }

  async close(): Promise<void> {
    for (let track = 0; track < this.speakers; track++)
      await this.#host.handle({ type: 'close', track, discard: false });
    await this.#host.handle({ type: 'stop' });
  }

  /** Hands over the packets of a slice of time. */
  async #take(slice: number): Promise<void> {
    const nowMs = slice * SLICE_MS;
    const n = Math.floor(slice / SLICES);
    const packer = new PacketPacker();
    for (let i = slice % SLICES; i < this.speakers; i += SLICES) {
      packer.add(i, packetOf(this.#packets, i, n), n & 0xffff, n * PACKET_TICKS, nowMs);
    }
    await this.#host.handle({ type: 'packets', batch: packer.take(), nowMs });
  }

  async #workUntil(ms: number): Promise<void> {
    let now = this.nowMs;
    for (let idle = 0; idle < IDLE_TURNS && now < ms;) {
      await turn();
      const before = now;
      now = this.nowMs;
      idle = now - before > IDLE_TURN_MS ? 0 : idle + 1;
    }
    this.#idleMs += Math.max(0, ms - now);
  }

  /** Lets what is under way go on, and asks what is left of it. */
  async #look(nowMs: number): Promise<void> {
    await turn();
    await this.#host.handle({ type: 'tick', nowMs });
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

const COST_SPEAKERS = 100;
const COST_ROUNDS = 12;
const ROUND_SECONDS = 2;
/** Until then the first windows and segments are not complete. */
const FIRST_ROUNDS = 4;

/**
 * Decoding alone beside all that a thread of tracks does, by turns in one thread. Each side has a decoder a speaker and takes
 * one packet after the other of all of them, so that none stays in the cache.
 */
export async function benchCost(packets: readonly Uint8Array[]): Promise<Record<string, number>> {
  const decoders = Array.from({ length: COST_SPEAKERS }, trackDecoders({ codec: 'opus' }, MODEL_RATE));
  const decode = (from: number): void => {
    for (let n = from * PACKETS_A_SECOND; n < (from + ROUND_SECONDS) * PACKETS_A_SECOND; n++) {
      decoders.forEach((decoder, speaker) => decoder.decode(packetOf(packets, speaker, n)));
    }
  };
  const thread = await BenchThread.start(packets, COST_SPEAKERS);
  const costOf = async (work: () => unknown): Promise<number> => {
    const before = process.cpuUsage();
    await work();
    return cpuMs(before) / ROUND_SECONDS / COST_SPEAKERS;
  };
  const decoding: number[] = [];
  const live: number[] = [];
  for (let round = 0; round < COST_ROUNDS; round++) {
    const from = round * ROUND_SECONDS;
    const decodingMs = await costOf(() => {
      decode(from);
    });
    const liveMs = await costOf(() => thread.rush(ROUND_SECONDS, from));
    if (round < FIRST_ROUNDS) continue;
    decoding.push(decodingMs);
    live.push(liveMs);
  }
  await thread.close();
  for (const decoder of decoders) decoder.free();
  return {
    decodingMsPerSpeakerSecond: threeDigits(median(decoding)),
    threadMsPerSpeakerSecond: threeDigits(median(live)),
    threadToDecoding: threeDigits(median(live.map((ms, round) => ms / decoding[round]!))),
  };
}

/** How well one thread keeps up, on a core of its own. */
export async function benchThread(
  packets: readonly Uint8Array[],
  speakers: number,
  seconds: number,
): Promise<Record<string, number>> {
  const thread = await BenchThread.start(packets, speakers);
  const before = process.cpuUsage();
  await thread.play(seconds);
  const busy = cpuMs(before) / seconds / 1_000;
  const { latencies } = thread;
  await thread.close();
  latencies.sort((a, b) => a - b);
  return {
    speakers,
    windows: latencies.length,
    skippedWindows: thread.skippedWindows,
    busy: threeDigits(busy),
    windowToEventMedianMs: threeDigits(median(latencies)),
    windowToEventP95Ms: threeDigits(latencies[Math.floor(0.95 * latencies.length)] ?? 0),
    windowToEventP99Ms: threeDigits(latencies[Math.floor(0.99 * latencies.length)] ?? 0),
  };
}
