import type { Panel } from './figure.ts';
import { element } from './svg.ts';

/** One part of every bar: a value for each category of the x axis. */
export interface StackedPart {
  readonly label: string;
  readonly colour: string;
  /** At least 0 each. */
  readonly values: readonly number[];
}

/** Bars over the categories of an x axis, each made of parts. */
export interface StackedBarPlot extends Omit<Panel, 'draw' | 'colourBar' | 'legend'> {
  /** From the bottom up. */
  readonly parts: readonly StackedPart[];
}

/** The share of a category's place that its bar takes. */
const FILLED = 0.9;

/** Draws bars whose parts stand on each other (see {@link categoryAxis}). */
export function stackedBarPanel({ parts, ...panel }: StackedBarPlot): Panel {
  const draw: Panel['draw'] = ({ x, y }) => {
    const width = x(FILLED) - x(0);
    const tops: number[] = [];
    const layers = parts.map(({ values, colour }) => {
      const boxes = values.map((value, category) => {
        const bottom = tops[category] ?? 0;
        tops[category] = bottom + value;
        const height = y(bottom) - y(bottom + value);
        if (value === 0) return '';
        return element('rect', { x: x(category - FILLED / 2), y: y(bottom + value), width, height });
      });
      return element('g', { fill: colour }, ...boxes);
    });
    return layers.join('');
  };
  return { ...panel, legend: parts.map(({ label, colour }) => ({ label, colour })), draw };
}
