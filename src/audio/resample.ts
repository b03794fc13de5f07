import { UndertoneError } from '../errors.ts';
import { KernelMemory } from '../kernels/kernel-memory.ts';
import { allocateSamples, type AllocateSamples } from './allocate-samples.ts';
import { designResamplingFilter } from './resampling-filter.ts';

/** The lowest rate that can be converted, in Hz. */
export const MIN_SAMPLE_RATE_HZ = 4_000;
/** The highest rate that can be converted, in Hz. */
export const MAX_SAMPLE_RATE_HZ = 192_000;

/**
 * A stream of mono samples on its way from one rate to another. Chunks may have any size; the outputs, put together,
 * are bit for bit what {@link resample} gives for the whole. Memory is constant.
 */
export interface Resampler {
  readonly fromHz: number;
  readonly toHz: number;
  /**
   * Takes the next samples and returns the outputs that are complete: those whose filter has seen all its input, so
   * the stream runs about 50 samples of the lower rate behind. The caller keeps its array.
   * @param allocate gives an array of a length, to be filled and returned. Default: a new one
   */
  process(chunk: Float32Array, allocate?: AllocateSamples): Float32Array;
  /** Ends the stream: the outputs still due, as if silence followed. The resampler is then as new. */
  flush(): Float32Array;
}

/**
 * Opens a band-limited conversion (a Kaiser-windowed sinc, linear phase) without net delay: output k is the signal at
 * `k / toHz` seconds, and n inputs give `ceil(n * toHz / fromHz)` outputs, as in librosa. Within 0.5 dB up to 0.9 of the
 * lower rate's Nyquist; aliases and images below -80 dB from that Nyquist on. Equal rates pass samples through unchanged.
 *
 * A non-finite sample makes the outputs within 50 samples (of the lower rate) around it non-finite, and no other.
 *
 * @param fromHz - the input's rate: a whole number of Hz in 4,000..192,000
 * @param toHz - the output's rate, likewise
 * @throws UndertoneError AUDIO_INVALID_RATE
 */
export function createResampler(fromHz: number, toHz: number): Resampler {
  return createResamplerFactory(fromHz, toHz)();
}

/**
 * Opens conversions that share one filter table (up to 256 KiB) and one work space, for the many streams of a live host.
 *
 * @throws UndertoneError AUDIO_INVALID_RATE
 */
export function createResamplerFactory(fromHz: number, toHz: number): () => Resampler {
  requireRate(fromHz);
  requireRate(toHz);
  if (fromHz === toHz) return () => passThrough(fromHz);
  const filter = new SharedFilter(fromHz, toHz);
  return () => streamThrough(filter);
}

/**
 * Converts a whole recording; see {@link createResampler}. The array returned is never the one given.
 *
 * @throws UndertoneError AUDIO_INVALID_RATE
 */
export function resample(samples: Float32Array, fromHz: number, toHz: number): Float32Array {
  const resampler = createResampler(fromHz, toHz);
  const head = resampler.process(samples);
  const tail = resampler.flush();
  const whole = new Float32Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}

function requireRate(rateHz: number): void {
  if (Number.isInteger(rateHz) && rateHz >= MIN_SAMPLE_RATE_HZ && rateHz <= MAX_SAMPLE_RATE_HZ) return;
  throw new UndertoneError('AUDIO_INVALID_RATE', {
    subject: `${rateHz} Hz`,
    problem: 'is no sample rate that can be converted',
    remedy: `Give a whole number of Hz from ${MIN_SAMPLE_RATE_HZ} to ${MAX_SAMPLE_RATE_HZ}.`,
  });
}

function passThrough(rateHz: number): Resampler {
  return {
    fromHz: rateHz,
    toHz: rateHz,
    process: (chunk, allocate = allocateSamples) => {
      const out = allocate(chunk.length);
      out.set(chunk);
      return out;
    },
    flush: () => new Float32Array(0),
  };
}

/** Outputs computed at a time. */
const BLOCK = 4_096;

