const LEAST_POWER = 1e-10;
/** No voice is lower. */
const LOWEST_HZ = 60;
/** Samples that there is room for at first; more when they are needed. */
const FIRST_ROOM = 2 ** 14;
const FULL_SCALE = 32_768;

/** The energy of a block of which nothing was heard. */
export const UNHEARD = -Infinity;

/** The last while of a recording: its samples, and the energy of each whole block of them in dB of full scale. */
export class SamplePast {
  readonly blockLength: number;
  readonly #scale: number;
  #samples: Float32Array | Int16Array;
  #length = 0;
  #energies: number[] = [];
  /** How many blocks were forgotten. */
  #gone = 0;
  /** A high-pass of one pole: how much of what it let pass it keeps, and its last sample before and behind it. */
  readonly #keep: number;
  #before = 0;
  #passed = 0;

  /** @param compact keeps 16-bit integers instead of floats */
  constructor(sampleRateHz: number, blockMs: number, compact: boolean) {
    this.blockLength = Math.round((sampleRateHz * blockMs) / 1_000);
    this.#keep = Math.exp((-2 * Math.PI * LOWEST_HZ) / sampleRateHz);
    this.#scale = compact ? FULL_SCALE : 1;
    this.#samples = compact ? new Int16Array(FIRST_ROOM) : new Float32Array(FIRST_ROOM);
  }

  /** How many whole blocks have come. */
  get blocks(): number {
    return this.#gone + this.#energies.length;
  }

  /** How many samples have come. */
  get end(): number {
    return this.#gone * this.blockLength + this.#length;
  }

  /** Whether nothing at all is remembered. */
  get isEmpty(): boolean {
    return this.#length === 0;
  }

  energy(block: number): number {
    return this.#energies[block - this.#gone]!;
  }

  energies(from: number, to: number): number[] {
    return this.#energies.slice(Math.max(0, from - this.#gone), to - this.#gone);
  }

  add(samples: Float32Array): void {
    const start = this.#length;
    this.#makeRoom(samples.length);
    if (this.#scale === 1) {
      this.#samples.set(samples, start);
    } else {
      for (let i = 0; i < samples.length; i++) {
        this.#samples[start + i] = Math.max(
          -FULL_SCALE,
          Math.min(FULL_SCALE - 1, Math.round(samples[i]! * FULL_SCALE)),
        );
      }
    }
    this.#measure(Infinity);
  }

  /** Adds silence that stands for sound which was not heard. */
  addUnheard(count: number): void {
    const start = this.#length;
    this.#makeRoom(count);
    this.#samples.fill(0, start, this.#length);
    this.#measure(start);
  }

  /** Forgets everything and goes on so many samples later. */
  skip(count: number): void {
    const end = this.end + count;
    this.#energies = [];
    this.#gone = Math.floor(end / this.blockLength);
    this.#length = end % this.blockLength;
    this.#samples.fill(0, 0, this.#length);
  }

  /** A copy of samples that are still remembered; positions count from the recording's beginning. */
  copy(start: number, end: number): Float32Array {
    const origin = this.#gone * this.blockLength;
    const kept = this.#samples.subarray(start - origin, end - origin);
    if (kept instanceof Float32Array) return kept.slice();
    const samples = new Float32Array(kept.length);
    for (let i = 0; i < samples.length; i++) samples[i] = kept[i]! / FULL_SCALE;
    return samples;
  }

  /** Gives up what lies before a block. */
  forget(before: number): void {
    const drop = before - this.#gone;
    // Seldom, so that what stays is not moved for every few samples that come.
    if (2 * drop < this.#energies.length) return;
    this.#samples.copyWithin(0, drop * this.blockLength, this.#length);
    this.#length -= drop * this.blockLength;
    this.#energies.splice(0, drop);
    this.#gone = before;
  }

  #makeRoom(count: number): void {
    const length = this.#length + count;
    if (length > this.#samples.length) {
      const room = 2 ** Math.ceil(Math.log2(length));
      const larger = this.#samples instanceof Float32Array ? new Float32Array(room) : new Int16Array(room);
      larger.set(this.#samples.subarray(0, this.#length));
      this.#samples = larger;
    }
    this.#length = length;
  }

  /** Takes the energy of every block that is whole now; those from `unheardFrom` on have none. */
  #measure(unheardFrom: number): void {
    const size = this.blockLength;
    for (let end = (this.#energies.length + 1) * size; end <= this.#length; end += size) {
      const power = this.#power(end - size, end);
      this.#energies.push(end - size >= unheardFrom ? UNHEARD : 10 * Math.log10(power + LEAST_POWER));
    }
  }

  /** The mean power of some samples above the lowest voices: an offset or a hum is no speech. */
  #power(from: number, to: number): number {
    const toUnit = 1 / this.#scale;
    let before = this.#before;
    let passed = this.#passed;
    let sum = 0;
    for (let i = from; i < to; i++) {
      const sample = this.#samples[i]! * toUnit;
      passed = sample - before + this.#keep * passed;
      before = sample;
      sum += passed * passed;
    }
    this.#before = before;
    this.#passed = passed;
    return sum / (to - from);
  }
}
