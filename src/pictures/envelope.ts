import { LINE_COLOURS } from './colours.ts';
import { emptyNote, type Panel } from './figure.ts';
import { coordinate, element } from './svg.ts';

/** The lowest and the highest value of each of a signal's equally long parts, in order. */
export interface Envelope {
  readonly min: ArrayLike<number>;
  readonly max: ArrayLike<number>;
}

/** Reduces an envelope (a signal is its own: min and max alike) to at most `columns` parts. NaN is skipped. */
export function reduceEnvelope({ min, max }: Envelope, columns: number): Envelope {
  const length = Math.min(min.length, max.length);
  const parts = Math.min(length, Math.max(1, Math.floor(columns)));
  const low = new Float32Array(parts).fill(NaN);
  const high = new Float32Array(parts).fill(NaN);
  for (let part = 0; part < parts; part++) {
    const end = Math.floor(((part + 1) * length) / parts);
    for (let at = Math.floor((part * length) / parts); at < end; at++) {
      if (!(min[at]! >= low[part]!) && !Number.isNaN(min[at]!)) low[part] = min[at]!;
      if (!(max[at]! <= high[part]!) && !Number.isNaN(max[at]!)) high[part] = max[at]!;
    }
  }
  return { min: low, max: high };
}

const PARTS = 8192;

/**
 * Keeps the envelope of a signal of unknown length while it passes by, in memory that does not grow: when its 8,192
 * parts are full, neighbours are joined and a part counts for twice as many samples.
 */
export class RunningEnvelope {
  readonly #min = new Float32Array(PARTS);
  readonly #max = new Float32Array(PARTS);
  #samplesPerPart = 1;
  #samples = 0;

  /** How many samples have passed. */
  get samples(): number {
    return this.#samples;
  }

  /** Takes the next samples. */
  add(samples: Float32Array): void {
    for (const sample of samples) {
      if (this.#samples === PARTS * this.#samplesPerPart) this.#joinNeighbours();
      const part = Math.floor(this.#samples / this.#samplesPerPart);
      const first = this.#samples++ % this.#samplesPerPart === 0;
      if (first || sample < this.#min[part]!) this.#min[part] = sample;
      if (first || sample > this.#max[part]!) this.#max[part] = sample;
    }
  }

  /** What has passed so far. The last part may be shorter than the others. */
  envelope(): Envelope {
    const parts = Math.ceil(this.#samples / this.#samplesPerPart);
    return { min: this.#min.slice(0, parts), max: this.#max.slice(0, parts) };
  }

  #joinNeighbours(): void {
    for (let part = 0; part < PARTS / 2; part++) {
      this.#min[part] = Math.min(this.#min[2 * part]!, this.#min[2 * part + 1]!);
      this.#max[part] = Math.max(this.#max[2 * part]!, this.#max[2 * part + 1]!);
    }
    this.#samplesPerPart *= 2;
  }
}

/** A waveform as the band between its envelope's lower and upper edge. */
export interface EnvelopePlot extends Omit<Panel, 'draw' | 'colourBar' | 'legend'> {
  readonly envelope: Envelope;
  /** Where the signal starts and ends on the x axis. */
  readonly start: number;
  readonly end: number;
  readonly colour?: string;
}

/** Draws a waveform as one path with at most two points a px. Infinite values and NaN are drawn as 0. */
export function envelopePanel({ envelope, start, end, colour = LINE_COLOURS[0], ...panel }: EnvelopePlot): Panel {
  const draw: Panel['draw'] = (area) => {
    const { min, max } = reduceEnvelope(envelope, area.widthPx * 2);
    const parts = min.length;
    if (parts === 0) return emptyNote(area, 'no samples');
    const point = (part: number, value: number): string => {
      const x = area.x(start + ((part + 0.5) / parts) * (end - start));
      return `${coordinate(x)} ${coordinate(area.y(Number.isFinite(value) ? value : 0))}`;
    };
    const upper = Array.from({ length: parts }, (_, part) => point(part, max[part]!));
    const lower = Array.from({ length: parts }, (_, part) => point(part, min[part]!)).reverse();
    const d = `M${upper.join('L')}L${lower.join('L')}Z`;
    return element('path', { d, fill: colour, stroke: colour, 'stroke-width': 0.8, 'stroke-linejoin': 'round' });
  };
  return { ...panel, draw };
}