/** A filter in kernel memory with room to work: holds nothing of a stream, so that streams can share it. */
class SharedFilter {
  readonly fromHz: number;
  readonly toHz: number;
  readonly up: number;
  readonly down: number;
  readonly taps: number;
  /** Where a stream puts its last samples and the next ones before `run`. */
  readonly window: Float32Array;
  /** Where `run` puts the outputs. */
  readonly outputs: Float32Array;
  readonly #memory = new KernelMemory();
  readonly #table: number;
  readonly #phases: number;

  constructor(fromHz: number, toHz: number) {
    const { up, down, taps, phases, coefficients } = designResamplingFilter(fromHz, toHz);
    this.fromHz = fromHz;
    this.toHz = toHz;
    this.up = up;
    this.down = down;
    this.taps = taps;
    this.#phases = phases;
    this.#table = this.#memory.table(coefficients);
    // As much input as gives a block of outputs at most.
    const windowLength = taps - 1 + Math.floor((BLOCK * down) / up);
    const window = this.#memory.reserve(windowLength * 4);
    const outputs = this.#memory.reserve(BLOCK * 4);
    this.window = this.#memory.floats(window, windowLength);
    this.outputs = this.#memory.floats(outputs, BLOCK);
  }

  /** Computes `count` outputs from the window's sample `start` on, the first at this phase. */
  run(phase: number, start: number, count: number): void {
    const { taps, up, down, window, outputs } = this;
    const samples = window.byteOffset + start * 4;
    this.#memory.kernels.resample(this.#table, taps, this.#phases, up, down, phase, samples, outputs.byteOffset, count);
  }
}

function streamThrough(filter: SharedFilter): Resampler {
  const { fromHz, toHz, up, down, taps, window } = filter;
  const half = taps / 2;
  const silence = new Float32Array(half);
  /** The samples that outputs to come still need, between calls. */
  const history = new Float32Array(taps);
  let kept = 0;
  /** Whether those are all 0: telephones that are silent send nothing but zeros, and make up half of a call. */
  let isSilent = true;
  // The next output lies `phase / up` of a sample after the sample `next + half - 1` of those kept.
  let next = 0;
  let phase = 0;

  /** Outputs whose rightmost tap lies before sample `end` of those kept and those that follow. */
  const due = (end: number): number => Math.max(0, Math.ceil(((end - taps + 1 - next) * up - phase) / down));

  function restart(): void {
    history.fill(0);
    isSilent = true;
    kept = half - 1;
    next = 0;
    phase = 0;
  }

  function advance(outputs: number): void {
    const steps = phase + outputs * down;
    next += Math.floor(steps / up);
    phase = steps % up;
  }

  function process(chunk: Float32Array, allocate = allocateSamples): Float32Array {
    const output = allocate(due(kept + chunk.length));
    copy(history, kept, window);
    const isChunkSilent = isAllZero(chunk);
    const isQuiet = isSilent && isChunkSilent;
    let done = 0;
    for (let taken = 0; taken < chunk.length;) {
      const step = Math.min(chunk.length - taken, window.length - kept);
      window.set(step === chunk.length ? chunk : chunk.subarray(taken, taken + step), kept);
      taken += step;
      kept += step;
      const count = due(kept);
      if (isQuiet) output.fill(0, done, done + count);
      else {
        filter.run(phase, next, count);
        copy(filter.outputs, count, output, done);
      }
      done += count;
      advance(count);
      window.copyWithin(0, next, kept);
      kept -= next;
      next = 0;
    }
    copy(window, kept, history);
    isSilent = isQuiet || (isChunkSilent && chunk.length >= taps);
    return output;
  }

  restart();
  return {
    fromHz,
    toHz,
    process,
    flush: () => {
      // With half a filter of silence, the outputs due are exactly those before the end of the input.
      const tail = process(silence);
      restart();
      return tail;
    },
  };
}

/** Copies the first values. Packets are short: to make views of them would take longer. */
function copy(from: Float32Array, count: number, to: Float32Array, at = 0): void {
  for (let i = 0; i < count; i++) to[at + i] = from[i]!;
}

function isAllZero(samples: Float32Array): boolean {
  for (let i = 0; i < samples.length; i++) if (samples[i] !== 0) return false;
  return true;
}
