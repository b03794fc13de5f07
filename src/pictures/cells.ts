import { categoryAxis } from './axes.ts';
import { INK, type ColourMap } from './colours.ts';
import type { Panel } from './figure.ts';
import { heatmap } from './heatmap.ts';
import { element, escapeXml } from './svg.ts';
import { textAt } from './text.ts';

const FONT_PX = 11;

/** A small matrix, every cell with words in it; the first row is the highest, as in a table. */
export interface CellPlot extends Omit<Panel, 'draw' | 'colourBar' | 'legend' | 'yAxis'> {
  /** The rows' names. The columns are the x axis's. */
  readonly rows: readonly string[];
  /** One row of values each, all of one length; NaN stays grey and without words. */
  readonly values: readonly (readonly number[])[];
  /** The values drawn in the map's first (darkest) and last (lightest) colour. */
  readonly range: readonly [number, number];
  readonly colours: Exclude<ColourMap, 'diverging'>;
  /** What is written in a cell. */
  readonly text: (row: number, column: number) => string;
  /** What is said where the pointer rests on a cell. */
  readonly hint: (row: number, column: number) => string;
}

/** A heat map of cells with words in them. */
export function cellPanel({ rows, values, range, colours, text, hint, ...panel }: CellPlot): Panel {
  const columns = values[0]?.length ?? 0;
  const data = Float32Array.from({ length: rows.length * columns }, (_, at) => {
    return values[at % rows.length]![Math.floor(at / rows.length)]!;
  });
  const yAxis = { ticks: categoryAxis(rows, '').ticks, domain: [rows.length - 0.5, -0.5] as const };
  const matrix = { data, frames: columns, dims: rows.length };
  const map = heatmap({ ...panel, yAxis, matrix, start: 0, step: 1, range, colours });
  const draw: Panel['draw'] = (area) => {
    const cells = values.flatMap((row, r) =>
      row.map((value, c) => {
        if (Number.isNaN(value)) return '';
        const colour = value < (range[0] + range[1]) / 2 ? '#ffffff' : INK.text;
        const words = textAt(area.x(c), area.y(r) + 4, text(r, c), { sizePx: FONT_PX, colour, anchor: 'middle' });
        return element('g', {}, element('title', {}, escapeXml(hint(r, c))), words);
      }),
    );
    return map.draw(area) + cells.join('');
  };
  return { ...map, draw };
}
