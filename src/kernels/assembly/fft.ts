// Fourier transforms in double precision, one complex number (re, im) a vector.
//
// Double, because bandwidth, flatness and the dB floor of a clean tone live 120 dB below its peak, where a single
// precision transform has only its own rounding noise to show.

/** a * t, with the twiddle factor t = c + di prepared as the two vectors (c, c) and (-d, d). */
function multiply(a: v128, cc: v128, dd: v128): v128 {
  return f64x2.add(f64x2.mul(a, cc), f64x2.mul(v128.shuffle<u64>(a, a, 1, 0), dd));
}

/**
 * In-order complex transform of a power-of-two length (Stockham autosort, radix 4 with a last radix-2 pass).
 * The passes go back and forth between `x` and `y`; the result's address is returned. `twiddles` holds, for each
 * pass with q = length/4 and each p < q, the three factors exp(-2 pi i p k / length), k = 1..3, 32 bytes each.
 */
export function complexFft(x: usize, y: usize, n: i32, twiddles: usize): usize {
  const minusI = f64x2(1.0, -1.0); // swap, then times this: (re, im) * -i = (im, -re)
  let stride: usize = 16;
  let length = n;
  while (length >= 4) {
    const q = length >> 2;
    const quarter = <usize>q * stride;
    for (let p = 0; p < q; p++) {
      const c1 = v128.load(twiddles, 0);
      const d1 = v128.load(twiddles, 16);
      const c2 = v128.load(twiddles, 32);
      const d2 = v128.load(twiddles, 48);
      const c3 = v128.load(twiddles, 64);
      const d3 = v128.load(twiddles, 80);
      twiddles += 96;
      let from = x + <usize>p * stride;
      let to = y + <usize>(4 * p) * stride;
      const end = from + stride;
      while (from < end) {
        const x0 = v128.load(from);
        const x1 = v128.load(from + quarter);
        const x2 = v128.load(from + 2 * quarter);
        const x3 = v128.load(from + 3 * quarter);
        const even = f64x2.add(x0, x2);
        const evenDifference = f64x2.sub(x0, x2);
        const odd = f64x2.add(x1, x3);
        const difference = f64x2.sub(x1, x3);
        const oddDifference = f64x2.mul(v128.shuffle<u64>(difference, difference, 1, 0), minusI);
        v128.store(to, f64x2.add(even, odd));
        v128.store(to + stride, multiply(f64x2.add(evenDifference, oddDifference), c1, d1));
        v128.store(to + 2 * stride, multiply(f64x2.sub(even, odd), c2, d2));
        v128.store(to + 3 * stride, multiply(f64x2.sub(evenDifference, oddDifference), c3, d3));
        from += 16;
        to += 16;
      }
    }
    const swap = x;
    x = y;
    y = swap;
    stride <<= 2;
    length = q;
  }
  if (length == 2) {
    let from = x;
    let to = y;
    const end = from + stride;
    while (from < end) {
      const x0 = v128.load(from);
      const x1 = v128.load(from + stride);
      v128.store(to, f64x2.add(x0, x1));
      v128.store(to + stride, f64x2.sub(x0, x1));
      from += 16;
      to += 16;
    }
    return y;
  }
  return x;
}

/**
 * Complex transform of any length by Bluestein's chirp algorithm (1970): a convolution of power-of-two length `m`.
 * `chirp` holds exp(-pi i k^2 / n) and `filter` the transformed conjugate chirp over m, both as (c, c)(-d, d) pairs.
 * Work memory `y` and `z` of m complex each; the result (n complex) is written back to `x`.
 */
export function bluestein(x: usize, n: i32, y: usize, z: usize, m: i32, chirp: usize, filter: usize, twiddles: usize): void {
  const conjugate = f64x2(1.0, -1.0);
  for (let i = 0; i < n; i++) {
    const at = <usize>i << 4;
    v128.store(y + at, multiply(v128.load(x + at), v128.load(chirp + 2 * at), v128.load(chirp + 2 * at, 16)));
  }
  memory.fill(y + (<usize>n << 4), 0, <usize>(m - n) << 4);
  let spectrum = complexFft(y, z, m, twiddles);
  // The inverse transform is the conjugate of the transform of the conjugate; 1/m is inside the filter.
  for (let i = 0; i < m; i++) {
    const at = <usize>i << 4;
    const product = multiply(v128.load(spectrum + at), v128.load(filter + 2 * at), v128.load(filter + 2 * at, 16));
    v128.store(spectrum + at, f64x2.mul(product, conjugate));
  }
  spectrum = complexFft(spectrum, spectrum == y ? z : y, m, twiddles);
  for (let i = 0; i < n; i++) {
    const at = <usize>i << 4;
    const value = f64x2.mul(v128.load(spectrum + at), conjugate);
    v128.store(x + at, multiply(value, v128.load(chirp + 2 * at), v128.load(chirp + 2 * at, 16)));
  }
}

