// Linear maps and element-wise work on float vectors, four lanes at a time.
// Vectors that are read here are padded to a multiple of four; the padding must be readable, and weights there are 0.

function sumLanes(v: v128): f32 {
  const pairs = f32x4.add(v, v128.shuffle<u64>(v, v, 1, 0));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/**
 * out[r] = sum over c of weights[r][c] * x[c]: a dense matrix (rows x columns, columns a multiple of 4) by a vector.
 * Four rows at a time, so that each x is loaded once for them; rows is a multiple of 4 (pad with rows of zeros).
 */
export function project(weights: usize, rows: i32, columns: i32, x: usize, out: usize): void {
  const row = <usize>columns << 2;
  for (let r = 0; r < rows; r += 4) {
    let w = weights + <usize>r * row;
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    let at = x;
    const end = x + row;
    while (at < end) {
      const value = v128.load(at);
      s0 = f32x4.add(s0, f32x4.mul(value, v128.load(w)));
      s1 = f32x4.add(s1, f32x4.mul(value, v128.load(w + row)));
      s2 = f32x4.add(s2, f32x4.mul(value, v128.load(w + 2 * row)));
      s3 = f32x4.add(s3, f32x4.mul(value, v128.load(w + 3 * row)));
      at += 16;
      w += 16;
    }
    const to = out + (<usize>r << 2);
    f32.store(to, sumLanes(s0));
    f32.store(to + 4, sumLanes(s1));
    f32.store(to + 8, sumLanes(s2));
    f32.store(to + 12, sumLanes(s3));
  }
}

/**
 * A banded matrix by a vector: row r has `lengths[r]` (a multiple of 4) weights, lying one row after the other in
 * `weights`, that meet x from index `starts[r]` on. A mel filter bank is one: a triangle covers few bins.
 */
export function projectBands(weights: usize, starts: usize, lengths: usize, rows: i32, x: usize, out: usize): void {
  for (let r = 0; r < rows; r++) {
    const at = <usize>r << 2;
    let from = x + (<usize>i32.load(starts + at) << 2);
    const end = from + (<usize>i32.load(lengths + at) << 2);
    let sum = f32x4.splat(0);
    while (from < end) {
      sum = f32x4.add(sum, f32x4.mul(v128.load(from), v128.load(weights)));
      from += 16;
      weights += 16;
    }
    f32.store(out + at, sumLanes(sum));
  }
}

/**
 * out[i] = 10 log10(max(floor, x[i])) + offset, n a multiple of 4.
 * log2 by splitting off the exponent and a minimax polynomial for log2(m)/(m - 1) on m in [2/3, 4/3): error below 1e-6 dB
 * of single precision's own.
 */
export function decibels(x: usize, out: usize, n: i32, floor: f32, offset: f32): void {
  const least = f32x4.splat(floor);
  const added = f32x4.splat(offset);
  const tenLog10Of2 = f32x4.splat(3.0102999566398120);
  const one = f32x4.splat(1);
  for (let i = 0; i < n; i += 4) {
    const value = f32x4.max(v128.load(x + (<usize>i << 2)), least);
    // Exponent e and mantissa m with value = m 2^e, m within sqrt(1/2)..sqrt(2): 0x3f3504f3 is sqrt(1/2) as bits.
    const bits = i32x4.sub(value, i32x4.splat(0x3f3504f3));
    const exponent = i32x4.shr_s(bits, 23);
    const mantissa = i32x4.add(v128.and(bits, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3));
    // ln(m) = 2 atanh(s), s = (m - 1)/(m + 1), |s| <= 0.1716: the odd series to s^9 is exact to single precision.
    const s = f32x4.div(f32x4.sub(mantissa, one), f32x4.add(mantissa, one));
    const s2 = f32x4.mul(s, s);
    let series = f32x4.add(f32x4.mul(s2, f32x4.splat(0.3205988979)), f32x4.splat(0.4121985831)); // 2/(9 ln 2), 2/(7 ln 2)
    series = f32x4.add(f32x4.mul(series, s2), f32x4.splat(0.5770780164)); // 2/(5 ln 2)
    series = f32x4.add(f32x4.mul(series, s2), f32x4.splat(0.9617966939)); // 2/(3 ln 2)
    series = f32x4.add(f32x4.mul(series, s2), f32x4.splat(2.8853900818)); // 2/ln 2
    const log2 = f32x4.add(f32x4.mul(series, s), f32x4.convert_i32x4_s(exponent));
    v128.store(out + (<usize>i << 2), f32x4.add(f32x4.mul(log2, tenLog10Of2), added));
  }
}

/** The sum of squares of n floats, in double precision; four partial sums keep the adders busy. */
export function sumOfSquares(x: usize, n: i32): f64 {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const low = f64x2.promote_low_f32x4(v128.load64_zero(x + (<usize>i << 2)));
    const high = f64x2.promote_low_f32x4(v128.load64_zero(x + (<usize>i << 2), 8));
    a = f64x2.add(a, f64x2.mul(low, low));
    b = f64x2.add(b, f64x2.mul(high, high));
  }
  a = f64x2.add(a, b);
  let total = f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
  for (; i < n; i++) {
    const rest = <f64>f32.load(x + (<usize>i << 2));
    total += rest * rest;
  }
  return total;
}

/** How many of x[1..n-1] differ in sign from the sample before; within +-threshold a sample counts as positive zero. */
export function signChanges(x: usize, n: i32, threshold: f32): i32 {
  const below = f32x4.splat(-threshold);
  let count = 0;
  let i = 1;
  for (; i + 4 <= n; i += 4) {
    const at = x + (<usize>i << 2);
    const changes = v128.xor(f32x4.lt(v128.load(at - 4), below), f32x4.lt(v128.load(at), below));
    count += popcnt<i32>(i32x4.bitmask(changes));
  }
  for (; i < n; i++) {
    const at = x + (<usize>i << 2);
    count += i32(f32.load(at - 4) < -threshold != f32.load(at) < -threshold);
  }
  return count;
}

/** The largest of n floats, n a multiple of 4 and at least 4; not for NaN. */
export function maximum(x: usize, n: i32): f32 {
  let best = v128.load(x);
  for (let i = 4; i < n; i += 4) best = f32x4.max(best, v128.load(x + (<usize>i << 2)));
  const pairs = f32x4.max(best, v128.shuffle<u64>(best, best, 1, 0));
  return max(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}
