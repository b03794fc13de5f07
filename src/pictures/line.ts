import { LINE_COLOURS } from './colours.ts';
import { emptyNote, type Panel, type PlotArea } from './figure.ts';
import { coordinate, element } from './svg.ts';

/** One line: values at rising x positions. NaN and infinities leave gaps. */
export interface LineSeries {
  /** Its name in the legend. */
  readonly label?: string;
  readonly values: ArrayLike<number>;
  /** The x value of the value at `index`. */
  readonly at: (index: number) => number;
  readonly colour?: string;
}

/** Lines over the x axis. */
export interface LinePlot extends Omit<Panel, 'draw' | 'colourBar' | 'legend'> {
  readonly series: readonly LineSeries[];
}

/**
 * Draws lines. Where a line has more than two values a px, neighbours are joined: their mean is drawn as the line,
 * the range between their least and greatest value as a lighter band.
 */
export function linePanel({ series, ...panel }: LinePlot): Panel {
  const coloured = series.map((line, index) => ({
    ...line,
    colour: line.colour ?? LINE_COLOURS[index % LINE_COLOURS.length]!,
  }));
  const legend = coloured.flatMap(({ label, colour }) => (label === undefined ? [] : [{ label, colour }]));
  const draw: Panel['draw'] = (area) => {
    if (series.every(({ values }) => values.length === 0)) return emptyNote(area, 'no values');
    return coloured.map((line) => drawLine(line, line.colour, area)).join('');
  };
  return { ...panel, legend, draw };
}

function drawLine({ values, at }: LineSeries, colour: string, area: PlotArea): string {
  const run = Math.max(1, Math.ceil(values.length / (2 * area.widthPx)));
  let line = '';
  let band = '';
  let pen: 'up' | 'down' = 'up';
  for (let start = 0; start < values.length; start += run) {
    const end = Math.min(values.length, start + run);
    const { min, max, mean } = summarise(values, start, end);
    if (Number.isNaN(mean)) {
      pen = 'up';
      continue;
    }
    const x = coordinate(area.x((at(start) + at(end - 1)) / 2));
    // A step of nothing makes a value that stands alone a dot.
    line += pen === 'up' ? `M${x} ${coordinate(area.y(mean))}h0.01` : `L${x} ${coordinate(area.y(mean))}`;
    if (run > 1) band += `M${x} ${coordinate(area.y(min))}V${coordinate(area.y(max))}`;
    pen = 'down';
  }
  const stroke = { fill: 'none', stroke: colour, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' };
  const bandStroke = { d: band, stroke: colour, 'stroke-opacity': 0.3 };
  return (
    (band === '' ? '' : element('path', bandStroke)) + element('path', { ...stroke, d: line, 'stroke-width': 1.6 })
  );
}

function summarise(values: ArrayLike<number>, start: number, end: number): { min: number; max: number; mean: number } {
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let count = 0;
  for (let index = start; index < end; index++) {
    const value = values[index]!;
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    count++;
  }
  return { min, max, mean: sum / count };
}
