import { padToVector, type KernelMemory } from '../kernels/kernel-memory.ts';

/** The factors e^(i angle) as the kernels take them: (c, c) and (-d, d) for c + di. */
function twiddlePairs(angles: Float64Array): Float64Array {
  const pairs = new Float64Array(angles.length * 4);
  angles.forEach((angle, i) => {
    const c = Math.cos(angle);
    const d = Math.sin(angle);
    pairs.set([c, c, -d, d], i * 4);
  });
  return pairs;
}

/** The angles of the radix-4 passes of a power-of-two transform, in the order in which the kernel reads them. */
function radix4Angles(n: number): Float64Array {
  const angles: number[] = [];
  for (let length = n; length >= 4; length /= 4) {
    for (let p = 0; p < length / 4; p++) {
      for (let k = 1; k <= 3; k++) angles.push((-2 * Math.PI * ((p * k) % length)) / length);
    }
  }
  return Float64Array.from(angles);
}

const isPowerOfTwo = (n: number): boolean => (n & (n - 1)) === 0;

/** A complex transform of any length inside kernel memory. */
interface ComplexTransform {
  /** Address of the input: n complex doubles. */
  readonly input: number;
  /** Transforms the input and returns the address of the result (n complex doubles, room for one more). */
  run(): number;
}

function planPowerOfTwo(memory: KernelMemory, n: number): ComplexTransform {
  const twiddles = memory.table(twiddlePairs(radix4Angles(n)));
  const input = memory.reserve((n + 1) * 16);
  const work = memory.reserve((n + 1) * 16);
  return { input, run: () => memory.kernels.complexFft(input, work, n, twiddles) };
}

/** Any other length, as a convolution over the next power of two (Bluestein 1970). */
function planBluestein(memory: KernelMemory, n: number): ComplexTransform {
  let m = 1;
  while (m < 2 * n - 1) m *= 2;
  // k^2 modulo 2n keeps the angle exact however large k is.
  const angles = Float64Array.from({ length: n }, (_, k) => (-Math.PI * ((k * k) % (2 * n))) / n);
  const chirp = memory.table(twiddlePairs(angles));
  const twiddles = memory.table(twiddlePairs(radix4Angles(m)));
  const input = memory.reserve((n + 1) * 16);
  const y = memory.reserve(m * 16);
  const z = memory.reserve(m * 16);
  const filter = memory.reserve(m * 32);
  let prepared = false;

  /** The filter is a transform itself: it is made by the first run, when the memory has stopped growing. */
  const prepareFilter = (): void => {
    const conjugateChirp = memory.doubles(y, 2 * m).fill(0);
    angles.forEach((angle, k) => {
      const pair = [Math.cos(angle), -Math.sin(angle)];
      conjugateChirp.set(pair, 2 * k);
      if (k > 0) conjugateChirp.set(pair, 2 * (m - k));
    });
    const spectrum = memory.doubles(memory.kernels.complexFft(y, z, m, twiddles), 2 * m);
    const pairs = memory.doubles(filter, 4 * m);
    for (let k = 0; k < m; k++) {
      const re = spectrum[2 * k]! / m;
      const im = spectrum[2 * k + 1]! / m;
      pairs.set([re, re, -im, im], 4 * k);
    }
    prepared = true;
  };

  return {
    input,
    run: () => {
      if (!prepared) prepareFilter();
      memory.kernels.bluestein(input, n, y, z, m, chirp, filter, twiddles);
      return input;
    },
  };
}

/**
 * The transform of n real numbers, n >= 2, in double precision. Powers of two are several times faster than other
 * lengths, even lengths twice as fast as odd ones.
 */
export class RealTransform {
  /** n / 2 + 1, rounded down. */
  readonly bins: number;
  /** Address of the input: n doubles; for odd n, n pairs of doubles whose second is 0. */
  readonly input: number;
  readonly #memory: KernelMemory;
  readonly #n: number;
  readonly #transform: ComplexTransform;
  readonly #split: number;

  constructor(memory: KernelMemory, n: number) {
    this.bins = Math.floor(n / 2) + 1;
    this.#memory = memory;
    this.#n = n;
    const length = n % 2 === 0 ? n / 2 : n; // pairs (even, odd sample) halve the work
    this.#transform = isPowerOfTwo(length) ? planPowerOfTwo(memory, length) : planBluestein(memory, length);
    this.input = this.#transform.input;
    const angle = (k: number): number => -Math.PI / 2 - (Math.PI * k) / length;
    const angles = Float64Array.from({ length: Math.floor(length / 2) + 1 }, (_, k) => angle(k));
    this.#split = n % 2 === 0 ? memory.table(twiddlePairs(angles)) : 0;
  }

  /** Transforms the input, which is overwritten; returns the address of `bins` complex doubles. */
  run(): number {
    const result = this.#transform.run();
    if (this.#n % 2 === 0) this.#memory.kernels.splitReal(result, this.#n / 2, this.#split);
    return result;
  }
}

/** The short-time Fourier transform of one frame after the other: a window and a transform of `nFft` real samples. */
export class FourierPlan {
  readonly nFft: number;
  /** nFft / 2 + 1, rounded down. */
  readonly bins: number;
  /** Address of the power spectrum of the last frame: `bins` floats, then zeros up to a whole vector. */
  readonly powerAddress: number;
  /** Address of the magnitudes of the last frame, likewise. */
  readonly magnitudeAddress: number;
  readonly #memory: KernelMemory;
  readonly #window: number;
  readonly #transform: RealTransform;
  #power: Float32Array | undefined;
  #magnitudes: Float32Array | undefined;

  constructor(memory: KernelMemory, nFft: number, window: Float64Array) {
    this.nFft = nFft;
    this.#memory = memory;
    this.#window = memory.table(window);
    this.#transform = new RealTransform(memory, nFft);
    this.bins = this.#transform.bins;
    this.powerAddress = memory.reserve(padToVector(this.bins) * 4);
    this.magnitudeAddress = memory.reserve(padToVector(this.bins) * 4);
  }

  /** The power spectrum |X|^2 of the last frame, shape [bins]. */
  get power(): Float32Array {
    return (this.#power ??= this.#memory.floats(this.powerAddress, this.bins));
  }

  /** The magnitudes |X| of the last frame, shape [bins]. */
  get magnitudes(): Float32Array {
    return (this.#magnitudes ??= this.#memory.floats(this.magnitudeAddress, this.bins));
  }

  /** Transforms the nFft floats at address `samples`; returns the address of `bins` complex doubles. */
  spectrum(samples: number): number {
    const { kernels } = this.#memory;
    if (this.nFft % 2 === 0) kernels.applyWindow(samples, this.#window, this.#transform.input, this.nFft);
    else kernels.applyWindowComplex(samples, this.#window, this.#transform.input, this.nFft);
    return this.#transform.run();
  }

  /** Transforms the nFft floats at address `samples` and leaves |X| in `magnitudes` and |X|^2 in `power`. */
  computeMagnitudes(samples: number): void {
    this.#memory.kernels.magnitudes(this.spectrum(samples), this.bins, this.magnitudeAddress, this.powerAddress);
  }
}
