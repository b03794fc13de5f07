import { describe, expect, test } from '@jest/globals';
import {
  boxPanel,
  boxStatistics,
  categoryAxis,
  figure,
  linearAxis,
  stackedBarPanel,
} from '../../../src/pictures/index.ts';
import { all, parseSvg, plots } from './parse-svg.ts';

const xAxis = categoryAxis(['one', 'two'], 'category');

describe('the statistics of a box', () => {
  test('are percentiles by linear interpolation', () => {
    const values = Array.from({ length: 101 }, (_, i) => 100 - i);
    expect(boxStatistics(values)).toEqual({ count: 101, percentiles: [5, 25, 50, 75, 95] });
    expect(boxStatistics([1, 2])!.percentiles).toEqual([1.05, 1.25, 1.5, 1.75, 1.95]);
    expect(boxStatistics([7])!.percentiles).toEqual([7, 7, 7, 7, 7]);
  });

  test('leave out what is no number; of nothing there are none', () => {
    expect(boxStatistics([NaN, 3, Infinity])).toMatchObject({ count: 1 });
    expect(boxStatistics([NaN])).toBeUndefined();
  });
});

describe('pictures of categories', () => {
  test('a box stands where its values are, in its group’s part of the category', () => {
    const box = { count: 9, percentiles: [0, 2.5, 5, 7.5, 10] } as const;
    const groups = [
      { label: 'a', boxes: [box, undefined] },
      { label: 'b', boxes: [undefined, box] },
    ];
    const panel = boxPanel({ title: 'Boxes', heightPx: 100, yAxis: linearAxis([0, 10]), groups });
    const svg = parseSvg(figure({ title: 'T', description: 'D', xAxis, panels: [panel] }));
    const { width, node } = plots(svg)[0]!;
    const boxes = all(node, 'rect').map(({ attributes: { x, y, width: w, height } }) => [x, y, w, height].map(Number));
    expect(boxes).toHaveLength(2);
    for (const [, y, , height] of boxes) expect([y, height]).toEqual([25, 50]);
    const centres = boxes.map(([x, , w]) => (x! + w! / 2) / width);
    // Two categories of half the width each; group a to the left of a centre, b to the right.
    expect(centres[0]).toBeCloseTo(0.25 - 0.1, 3);
    expect(centres[1]).toBeCloseTo(0.75 + 0.1, 3);
    expect(svg.text).toContain('— a');
  });

  test('the parts of a bar stand on each other', () => {
    const parts = [
      { label: 'low', colour: '#0072b2', values: [1, 2] },
      { label: 'high', colour: '#d55e00', values: [3, 0] },
    ];
    const panel = stackedBarPanel({ title: 'Bars', heightPx: 100, yAxis: linearAxis([0, 4]), parts });
    const svg = parseSvg(figure({ title: 'T', description: 'D', xAxis, panels: [panel] }));
    const bars = all(plots(svg)[0]!.node, 'rect').map(({ attributes }) =>
      [attributes.y, attributes.height].map(Number),
    );
    expect(bars).toEqual([
      [75, 25],
      [50, 50],
      [0, 75],
    ]);
  });
});
