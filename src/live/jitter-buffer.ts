/** A packet in its place. */
export interface PlacedPacket {
  payload: Uint8Array;
  /** Where it lies and how long it is, in ticks. */
  tick: number;
  duration: number;
  sequence: number | undefined;
  arrivedAtMs: number;
}

/** More waiting packets than any reordering asks for. */
const MOST_WAITING = 64;

/**
 * Brings packets into the order of their media time. What follows on what was taken before can be taken at once; a
 * packet behind a hole waits for the missing one until `depth` later sound has come, or until it has waited as long.
 */
export class JitterBuffer {
  readonly #depthTicks: number;
  readonly #depthMs: number;
  readonly #waiting: PlacedPacket[] = [];
  /** The tick after the last packet taken; undefined until the first was. */
  #next: number | undefined;
  #lastSequence: number | undefined;
  #newest = -Infinity;

  constructor(depthMs: number, clockHz: number) {
    this.#depthMs = depthMs;
    this.#depthTicks = (depthMs * clockHz) / 1_000;
  }

  /** How many packets wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Takes a packet in; false where it is a second copy, or what it would follow on has been taken already. */
  put(packet: PlacedPacket): boolean {
    if (this.#next !== undefined && packet.tick < this.#next) return false;
    const waiting = this.#waiting;
    let at = waiting.length;
    while (at > 0 && waiting[at - 1]!.tick > packet.tick) at--;
    if (at > 0 && waiting[at - 1]!.tick === packet.tick) return false;
    waiting.splice(at, 0, packet);
    this.#newest = Math.max(this.#newest, packet.tick + packet.duration);
    return true;
  }

  /** The next packet, where it need not wait for others any longer at this time; at Infinity none waits. */
  take(nowMs: number): PlacedPacket | undefined {
    const first = this.#waiting[0];
    if (first === undefined) return undefined;
    const isDue =
      this.#follows(first) ||
      this.#newest - first.tick > this.#depthTicks ||
      nowMs - first.arrivedAtMs >= this.#depthMs ||
      this.#waiting.length > MOST_WAITING;
    if (!isDue) return undefined;
    this.#next = first.tick + first.duration;
    return this.#waiting.shift();
  }

  /** How many packets are missing before this one, by its sequence number; undefined where it has none. */
  missingBefore({ sequence }: PlacedPacket): number | undefined {
    if (sequence === undefined || this.#lastSequence === undefined) return undefined;
    return (sequence - this.#lastSequence - 1) & 0xffff;
  }

  /** Remembers what was played. */
  played(packet: PlacedPacket): void {
    this.#lastSequence = packet.sequence;
  }

  #follows(packet: PlacedPacket): boolean {
    return this.#next !== undefined && (packet.tick === this.#next || this.missingBefore(packet) === 0);
  }
}
