/** The windows that can be asked for, by SciPy's names. */
export const WINDOW_NAMES = ['hann', 'hamming', 'blackman', 'bartlett', 'boxcar'] as const;
/** One of {@link WINDOW_NAMES}. */
export type WindowName = (typeof WINDOW_NAMES)[number];

const SHAPES: Record<WindowName, (phase: number) => number> = {
  hann: (phase) => 0.5 - 0.5 * Math.cos(2 * Math.PI * phase),
  hamming: (phase) => 0.54 - 0.46 * Math.cos(2 * Math.PI * phase),
  blackman: (phase) => 0.42 - 0.5 * Math.cos(2 * Math.PI * phase) + 0.08 * Math.cos(4 * Math.PI * phase),
  bartlett: (phase) => 1 - Math.abs(2 * phase - 1),
  boxcar: () => 1,
};

/**
 * A periodic ("DFT-even") window, as `scipy.signal.get_window(name, length, fftbins=True)` gives it, set in the middle
 * of `paddedLength` zeros as librosa's `util.pad_center` does. Shape [paddedLength], values within 0..1.
 */
export function periodicWindow(name: WindowName, length: number, paddedLength = length): Float64Array {
  const window = new Float64Array(paddedLength);
  const start = Math.floor((paddedLength - length) / 2);
  for (let i = 0; i < length; i++) window[start + i] = length === 1 ? 1 : SHAPES[name](i / length);
  return window;
}
