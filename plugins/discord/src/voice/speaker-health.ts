import { SpeakerLine } from './packets.ts';

/** Somebody of whom a packet came so lately is speaking. */
const TALKING_MS = 2_000;

/** How the packets of one speaker fare. */
export class SpeakerHealth {
  readonly line = new SpeakerLine();
  #received = 0;
  #failed = 0;
  #lastMs = -Infinity;
  /** From when on nothing could be decrypted; undefined where the last packet could. */
  #deafSinceMs: number | undefined;

  /** Packets that were handed on. */
  get received(): number {
    return this.#received;
  }

  /** Packets that could not be decrypted. */
  get undecryptable(): number {
    return this.#failed;
  }

  heard(nowMs: number): void {
    this.#received++;
    this.#lastMs = nowMs;
    this.#deafSinceMs = undefined;
  }

  failed(nowMs: number): void {
    this.#failed++;
    this.#lastMs = nowMs;
    this.#deafSinceMs ??= nowMs;
  }

  /** There is another connection: whether it can be decrypted is yet to be seen. */
  reconnected(): void {
    this.#deafSinceMs = undefined;
  }

  isTalking(nowMs: number): boolean {
    return nowMs - this.#lastMs < TALKING_MS;
  }

  /** For how long, in milliseconds, all packets that came could not be decrypted. */
  isDeafFor(nowMs: number): number {
    return this.#deafSinceMs === undefined ? 0 : nowMs - this.#deafSinceMs;
  }
}

/** So many packets of a source make it one that speaks. */
const LEAST_PACKETS = 5;
const FORGET_MS = 5_000;
/** So long a source may go on without a name before the bot joins anew to be told it, and how often that may be. */
const NAMELESS_MS = 3_000;
const REJOIN_EVERY_MS = 60_000;

/** Sources of which the voice server has not said whose they are. */
export class UnknownSources {
  readonly #sources = new Map<number, { packets: number; sinceMs: number; lastMs: number }>();
  #packets = 0;
  #rejoinedMs = -Infinity;

  /** Packets that nobody could be given. */
  get packets(): number {
    return this.#packets;
  }

  /** @returns whether the source is now known to be one that speaks */
  heard(ssrc: number, nowMs: number): boolean {
    this.#packets++;
    const source = this.#sources.get(ssrc);
    if (source && nowMs - source.lastMs < FORGET_MS) {
      source.packets++;
      source.lastMs = nowMs;
      return source.packets === LEAST_PACKETS;
    }
    if (this.#sources.size > 64) this.#sources.clear();
    this.#sources.set(ssrc, { packets: 1, sinceMs: nowMs, lastMs: nowMs });
    return false;
  }

  named(ssrc: number): void {
    this.#sources.delete(ssrc);
  }

  /** The sources that speak now. */
  current(nowMs: number): number[] {
    return [...this.#sources]
      .filter(([, { packets, lastMs }]) => packets >= LEAST_PACKETS && nowMs - lastMs < TALKING_MS)
      .map(([ssrc]) => ssrc);
  }

  /** Whether it is time to join anew, to be told; it is then taken to be done. */
  shouldRejoin(nowMs: number): boolean {
    const isDue =
      nowMs - this.#rejoinedMs > REJOIN_EVERY_MS &&
      [...this.#sources.values()].some(({ sinceMs, lastMs }) => lastMs - sinceMs > NAMELESS_MS);
    if (isDue) {
      this.#rejoinedMs = nowMs;
      this.#sources.clear();
    }
    return isDue;
  }
}
