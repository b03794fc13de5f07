import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { RealTransform } from '../../features/fourier-plan.ts';
import { KernelMemory } from '../../kernels/kernel-memory.ts';
import { drawBetween } from '../random.ts';
import { lowPass } from './filters.ts';
import { fillWithNoise } from './random.ts';

const SAMPLE_RATE_HZ = 16_000;
/** ln 1000: the amplitude of an echo falls by 60 dB in the decay time. */
const DECAY = Math.log(1_000);
const EARLY_REFLECTIONS = 6;
/** When the walls answer first, and until when one by one, in ms. */
const EARLY_MS = [2, 40] as const;
/** Air and walls swallow what is above. */
const DULL_HZ = 4_000;

/** A room, as {@link roomResponse} wants it. */
export interface Room {
  /** In which echoes fall by 60 dB (RT60). */
  readonly decayMs: number;
  /** The power of the direct sound over that of all its echoes. */
  readonly directDb: number;
}

/**
 * The impulse response of a made-up room at 16 kHz: the direct sound (1, at sample 0), a few early reflections of either
 * sign and a dull tail of noise that decays exponentially (Moorer 1979).
 *
 * @returns `decayMs` long
 */
export function roomResponse({ decayMs, directDb }: Room, random: RandomGenerator): Float32Array {
  const length = Math.round((decayMs * SAMPLE_RATE_HZ) / 1_000);
  const echoes = new Float32Array(length);
  fillWithNoise(echoes, random);
  lowPass(echoes, DULL_HZ, SAMPLE_RATE_HZ);
  const fade = Math.exp(-DECAY / length);
  let level = 0.1;
  for (let i = 0; i < length; i++, level *= fade) echoes[i]! *= level;
  for (let reflection = 0; reflection < EARLY_REFLECTIONS; reflection++) {
    const at = Math.round((drawBetween(random, ...EARLY_MS) * SAMPLE_RATE_HZ) / 1_000);
    if (at < length) echoes[at]! += drawBetween(random, -1, 1) * fade ** at;
  }
  echoes[0] = 0;
  const energy = echoes.reduce((sum, echo) => sum + echo * echo, 0);
  const gain = Math.sqrt(10 ** (-directDb / 10) / energy);
  for (let i = 0; i < length; i++) echoes[i]! *= gain;
  echoes[0] = 1;
  return echoes;
}

/** Samples transformed at a time. */
const SIZE = 2 ** 15;

/**
 * Convolves by overlap-add with a transform of 32,768 samples. Its tables take 20 ms to make: make one and use it for
 * any number of recordings on its thread.
 */
export class Convolver {
  readonly #memory = new KernelMemory();
  readonly #transform = new RealTransform(this.#memory, SIZE);
  readonly #input = this.#memory.doubles(this.#transform.input, SIZE);
  /** A product of spectra as a Hartley transform, which is real and its own inverse but for a factor. */
  readonly #hartley = new Float64Array(SIZE);

  /**
   * `samples` as heard through a response of at most 24,576 samples, cut to their own length. 2 ms for three seconds in
   * a room of half a second.
   *
   * @throws RangeError for a longer response
   */
  convolve(samples: Float32Array, response: Float32Array): Float32Array {
    const step = SIZE - response.length + 1;
    if (step < SIZE / 4) throw new RangeError(`a response of ${response.length} samples is too long`);
    const filter = this.#spectrum(response).slice();
    const out = new Float32Array(samples.length);
    for (let start = 0; start < samples.length; start += step) {
      this.#multiply(this.#spectrum(samples.subarray(start, start + step)), filter);
      const spectrum = this.#spectrum(this.#hartley);
      const end = Math.min(SIZE, samples.length - start);
      for (let i = 0; i < end; i++) {
        const bin = 2 * Math.min(i, SIZE - i);
        const imaginary = i <= SIZE / 2 ? -spectrum[bin + 1]! : spectrum[bin + 1]!;
        out[start + i]! += (spectrum[bin]! + imaginary) / SIZE;
      }
    }
    return out;
  }

  /** The spectrum of at most SIZE samples, zeros after them: SIZE / 2 + 1 complex numbers, valid until the next call. */
  #spectrum(samples: Float32Array | Float64Array): Float64Array {
    this.#input.set(samples);
    this.#input.fill(0, samples.length);
    return this.#memory.doubles(this.#transform.run(), SIZE + 2);
  }

  #multiply(a: Float64Array, b: Float64Array): void {
    const product = this.#hartley;
    for (let bin = 0; bin <= SIZE / 2; bin++) {
      const [re, im] = [2 * bin, 2 * bin + 1];
      const real = a[re]! * b[re]! - a[im]! * b[im]!;
      const imaginary = a[re]! * b[im]! + a[im]! * b[re]!;
      product[bin] = real - imaginary;
      if (bin > 0) product[SIZE - bin] = real + imaginary;
    }
  }
}
