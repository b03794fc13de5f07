import { encodeMulaw, resample } from '../../src/audio/index.ts';
import { LIVE_SETTINGS } from '../../src/live/settings.ts';
import { PredictionQueue } from '../../src/live/prediction-queue.ts';
import type { TrackEvent } from '../../src/live/track-events.ts';
import { TrackPipeline, type TrackParts } from '../../src/live/track-pipeline.ts';
import { trackDecoders } from '../../src/live/track-decoder.ts';
import type { MediaPacket, TrackFormat } from '../../src/live/packets.ts';
import type { SpeechHearer } from '../../src/live/speech-hearer.ts';
import { encodeOpus } from './opus.ts';
import { buzz, seededRandom, whiteNoise } from './signals.ts';

const PACKET_MS = 20;

/** A voice at 48 kHz that speaks six times for two seconds, each time higher and louder, in a quiet room. */
export function utterances(): Float32Array {
  const rate = 48_000;
  const sound = whiteNoise(18 * rate, 3, 1e-4);
  for (let i = 0; i < 6; i++) {
    const voice = buzz(1.9, rate, { pitchHz: 110 + 40 * i, amplitude: 0.05 + 0.08 * i });
    voice.forEach((sample, at) => (sound[Math.round((0.6 + 2.9 * i) * rate) + at]! += sample));
  }
  return sound;
}

/** What a track says of a segment that is complete. */
export type SegmentEvent = Extract<TrackEvent, { type: 'emotion' }>;

/** The complete segments among events. */
export function segmentsOf(events: readonly TrackEvent[]): SegmentEvent[] {
  return events.filter((event): event is SegmentEvent => event.type === 'emotion' && event.of === 'segment');
}

/** A packet with all that a sender says of it, and when it came. */
export type SentPacket = Required<MediaPacket>;

/** Packets of 20 ms in order, their counters just before they wrap. */
function numbered(payloads: readonly Uint8Array[], ticksAPacket: number): SentPacket[] {
  return payloads.map((payload, index) => ({
    payload,
    sequence: (65_500 + index) & 0xffff,
    timestamp: (2 ** 32 - 50 * ticksAPacket + index * ticksAPacket) % 2 ** 32,
    arrivedAtMs: index * PACKET_MS,
  }));
}

/** Sound at 48 kHz as a platform sends it. */
export function opusPackets(sound: Float32Array): SentPacket[] {
  return numbered(encodeOpus(sound), 960);
}

/** Sound at 48 kHz as a telephone network sends it: mu-law. */
export function mulawPackets(sound: Float32Array): SentPacket[] {
  const bytes = encodeMulaw(resample(sound, 48_000, 8_000));
  const payloads = Array.from({ length: Math.floor(bytes.length / 160) }, (_, i) =>
    bytes.subarray(i * 160, i * 160 + 160),
  );
  return numbered(payloads, 160);
}

/** The same packets, each delayed by up to so long, as they then arrive. */
export function shuffled(packets: readonly SentPacket[], withinMs: number, seed = 1): SentPacket[] {
  const random = seededRandom(seed);
  return packets
    .map((packet) => ({ ...packet, arrivedAtMs: packet.arrivedAtMs + withinMs * random() }))
    .sort((a, b) => a.arrivedAtMs - b.arrivedAtMs);
}

/** The packets of which a share was lost, but not the first and the last. */
export function lossy(packets: readonly SentPacket[], share: number, seed = 1): SentPacket[] {
  const random = seededRandom(seed);
  return packets.filter((_, index) => random() >= share || index === 0 || index === packets.length - 1);
}

/** A track, what it said, and the clock by which it lives. */
export interface TrackUnderTest {
  readonly track: TrackPipeline;
  readonly events: TrackEvent[];
  readonly errors: unknown[];
  readonly clock: { nowMs: number };
  readonly queue: PredictionQueue;
}

/** A track of its own, outside any session. */
export function trackUnderTest(
  hearer: SpeechHearer,
  format: TrackFormat,
  parts: Partial<TrackParts> = {},
): TrackUnderTest {
  const events: TrackEvent[] = [];
  const errors: unknown[] = [];
  const clock = { nowMs: 0 };
  const queue = new PredictionQueue(hearer, () => clock.nowMs);
  const track = new TrackPipeline({
    format,
    decoder: trackDecoders(format, hearer.sampleRateHz)(),
    hearer,
    queue,
    settings: LIVE_SETTINGS,
    abstainBelow: 0.4,
    turn: 0,
    sessionMs: (arrivedAtMs) => arrivedAtMs,
    now: () => clock.nowMs,
    emit: (event) => events.push(event),
    onError: (cause) => errors.push(cause),
    ...parts,
  });
  return { track, events, errors, clock, queue };
}

/** Writes packets one by one, each heard before the next, then closes the track. */
export async function play({ track, clock, queue }: TrackUnderTest, packets: readonly MediaPacket[]): Promise<void> {
  for (const packet of packets) {
    clock.nowMs = packet.arrivedAtMs ?? clock.nowMs + PACKET_MS;
    track.write(packet);
    if (queue.length > 0) await queue.idle();
  }
  track.close();
  await queue.idle();
}
