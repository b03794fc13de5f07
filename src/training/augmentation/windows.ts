import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { BankMatrix } from '../feature-bank.ts';

/** How a window shorter than asked for is filled: from the clip's beginning again, or with zeros. */
export type Padding = 'repeat' | 'zero';

/** How {@link readDrawnWindow} draws. */
export interface WindowSettings {
  /** The range of the clip's frames to one of the window's: 0.8..1.25; [1, 1] for none. */
  readonly stretch: readonly [number, number];
  readonly padding: Padding;
}

/** What {@link maskSpectrum} draws. */
export interface MaskSettings {
  readonly timeMasks: number;
  /** The longest time mask, in frames. */
  readonly timeFrames: number;
  readonly frequencyMasks: number;
  /** The widest frequency mask, in dims of one view. */
  readonly frequencyDims: number;
}

/**
 * Reads `out.length / dims` frames of a clip, beginning at frame `start` (a fraction is a place between two frames) and
 * moving on by `rate` frames each, with linear interpolation; `out` is [time][dims], row-major.
 *
 * @returns how many frames of `out` hold the clip itself; what follows is padding
 */
export function readWindow(
  source: BankMatrix,
  out: Float32Array,
  start: number,
  rate: number,
  padding: Padding,
): number {
  throw new Error(`${source.frames} ${out.length} ${start} ${rate} ${padding}`);
}

/** {@link readWindow} at a place and with a stretch that are drawn. A clip longer than the window is cropped at random. */
export function readDrawnWindow(
  source: BankMatrix,
  out: Float32Array,
  settings: WindowSettings,
  random: RandomGenerator,
): number {
  throw new Error(`${source.frames} ${out.length} ${settings.padding} ${random.next()}`);
}

/**
 * Moves what lies at dim d of every frame to d / factor, in place, by linear interpolation along the dims (0.9..1.1 is
 * about what voices differ by). For log-mel frames, before they are normalised.
 */
export function warpFrequency(window: Float32Array, dims: number, factor: number): void {
  throw new Error(`${window.length} ${dims} ${factor}`);
}

/**
 * SpecAugment (Park et al. 2019): sets random stretches of time and bands of dims to 0, in place; for normalised
 * windows, where 0 is the mean. With several views of the same dims side by side, a band is masked in each.
 */
export function maskSpectrum(
  window: Float32Array,
  shape: { readonly dims: number; readonly views: number },
  settings: MaskSettings,
  random: RandomGenerator,
): void {
  throw new Error(`${window.length} ${shape.dims} ${settings.timeMasks} ${random.next()}`);
}
