import type { MediaPacket, WriteResult } from './packets.ts';
import type { ClosedTrack, ThreadTrack } from './track-threads.ts';
import type { SpeakerDescription } from './types.ts';

/** What a track works with. */
export interface TrackOwner {
  /** On the clock of media. */
  readonly now: () => number;
  /** When a packet came, on that clock, of which a plugin said it on the engine's. */
  readonly arrival: (arrivedAtMs: number) => number;
  /** Asked before every packet; where the answer is no, it is not decoded. */
  readonly mayHear: () => boolean;
  /** Says that sound is missing, in milliseconds of the session's media time. */
  readonly sayGap: (startMs: number, endMs: number) => void;
}

/** One speaker in a session, as a platform's plugin sees them: packets go in. */
export class SpeakerTrack {
  readonly id: string;
  readonly description: SpeakerDescription;
  readonly #thread: ThreadTrack;
  readonly #owner: TrackOwner;
  #received = 0;
  #refused = 0;
  #closing: Promise<ClosedTrack> | undefined;

  constructor(id: string, description: SpeakerDescription, thread: ThreadTrack, owner: TrackOwner) {
    this.id = id;
    this.description = description;
    this.#thread = thread;
    this.#owner = owner;
  }

  /** Packets that were handed on. */
  get received(): number {
    return this.#received;
  }

  /**
   * Packets that were none, came after the track was closed or while its speaker might not be heard, or found no room: none
   * was decoded.
   */
  get refused(): number {
    return this.#refused;
  }

  /**
   * Takes a packet. It returns at once and never throws: a real-time source cannot wait, and one bad packet costs one
   * packet. `slow` means that hearing lags behind; nothing is lost by it yet. Where it lags hopelessly, packets are
   * `dropped`, and count as lost.
   */
  write(packet: MediaPacket): WriteResult {
    // A plugin need not be TypeScript.
    if (this.#closing || !(packet.payload instanceof Uint8Array) || !this.#owner.mayHear()) {
      this.#refused++;
      return 'dropped';
    }
    const { payload, sequence, timestamp, arrivedAtMs } = packet;
    const { now, arrival } = this.#owner;
    const cameAtMs = arrivedAtMs === undefined ? now() : arrival(arrivedAtMs);
    const result = this.#thread.write(payload, sequence, timestamp, cameAtMs);
    if (result === 'dropped') this.#refused++;
    else this.#received++;
    return result;
  }

  /** Says that sound is missing where the platform knows it: a stretch of the session's media time, in milliseconds. */
  gap(startMs: number, endMs: number): void {
    if (!this.#closing && endMs > startMs) this.#owner.sayGap(startMs, endMs);
  }

  /** Ends the track; the session does it. Resolves when all that was written is heard, or, with `discard`, forgotten. */
  close({ discard = false } = {}): Promise<ClosedTrack> {
    this.#closing ??= this.#thread.close(discard);
    return this.#closing;
  }
}
