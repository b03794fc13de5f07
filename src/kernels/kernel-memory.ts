import { readFileSync } from 'node:fs';

/** What src/kernels/assembly exports: arithmetic on addresses (bytes) in one memory. */
export interface Kernels {
  complexFft(x: number, y: number, n: number, twiddles: number): number;
  bluestein(
    x: number,
    n: number,
    y: number,
    z: number,
    m: number,
    chirp: number,
    filter: number,
    twiddles: number,
  ): void;
  applyWindow(samples: number, window: number, out: number, n: number): void;
  applyWindowComplex(samples: number, window: number, out: number, n: number): void;
  splitReal(z: number, m: number, split: number): void;
  magnitudes(z: number, bins: number, magnitude: number, power: number): void;
  resample(
    table: number,
    taps: number,
    phases: number,
    up: number,
    down: number,
    phase: number,
    samples: number,
    out: number,
    n: number,
  ): void;
  project(weights: number, rows: number, columns: number, x: number, out: number): void;
  projectBands(weights: number, starts: number, lengths: number, rows: number, x: number, out: number): void;
  decibels(x: number, out: number, n: number, floor: number, offset: number): void;
  sumOfSquares(x: number, n: number): number;
  maximum(x: number, n: number): number;
  signChanges(x: number, n: number, threshold: number): number;
}

const PAGE_BYTES = 65_536;
const compiled = new WebAssembly.Module(readFileSync(new URL('./kernels.wasm', import.meta.url)));

/** Rounds a length up to whole vectors of four floats. */
export function padToVector(length: number): number {
  return Math.ceil(length / 4) * 4;
}

/**
 * The kernels with their memory, handed out from the bottom up and never given back: tables and work space of one
 * feature pipeline, freed with it as a whole. Reserve first, then make views: growing would detach them.
 */
export class KernelMemory {
  readonly kernels: Kernels;
  readonly #memory = new WebAssembly.Memory({ initial: 1 });
  #top = 1_024; // AssemblyScript keeps its own constants below
  #viewed = false;

  constructor() {
    const instance = new WebAssembly.Instance(compiled, { env: { memory: this.#memory } });
    this.kernels = instance.exports as unknown as Kernels;
  }

  /** Reserves zeroed bytes, aligned to a vector, and returns their address. */
  reserve(bytes: number): number {
    const address = this.#top;
    this.#top += Math.ceil(bytes / 16) * 16;
    const missing = this.#top - this.#memory.buffer.byteLength;
    if (missing > 0) {
      if (this.#viewed) throw new Error('kernel memory must be reserved before views of it are made');
      this.#memory.grow(Math.ceil(missing / PAGE_BYTES));
    }
    return address;
  }

  /** Reserves room for a table, copies it there and returns its address. */
  table(values: Float32Array | Float64Array | Int32Array): number {
    const address = this.reserve(values.byteLength);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    new Uint8Array(this.#memory.buffer).set(bytes, address);
    return address;
  }

  floats(address: number, length: number): Float32Array {
    this.#viewed = true;
    return new Float32Array(this.#memory.buffer, address, length);
  }

  doubles(address: number, length: number): Float64Array {
    this.#viewed = true;
    return new Float64Array(this.#memory.buffer, address, length);
  }
}
