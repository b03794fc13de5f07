import { UndertoneError } from '../errors.ts';
import { designResamplingFilter, type ResamplingFilter } from './resampling-filter.ts';

/** The rates that can be converted, in Hz. */
export const MIN_SAMPLE_RATE_HZ = 4_000;
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
   * the stream runs about 50 samples of the lower rate behind. The caller owns the array returned and keeps its own.
   */
  process(chunk: Float32Array): Float32Array;
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
  requireRate(fromHz);
  requireRate(toHz);
  return fromHz === toHz ? passThrough(fromHz) : streamThrough(designResamplingFilter(fromHz, toHz));
}

/**
 * Opens conversions that share one filter table (up to 256 KiB), for the many streams of a live host.
 *
 * @throws UndertoneError AUDIO_INVALID_RATE
 */
export function createResamplerFactory(fromHz: number, toHz: number): () => Resampler {
  requireRate(fromHz);
  requireRate(toHz);
  if (fromHz === toHz) return () => passThrough(fromHz);
  const filter = designResamplingFilter(fromHz, toHz);
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
  return { fromHz: rateHz, toHz: rateHz, process: (chunk) => chunk.slice(), flush: () => new Float32Array(0) };
}

/** Input samples filtered at a time: bounds a stream's memory while the window is moved rarely. */
const BLOCK = 1_024;

function streamThrough(filter: ResamplingFilter): Resampler {
  const { fromHz, toHz, up, down, taps } = filter;
  const half = taps / 2;
  const wholeStep = Math.floor(down / up);
  const phaseStep = down % up;
  const convolve = filter.phases === up ? convolveExact : convolveInterpolated;
  const window = new Float32Array(taps + BLOCK);
  const silence = new Float32Array(half);
  // The next output lies `phase / up` of a sample after the window's sample `next + half - 1`.
  let filled = 0;
  let next = 0;
  let phase = 0;

  /** Outputs whose rightmost tap lies before `end`, counted from the window's first sample. */
  const due = (end: number): number => Math.max(0, Math.ceil(((end - taps + 1 - next) * up - phase) / down));

  function restart(): void {
    window.fill(0, 0, half - 1);
    filled = half - 1;
    next = 0;
    phase = 0;
  }

  function filterInto(output: Float32Array, from: number, to: number): void {
    for (let k = from; k < to; k++) {
      output[k] = convolve(filter, phase, window, next);
      next += wholeStep;
      phase += phaseStep;
      if (phase >= up) {
        phase -= up;
        next++;
      }
    }
  }

  function process(chunk: Float32Array): Float32Array {
    const output = new Float32Array(due(filled + chunk.length));
    let done = 0;
    for (let taken = 0; taken < chunk.length;) {
      const step = Math.min(chunk.length - taken, window.length - filled);
      window.set(chunk.subarray(taken, taken + step), filled);
      taken += step;
      filled += step;
      const ready = done + due(filled);
      filterInto(output, done, ready);
      done = ready;
      window.copyWithin(0, next, filled);
      filled -= next;
      next = 0;
    }
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

type Convolve = (filter: ResamplingFilter, phase: number, window: Float32Array, start: number) => number;

/** Four sums run side by side because each addition waits for the one before it. */
const convolveExact: Convolve = ({ coefficients, taps }, phase, window, start) => {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let tap = 0, row = phase * taps; tap < taps; tap += 4) {
    const weight = row + tap;
    const sample = start + tap;
    a += coefficients[weight]! * window[sample]!;
    b += coefficients[weight + 1]! * window[sample + 1]!;
    c += coefficients[weight + 2]! * window[sample + 2]!;
    d += coefficients[weight + 3]! * window[sample + 3]!;
  }
  return a + b + (c + d);
};

const convolveInterpolated: Convolve = ({ coefficients, taps, phases, up }, phase, window, start) => {
  const position = (phase * phases) / up;
  const below = Math.floor(position);
  const lower = below * taps;
  const upper = lower + taps;
  let before = 0;
  let after = 0;
  for (let tap = 0; tap < taps; tap++) {
    const sample = window[start + tap]!;
    before += coefficients[lower + tap]! * sample;
    after += coefficients[upper + tap]! * sample;
  }
  return before + (after - before) * (position - below);
};
