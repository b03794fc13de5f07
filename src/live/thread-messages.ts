import type { FrameStatisticsData } from '../predictor/index.ts';
import type { TrackFormat } from './packets.ts';
import type { LiveSettings } from './settings.ts';
import type { TrackCounts, TrackEvent } from './track-events.ts';

/** What a thread of live tracks is started with. */
export interface ThreadSettings {
  /** The path of the model's folder, or its id. */
  readonly model: string;
  readonly settings: LiveSettings;
  /** Smoothed predictions with less confidence are `uncertain`, 0..1; absent: as the model says. */
  readonly abstainBelow?: number | undefined;
}

/** What a thread is told. Tracks have numbers, which are never used twice. */
export type ToThread =
  | {
      readonly type: 'open';
      readonly track: number;
      readonly format: TrackFormat;
      /** 0 on the session's media clock, on the engine's. */
      readonly sessionStartMs: number;
      readonly voice: FrameStatisticsData | undefined;
    }
  | { readonly type: 'packets'; readonly batch: PackedPackets; readonly nowMs: number }
  | { readonly type: 'tick'; readonly nowMs: number }
  | { readonly type: 'close'; readonly track: number; readonly discard: boolean }
  | { readonly type: 'stop' };

/** What a thread says. */
export type FromThread =
  | { readonly type: 'ready' }
  | { readonly type: 'event'; readonly track: number; readonly event: TrackEvent }
  /** Everything that was written before is heard; what is known of the voice, unless it was discarded. */
  | {
      readonly type: 'closed';
      readonly track: number;
      readonly counts: TrackCounts;
      readonly voice: FrameStatisticsData | undefined;
      readonly backlog: number;
    }
  /** How many packets of a batch were taken, and how many stretches of speech now wait to be heard. */
  | { readonly type: 'taken'; readonly packets: number; readonly backlog: number }
  | { readonly type: 'error'; readonly cause: unknown };

/** Packets of many tracks on their way to a thread, in two buffers that move there without being copied. */
export interface PackedPackets {
  /** {@link FIELDS} numbers a packet; NaN where a packet does not have one. */
  readonly fields: Float64Array<ArrayBuffer>;
  readonly payloads: Uint8Array<ArrayBuffer>;
  readonly count: number;
}

/** Numbers a packet: track, length of the payload, sequence, timestamp, time of arrival. */
export const FIELDS = 5;

const FIRST_ROOM = 64;
const BYTES_A_PACKET = 256;

/** Packs packets as they come. */
export class PacketPacker {
  #fields = new Float64Array(FIRST_ROOM * FIELDS);
  #payloads = new Uint8Array(FIRST_ROOM * BYTES_A_PACKET);
  #count = 0;
  #bytes = 0;

  get count(): number {
    return this.#count;
  }

  add(
    track: number,
    payload: Uint8Array,
    sequence: number | undefined,
    timestamp: number | undefined,
    arrivedAtMs: number,
  ): void {
    this.#makeRoom(payload.length);
    this.#payloads.set(payload, this.#bytes);
    this.#bytes += payload.length;
    const at = this.#count++ * FIELDS;
    this.#fields[at] = track;
    this.#fields[at + 1] = payload.length;
    this.#fields[at + 2] = sequence ?? NaN;
    this.#fields[at + 3] = timestamp ?? NaN;
    this.#fields[at + 4] = arrivedAtMs;
  }

  /** What was packed so far; the packer begins anew. */
  take(): PackedPackets {
    const packed = { fields: this.#fields, payloads: this.#payloads, count: this.#count };
    this.#fields = new Float64Array(Math.max(FIRST_ROOM, this.#count) * FIELDS);
    this.#payloads = new Uint8Array(Math.max(FIRST_ROOM * BYTES_A_PACKET, this.#bytes));
    this.#count = 0;
    this.#bytes = 0;
    return packed;
  }

  #makeRoom(bytes: number): void {
    if ((this.#count + 1) * FIELDS > this.#fields.length) {
      const larger = new Float64Array(2 * this.#fields.length);
      larger.set(this.#fields);
      this.#fields = larger;
    }
    if (this.#bytes + bytes > this.#payloads.length) {
      const larger = new Uint8Array(2 * (this.#bytes + bytes));
      larger.set(this.#payloads);
      this.#payloads = larger;
    }
  }
}
