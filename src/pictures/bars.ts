import { LINE_COLOURS } from './colours.ts';
import { emptyNote, type Panel } from './figure.ts';
import type { LineSeries } from './line.ts';
import { element } from './svg.ts';

/** Bars that stand on 0, those of the same index of all series side by side. NaN leaves a gap. */
export interface BarPlot extends Omit<Panel, 'draw' | 'colourBar' | 'legend'> {
  readonly series: readonly LineSeries[];
  /** From one group of bars to the next, in the x axis's unit; default 1, as on a category axis. */
  readonly step?: number;
}

/** How much of a step its bars take. */
const FILLED = 0.8;

/** Draws a group of bars around each x position. */
export function barPanel({ series, step = 1, ...panel }: BarPlot): Panel {
  const coloured = series.map((bars, index) => ({
    ...bars,
    colour: bars.colour ?? LINE_COLOURS[index % LINE_COLOURS.length]!,
  }));
  const legend = coloured.flatMap(({ label, colour }) => (label === undefined ? [] : [{ label, colour }]));
  const draw: Panel['draw'] = ({ x, y, ...area }) => {
    if (series.every(({ values }) => values.length === 0)) return emptyNote({ x, y, ...area }, 'no values');
    const width = ((x(step) - x(0)) * FILLED) / series.length;
    return coloured
      .map(({ values, at, colour }, position) => {
        const bars = Array.from(values).map((value, index) => {
          if (!Number.isFinite(value)) return '';
          const left = x(at(index)) + (position - series.length / 2) * width;
          const [top, bottom] = [Math.min(y(value), y(0)), Math.max(y(value), y(0))];
          return element('rect', { x: left, y: top, width: width * 0.94, height: bottom - top });
        });
        return element('g', { fill: colour }, ...bars);
      })
      .join('');
  };
  return { ...panel, legend, draw };
}
