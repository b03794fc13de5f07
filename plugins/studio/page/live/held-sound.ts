const BLOCK_MS = 10_000;
/** Older sound is let go: ten minutes at 16 kHz are 19 MB. */
const MOST_BLOCKS = 60;

/** The sound of one speaker that the page holds, so that it can be played back: the last ten minutes. It is nowhere else. */
export class HeldSound {
  readonly rateHz: number;
  readonly #blockLength: number;
  readonly #blocks = new Map<number, Int16Array>();
  #length = 0;

  constructor(rateHz: number) {
    this.rateHz = rateHz;
    this.#blockLength = (rateHz * BLOCK_MS) / 1000;
  }

  /** Up to where sound came. */
  get endMs(): number {
    return (1000 * this.#length) / this.rateHz;
  }

  /** From where on it is still held. */
  get startMs(): number {
    return BLOCK_MS * Math.max(0, Math.ceil(this.#length / this.#blockLength) - MOST_BLOCKS);
  }

  /** Takes the samples that follow. */
  push(samples: Int16Array): void {
    for (let at = 0; at < samples.length;) {
      const index = Math.floor(this.#length / this.#blockLength);
      const from = this.#length % this.#blockLength;
      const part = samples.subarray(at, at + this.#blockLength - from);
      this.#block(index).set(part, from);
      this.#length += part.length;
      at += part.length;
    }
  }

  /** The samples of a stretch, -1..1; null where they are not held (any more). */
  slice(startMs: number, endMs: number): Float32Array<ArrayBuffer> | null {
    const from = Math.round((startMs * this.rateHz) / 1000);
    const to = Math.min(this.#length, Math.round((endMs * this.rateHz) / 1000));
    if (startMs < this.startMs || to <= from) return null;
    return Float32Array.from({ length: to - from }, (_, i) => {
      const block = this.#blocks.get(Math.floor((from + i) / this.#blockLength))!;
      return block[(from + i) % this.#blockLength]! / 32_768;
    });
  }

  #block(index: number): Int16Array {
    let block = this.#blocks.get(index);
    if (!block) {
      this.#blocks.set(index, (block = new Int16Array(this.#blockLength)));
      this.#blocks.delete(index - MOST_BLOCKS);
    }
    return block;
  }
}
