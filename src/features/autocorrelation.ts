import { RealTransform } from './fourier-plan.ts';
import { KernelMemory } from '../kernels/kernel-memory.ts';

/** Writes the autocorrelation of the frame that starts at `samples[at]`: lags 0..out.length-1. */
export type Autocorrelation = (samples: Float32Array, at: number, out: Float64Array) => void;

/**
 * Plans the linear autocorrelation r(k) = sum of x[n] x[n + k] over one frame, x = 0 outside it, in double precision
 * by the Wiener-Khinchin theorem. The frame is padded so far that lags 0..maxLag do not wrap around.
 */
export function planAutocorrelation(frameLength: number, maxLag: number): Autocorrelation {
  let length = 4;
  while (length < frameLength + maxLag) length *= 2;
  const memory = new KernelMemory();
  const transform = new RealTransform(memory, length);
  const views = new Map<number, Float64Array>();
  /** The transform alternates between few places: a view of each is made once. */
  const viewOf = (address: number): Float64Array => {
    const view = views.get(address) ?? memory.doubles(address, 2 * transform.bins);
    views.set(address, view);
    return view;
  };

  return (samples, at, out) => {
    const input = viewOf(transform.input);
    for (let i = 0; i < frameLength; i++) input[i] = samples[at + i]!;
    input.fill(0, frameLength, length);
    const spectrum = viewOf(transform.run());
    const { bins } = transform;
    // Bin by bin from below, so that it does not matter whether the spectrum lies in the input's own place.
    for (let bin = 0; bin < bins; bin++) {
      input[bin] = (spectrum[2 * bin]! ** 2 + spectrum[2 * bin + 1]! ** 2) / length;
    }
    // The power spectrum is real and even: transforming it once more is transforming it back.
    for (let bin = 1; bin < bins - 1; bin++) input[length - bin] = input[bin]!;
    const correlation = viewOf(transform.run());
    for (let lag = 0; lag < out.length; lag++) out[lag] = correlation[2 * lag]!;
  };
}
