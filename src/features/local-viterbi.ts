import { TINY } from './yin.ts';

const LOG_TINY = Math.log(TINY);

/** A local transition matrix: from bin i to the bins first[i]..last[i] (inclusive), weight[i * width + j - first[i]]. */
interface LocalTransitions {
  readonly first: Int32Array;
  readonly last: Int32Array;
  readonly width: number;
  readonly weight: Float64Array;
}

/**
 * Triangular transition probabilities around each of `bins` states, each row summing to 1. An even width leans to one
 * side, by librosa's centring; needs width <= bins. (Where an even width equals `bins`, librosa also wraps one weight
 * around the end of the range; not followed.)
 */
function localTransitions(bins: number, width: number): LocalTransitions {
  // librosa pads the triangle to `bins` and rotates it to row i: this is where its first value lands, less i.
  const start = Math.floor((bins - width) / 2) + Math.floor(bins / 2) + 1 - bins;
  const even = width % 2 === 0 ? 0.5 : 0; // the apex of an even width lies between two states
  const triangle = Float64Array.from({ length: width }, (_, k) => Math.min(k + 1, width - k) - even);
  const first = Int32Array.from({ length: bins }, (_, i) => Math.max(0, i + start));
  const last = Int32Array.from({ length: bins }, (_, i) => Math.min(bins - 1, i + start + width - 1));
  const weight = new Float64Array(bins * width);
  for (let i = 0; i < bins; i++) {
    let sum = 0;
    for (let j = first[i]!; j <= last[i]!; j++) sum += triangle[j - i - start]!;
    for (let j = first[i]!; j <= last[i]!; j++) weight[i * width + j - first[i]!] = triangle[j - i - start]! / sum;
  }
  return { first, last, width, weight };
}

/**
 * Most likely path through a hidden Markov model of 2 * bins states, `bins` voiced pitches and the same unvoiced, in
 * the log domain (Viterbi 1967). A step moves locally in pitch and switches voicing with `switchProbability`; the
 * first state may be any. Every other move has the probability TINY, not 0: its best source is the best state of all,
 * so that the optimum is that of the dense matrix at the cost of the band. Ties go to the lowest state.
 */
export class LocalViterbi {
  readonly #bins: number;
  readonly #transitions: LocalTransitions;
  /** Log probabilities laid out as `transitions.weight`: voicing kept, voicing switched. */
  readonly #stay: Float64Array;
  readonly #switch: Float64Array;
  readonly #sources: Uint16Array;
  #value: Float64Array;
  #next: Float64Array;
  #steps = 0;

  constructor(bins: number, width: number, switchProbability: number, steps: number) {
    this.#bins = bins;
    this.#transitions = localTransitions(bins, width);
    this.#stay = this.#transitions.weight.map((p) => Math.log((1 - switchProbability) * p + TINY));
    this.#switch = this.#transitions.weight.map((p) => Math.log(switchProbability * p + TINY));
    this.#sources = new Uint16Array(steps * 2 * bins);
    this.#value = new Float64Array(2 * bins);
    this.#next = new Float64Array(2 * bins).fill(Math.log(1 / (2 * bins) + TINY));
  }

  /** Takes the next frame: probability of its observation in each voiced state, and in every unvoiced state. */
  step(voiced: Float64Array, unvoiced: number): void {
    const bins = this.#bins;
    if (this.#steps > 0) this.#move();
    const next = this.#next;
    for (let bin = 0; bin < bins; bin++)
      next[bin] = next[bin]! + (voiced[bin] === 0 ? LOG_TINY : Math.log(voiced[bin]! + TINY));
    const logUnvoiced = Math.log(unvoiced + TINY);
    for (let state = bins; state < 2 * bins; state++) next[state] = next[state]! + logUnvoiced;
    this.#next = this.#value;
    this.#value = next;
    this.#steps++;
  }

  /** The states of the best path, one a step; states from `bins` on are unvoiced. */
  path(): Uint16Array {
    const states = new Uint16Array(this.#steps);
    let state = bestState(this.#value);
    for (let t = this.#steps - 1; t >= 0; t--) {
      states[t] = state;
      state = this.#sources[t * 2 * this.#bins + state]!;
    }
    return states;
  }

  /** Fills `next` with the best value of reaching each state, and notes from where. */
  #move(): void {
    const bins = this.#bins;
    const sources = this.#sources.subarray(this.#steps * 2 * bins, (this.#steps + 1) * 2 * bins);
    const best = bestState(this.#value);
    this.#next.fill(this.#value[best]! + LOG_TINY);
    sources.fill(best);
    this.#spread(0, 0, this.#stay, sources);
    this.#spread(0, bins, this.#switch, sources);
    this.#spread(bins, 0, this.#switch, sources);
    this.#spread(bins, bins, this.#stay, sources);
  }

  /** Offers every state of one half (`from`) as the source of the states of a half (`to`). */
  #spread(from: number, to: number, logTransition: Float64Array, sources: Uint16Array): void {
    const { first, last, width } = this.#transitions;
    const value = this.#value;
    const next = this.#next;
    for (let i = 0; i < this.#bins; i++) {
      const source = from + i;
      const reached = value[source]!;
      const shift = i * width - first[i]!;
      for (let j = first[i]!; j <= last[i]!; j++) {
        const offer = reached + logTransition[shift + j]!;
        const state = to + j;
        if (offer > next[state]!) {
          next[state] = offer;
          sources[state] = source;
        }
      }
    }
  }
}

function bestState(value: Float64Array): number {
  let best = 0;
  for (let state = 1; state < value.length; state++) if (value[state]! > value[best]!) best = state;
  return best;
}
