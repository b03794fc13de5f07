import { damaged } from './audio-errors.ts';
import type { ByteSource } from './byte-source.ts';

/** Big enough that a read costs less than decoding what it brings, small enough to stay in the processor's cache. */
const BLOCK_BYTES = 256 * 1024;

/**
 * Walks through a source with a window of its next bytes. Parsers look at {@link bytes} without waiting and ask for
 * more only when the window is too short. Memory grows with what is asked of {@link require}, never with what a
 * header claims.
 */
export class ByteReader {
  readonly name: string;
  readonly source: ByteSource;
  /** The bytes from {@link position} on that are in memory; valid until the next `fill`, `require` or `skip`. */
  bytes: Uint8Array;
  /** Where `bytes` begins in the source. */
  position = 0;
  readonly #signal: AbortSignal | undefined;
  #buffer: Uint8Array;
  #start = 0;
  #end = 0;
  #ended = false;

  constructor(source: ByteSource, name: string, signal?: AbortSignal) {
    this.source = source;
    this.name = name;
    this.#signal = signal;
    this.#buffer = new Uint8Array(Math.min(BLOCK_BYTES, Math.max(source.size ?? BLOCK_BYTES, 64)));
    this.bytes = this.#buffer.subarray(0, 0);
  }

  /** Reads once more; false when the source has ended. */
  async fill(): Promise<boolean> {
    this.#signal?.throwIfAborted();
    if (this.#ended) return false;
    this.#makeRoom();
    const got = await this.source.read(this.#buffer.subarray(this.#end), this.position + this.bytes.length);
    this.#end += got;
    this.#ended = got === 0;
    this.bytes = this.#buffer.subarray(this.#start, this.#end);
    return got > 0;
  }

  /** Makes the window at least `count` bytes long; false when the source ends before that. */
  async require(count: number): Promise<boolean> {
    while (this.bytes.length < count) if (!(await this.fill())) return false;
    return true;
  }

  /** Like {@link require}, for bytes without which nothing can be decoded. */
  async demand(count: number, what: string): Promise<Uint8Array> {
    if (!(await this.require(count))) throw damaged(this.name, `ends inside ${what}`);
    return this.bytes;
  }

  /** Moves the window's beginning over `count` of its bytes. */
  consume(count: number): void {
    this.#start += count;
    this.position += count;
    this.bytes = this.#buffer.subarray(this.#start, this.#end);
  }

  /** Moves over `count` bytes, wherever they are; false when the source ends before that. */
  async skip(count: number): Promise<boolean> {
    let left = count;
    while (left > this.bytes.length) {
      left -= this.bytes.length;
      this.consume(this.bytes.length);
      if (this.source.size !== undefined) return this.#jump(left, this.source.size);
      if (!(await this.fill())) return false;
    }
    this.consume(left);
    return true;
  }

  #jump(distance: number, size: number): boolean {
    const goal = this.position + distance;
    this.position = Math.min(goal, size);
    return goal <= size;
  }

  /** Brings the unread bytes to the front, and doubles the buffer only when they fill more than half of it. */
  #makeRoom(): void {
    const unread = this.#end - this.#start;
    const target = unread > this.#buffer.length / 2 ? new Uint8Array(this.#buffer.length * 2) : this.#buffer;
    target.set(this.#buffer.subarray(this.#start, this.#end));
    this.#buffer = target;
    this.#start = 0;
    this.#end = unread;
  }
}
