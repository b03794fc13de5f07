// Band-limited interpolation: outputs between input samples, each a dot product with the filter's row for its phase.

/** The dot product of n floats, n a multiple of 4; two sums keep the adders busy. */
function dot(row: usize, samples: usize, n: i32): f32 {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  const end = row + (<usize>n << 2);
  while (row + 32 <= end) {
    a = f32x4.add(a, f32x4.mul(v128.load(row), v128.load(samples)));
    b = f32x4.add(b, f32x4.mul(v128.load(row, 16), v128.load(samples, 16)));
    row += 32;
    samples += 32;
  }
  if (row < end) a = f32x4.add(a, f32x4.mul(v128.load(row), v128.load(samples)));
  a = f32x4.add(a, b);
  a = f32x4.add(a, v128.shuffle<u64>(a, a, 1, 0));
  return f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1);
}

/**
 * Computes n outputs. The first lies `phase / up` of a sample after the sample `taps / 2 - 1` of `samples`; each further
 * one lies `down / up` samples later. `table` has phases + 1 rows of `taps` coefficients (a multiple of 4): one row for
 * every phase where phases = up, else rows between which the two outputs are interpolated.
 */
export function resample(
  table: usize,
  taps: i32,
  phases: i32,
  up: i32,
  down: i32,
  phase: i32,
  samples: usize,
  out: usize,
  n: i32,
): void {
  const row = <usize>taps << 2;
  const exact = phases == up;
  const rowsPerPhase = <f64>phases / <f64>up;
  for (let k = 0; k < n; k++) {
    let value: f32;
    if (exact) {
      value = dot(table + <usize>phase * row, samples, taps);
    } else {
      const position = <f64>phase * rowsPerPhase;
      const below = <i32>position;
      const lower = table + <usize>below * row;
      const before = dot(lower, samples, taps);
      const after = dot(lower + row, samples, taps);
      value = before + (after - before) * <f32>(position - <f64>below);
    }
    f32.store(out + (<usize>k << 2), value);
    phase += down;
    samples += <usize>(phase / up) << 2;
    phase %= up;
  }
}
