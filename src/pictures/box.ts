import { LINE_COLOURS } from './colours.ts';
import type { Panel, PlotArea } from './figure.ts';
import { coordinate, element } from './svg.ts';

/** What a box is drawn from: the order statistics of some values. */
export interface BoxStatistics {
  readonly count: number;
  /** 5th, 25th, 50th, 75th and 95th percentile. */
  readonly percentiles: readonly [number, number, number, number, number];
}

/** One box for each category of the x axis, in one colour; undefined leaves its place empty. */
export interface BoxGroup {
  readonly label: string;
  readonly colour?: string;
  readonly boxes: readonly (BoxStatistics | undefined)[];
}

/** Boxes over the categories of an x axis. */
export interface BoxPlot extends Omit<Panel, 'draw' | 'colourBar' | 'legend'> {
  readonly groups: readonly BoxGroup[];
}

/** The share of a category's place that its boxes take. */
const TAKEN = 0.8;

/** The percentiles of finite values, by linear interpolation; undefined where there is no value. */
export function boxStatistics(values: readonly number[]): BoxStatistics | undefined {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const last = sorted.length - 1;
  if (last < 0) return undefined;
  const at = (share: number): number => {
    const below = Math.floor(share * last);
    const above = Math.min(last, below + 1);
    return sorted[below]! + (share * last - below) * (sorted[above]! - sorted[below]!);
  };
  return { count: sorted.length, percentiles: [at(0.05), at(0.25), at(0.5), at(0.75), at(0.95)] };
}

/**
 * Draws a box from the 25th to the 75th percentile with a line at the median and whiskers from the 5th to the 95th, for
 * each group in each category (see {@link categoryAxis}).
 */
export function boxPanel({ groups, ...panel }: BoxPlot): Panel {
  const coloured = groups.map((group, index) => ({
    ...group,
    colour: group.colour ?? LINE_COLOURS[index % LINE_COLOURS.length]!,
  }));
  const draw: Panel['draw'] = (area) => {
    const boxes = coloured.flatMap(({ boxes, colour }, index) =>
      boxes.map((box, category) => {
        if (box === undefined) return '';
        const place = category - TAKEN / 2 + ((index + 0.5) * TAKEN) / groups.length;
        return drawBox(box, place, TAKEN / groups.length, colour, area);
      }),
    );
    return boxes.join('');
  };
  return { ...panel, legend: coloured.map(({ label, colour }) => ({ label, colour })), draw };
}

function drawBox({ percentiles }: BoxStatistics, place: number, width: number, colour: string, area: PlotArea): string {
  const [low, lower, middle, upper, high] = percentiles.map((value) => area.y(value)) as [
    ...BoxStatistics['percentiles'],
  ];
  const x = area.x(place);
  const half = ((area.x(place + width) - x) / 2) * 0.82;
  const line = [x, low, high, lower, upper, middle, half].map(coordinate);
  const whiskers = `M${line[0]!} ${line[1]!}V${line[3]!}M${line[0]!} ${line[4]!}V${line[2]!}`;
  const box = { x: x - half, y: upper, width: 2 * half, height: Math.max(1, lower - upper) };
  return [
    element('path', { d: whiskers, stroke: colour }),
    element('rect', { ...box, fill: colour, 'fill-opacity': 0.28, stroke: colour }),
    element('path', {
      d: `M${coordinate(x - half)} ${line[5]!}h${coordinate(2 * half)}`,
      stroke: colour,
      'stroke-width': 2.4,
    }),
  ].join('');
}