/** out[i] = samples[i] * window[i], from float samples to doubles; n a multiple of 2 or the next sample readable. */
export function applyWindow(samples: usize, window: usize, out: usize, n: i32): void {
  for (let i = 0; i < n; i += 2) {
    const wide = f64x2.promote_low_f32x4(v128.load64_zero(samples + (<usize>i << 2)));
    v128.store(out + (<usize>i << 3), f64x2.mul(wide, v128.load(window + (<usize>i << 3))));
  }
}

/** Windowed samples as complex numbers without imaginary part (for transforms of odd length). */
export function applyWindowComplex(samples: usize, window: usize, out: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    f64.store(out + (<usize>i << 4), <f64>f32.load(samples + (<usize>i << 2)) * f64.load(window + (<usize>i << 3)));
    f64.store(out + (<usize>i << 4) + 8, 0);
  }
}

/**
 * The spectrum of 2m real samples from the transform `z` of m (even, odd) pairs, in place: m + 1 complex numbers
 * (`z` has room for them). `split` holds -i exp(-pi i k / m), k = 0..m/2, as (c, c)(-d, d) pairs.
 */
export function splitReal(z: usize, m: i32, split: usize): void {
  const conjugate = f64x2(1.0, -1.0);
  const half = f64x2.splat(0.5);
  const re = f64.load(z);
  const im = f64.load(z + 8);
  const last = z + (<usize>m << 4);
  v128.store(z, f64x2(re + im, 0));
  v128.store(last, f64x2(re - im, 0));
  for (let k = 1; k <= m >> 1; k++) {
    const low = z + (<usize>k << 4);
    const high = z + (<usize>(m - k) << 4);
    const a = v128.load(low);
    const b = f64x2.mul(v128.load(high), conjugate);
    const even = f64x2.mul(f64x2.add(a, b), half);
    const at = split + (<usize>k << 5);
    const odd = multiply(f64x2.mul(f64x2.sub(a, b), half), v128.load(at), v128.load(at, 16));
    v128.store(high, f64x2.mul(f64x2.sub(even, odd), conjugate));
    v128.store(low, f64x2.add(even, odd));
  }
}

/** a^2 of a complex double after rounding to single precision, as (re^2, im^2). */
function singleSquares(at: usize): v128 {
  const single = f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(v128.load(at)));
  return f64x2.mul(single, single);
}

/** Squared magnitudes of the complex doubles at `at` and `at + 16`. */
function twoSquaredMagnitudes(at: usize): v128 {
  const a = singleSquares(at);
  const b = singleSquares(at + 16);
  return f64x2.add(v128.shuffle<u64>(a, b, 0, 2), v128.shuffle<u64>(a, b, 1, 3));
}

/**
 * |z| of `bins` complex doubles as floats, and their squares. z is rounded to single precision first, as librosa's
 * spectra are: spectra that are flat but for rounding then have their peaks in the same places.
 */
export function magnitudes(z: usize, bins: i32, magnitude: usize, power: usize): void {
  let i = 0;
  for (; i + 4 <= bins; i += 4) {
    const at = z + (<usize>i << 4);
    const low = f32x4.demote_f64x2_zero(f64x2.sqrt(twoSquaredMagnitudes(at)));
    const high = f32x4.demote_f64x2_zero(f64x2.sqrt(twoSquaredMagnitudes(at + 32)));
    const four = v128.shuffle<u64>(low, high, 0, 2);
    v128.store(magnitude + (<usize>i << 2), four);
    v128.store(power + (<usize>i << 2), f32x4.mul(four, four));
  }
  for (; i < bins; i++) {
    const squares = singleSquares(z + (<usize>i << 4));
    const one = <f32>Math.sqrt(f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1));
    f32.store(magnitude + (<usize>i << 2), one);
    f32.store(power + (<usize>i << 2), one * one);
  }
}
