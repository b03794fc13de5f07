/** How the signal is continued over its two ends, by NumPy's names. */
export const PAD_MODES = ['constant', 'reflect', 'edge'] as const;
/** One of {@link PAD_MODES}. */
export type PadMode = (typeof PAD_MODES)[number];

/** How a signal is cut into frames. */
export interface Framing {
  /** Samples a frame. */
  readonly frameLength: number;
  /** Samples from one frame's start to the next one's. */
  readonly hopLength: number;
  /** Frame t is centred on sample t * hopLength; the signal is padded by half a frame on both sides. */
  readonly center: boolean;
  readonly padMode: PadMode;
}

/** How many frames a signal of so many samples has. */
export function frameCount(samples: number, { frameLength, hopLength, center }: Omit<Framing, 'padMode'>): number {
  const padded = samples + (center && samples > 0 ? 2 * Math.floor(frameLength / 2) : 0);
  return padded < frameLength ? 0 : 1 + Math.floor((padded - frameLength) / hopLength);
}

/**
 * Called for every frame. `at`: index of its first sample in the work area; `from`..`to`: the part of the frame,
 * relative to its start, that holds the signal's own samples and not padding.
 */
export type FrameHandler = (at: number, from: number, to: number) => void;

/** Index of the sample that NumPy's `reflect` puts at position `i` of a signal of `length` samples. */
function reflectedIndex(i: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const wrapped = ((i % period) + period) % period;
  return wrapped < length ? wrapped : period - wrapped;
}

/** Samples that a framer needs beside the longest frame, so that chunks are worked off in few steps. */
export const WORK_AREA_SLACK = 16_384;

/**
 * Cuts a signal that arrives in chunks of any size into overlapping frames, padding included. One framer a stream:
 * it keeps the samples that the next frame needs. The work area, where frames lie in one piece, may be shared with
 * other framers, for it is only used during a call.
 */
export class Framer {
  readonly #framing: Framing;
  readonly #work: Float32Array;
  readonly #onFrame: FrameHandler;
  readonly #pad: number;
  /** The samples from the next frame's start on, between calls. */
  readonly #carry: Float32Array;
  #carried = 0;
  /** Samples to drop before the next frame begins (only where hopLength > frameLength). */
  #skip = 0;
  /** Position of the next frame's start, counted from the start of the padding. */
  #position = 0;
  #received = 0;
  #end = Infinity;
  /** The first and the last samples, as far as padding needs them: at most pad + 1 each. */
  readonly #head: Float32Array;
  #tail: Float32Array;
  #started: boolean;

  constructor(framing: Framing, work: Float32Array, onFrame: FrameHandler) {
    this.#framing = framing;
    this.#work = work;
    this.#onFrame = onFrame;
    this.#pad = framing.center ? Math.floor(framing.frameLength / 2) : 0;
    this.#carry = new Float32Array(framing.frameLength);
    const kept = framing.padMode === 'reflect' ? this.#pad + 1 : framing.padMode === 'edge' ? 1 : 0;
    this.#head = new Float32Array(this.#pad > 0 ? kept : 0);
    this.#tail = new Float32Array(this.#head.length);
    this.#started = this.#pad === 0;
  }

  /** Samples received so far. */
  get received(): number {
    return this.#received;
  }

  /** Takes the next samples; calls the handler for every frame that they complete. */
  push(chunk: Float32Array): void {
    let from = 0;
    if (!this.#started) {
      const missing = this.#head.length - this.#received;
      if (missing > 0) {
        from = Math.min(missing, chunk.length);
        this.#head.set(chunk.subarray(0, from), this.#received);
        this.#received += from;
      }
      if (this.#received < this.#head.length) return;
      this.#start(this.#head.length);
    }
    const rest = from === 0 ? chunk : chunk.subarray(from);
    this.#received += rest.length;
    this.#remember(rest);
    this.#feed(rest);
  }

  /** Ends the signal: pads it and calls the handler for the last frames. Returns the number of samples received. */
  finish(): number {
    if (!this.#started) this.#start(this.#received);
    this.#end = this.#pad + this.#received;
    if (this.#pad > 0 && this.#received > 0) this.#feed(this.#padding('end'));
    return this.#received;
  }

  #start(headLength: number): void {
    this.#started = true;
    if (this.#received === 0 && this.#head.length > 0) return;
    this.#tail = this.#head.slice(0, headLength);
    this.#feed(this.#padding('start'));
    this.#feed(this.#tail);
  }

  #remember(chunk: Float32Array): void {
    const tail = this.#tail;
    if (tail.length === 0) return;
    const fresh = Math.min(tail.length, chunk.length);
    tail.copyWithin(0, fresh);
    tail.set(chunk.subarray(chunk.length - fresh), tail.length - fresh);
  }

  /** The padding before the head or after the tail. */
  #padding(side: 'start' | 'end'): Float32Array {
    const padding = new Float32Array(this.#pad);
    const known = this.#tail;
    if (known.length === 0) return padding;
    for (let i = 0; i < padding.length; i++) {
      const outside = side === 'start' ? i - padding.length : known.length + i;
      const inside =
        this.#framing.padMode === 'reflect'
          ? reflectedIndex(outside, known.length)
          : Math.min(known.length - 1, Math.max(0, outside));
      padding[i] = known[inside]!;
    }
    return padding;
  }

  #feed(samples: Float32Array): void {
    const { frameLength, hopLength } = this.#framing;
    const work = this.#work;
    let used = Math.min(this.#skip, samples.length);
    this.#skip -= used;
    work.set(this.#carry.subarray(0, this.#carried));
    let filled = this.#carried;
    while (used < samples.length) {
      const taken = Math.min(samples.length - used, work.length - filled);
      work.set(samples.subarray(used, used + taken), filled);
      used += taken;
      filled += taken;
      let next = 0;
      for (; next + frameLength <= filled; next += hopLength) {
        const from = Math.min(frameLength, Math.max(0, this.#pad - this.#position));
        const to = Math.max(from, Math.min(frameLength, this.#end - this.#position));
        this.#onFrame(next, from, to);
        this.#position += hopLength;
      }
      if (next > filled) {
        const beyond = next - filled;
        const dropped = Math.min(beyond, samples.length - used);
        used += dropped;
        this.#skip = beyond - dropped;
        next = filled;
      }
      work.copyWithin(0, next, filled);
      filled -= next;
    }
    this.#carry.set(work.subarray(0, filled));
    this.#carried = filled;
  }
}
