// Arithmetic that must come out as NumPy's does for features to equal librosa's.

/** Python's and NumPy's remainder: has the sign of the divisor. */
export const remainder = (a: number, b: number): number => a - b * Math.floor(a / b);

/** NumPy's and Python's rounding: halves go to the even neighbour. */
export function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** `np.finfo(np.float32).tiny`: librosa's `normalize` leaves what is smaller as it is. */
export const SMALLEST_NORMAL_FLOAT = 1.17549435e-38;
