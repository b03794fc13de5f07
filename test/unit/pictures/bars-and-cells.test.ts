import { describe, expect, test } from '@jest/globals';
import { barPanel, categoryAxis, cellPanel, figure, linearAxis, type Panel } from '../../../src/pictures/index.ts';
import { all, embeddedPng, parseSvg, plots } from './parse-svg.ts';

const draw = (panel: Panel, names = ['a', 'b', 'c']) =>
  plots(parseSvg(figure({ title: 't', description: 'd', xAxis: categoryAxis(names, ''), panels: [panel] })))[0]!;
const at = (index: number) => index;

describe('barPanel', () => {
  const base = { title: 'b', heightPx: 100, yAxis: linearAxis([-1, 1]) };

  test('bars of equal index stand beside each other on 0, as high as their values', () => {
    const series = [
      { label: 'one', values: [1, 0.5, NaN], at },
      { label: 'two', values: [0.2, -0.5, 1], at },
    ];
    const panel = barPanel({ ...base, series });
    const { node, width } = draw(panel);
    const bars = all(node, 'rect').map(({ attributes }) => {
      const [x, y, w, h] = [attributes.x, attributes.y, attributes.width, attributes.height].map(Number);
      return { middle: (x! + w! / 2) / (width / 3), top: y, bottom: y! + h! };
    });
    expect(bars.map(({ top, bottom }) => [top, bottom])).toEqual([
      [0, 50],
      [25, 50],
      [40, 50],
      [50, 75],
      [0, 50],
    ]);
    expect(bars.map(({ middle }) => Math.floor(middle))).toEqual([0, 1, 0, 1, 2]);
    expect(bars[2]!.middle).toBeGreaterThan(bars[0]!.middle);
    expect(panel.legend!.map(({ label }) => label)).toEqual(['one', 'two']);
  });

  test('no values are said, not drawn', () => {
    expect(draw(barPanel({ ...base, series: [{ values: [], at }] })).node.text).toBe('no values');
  });
});

describe('cellPanel', () => {
  const values = [
    [0, 1, 0.4],
    [0.6, NaN, 1],
  ];
  const panel = cellPanel({
    title: 'c',
    heightPx: 100,
    rows: ['first', 'second'],
    values,
    range: [0, 1],
    colours: 'cividis',
    text: (row, column) => String(100 * values[row]![column]!),
    hint: (row, column) => `${row} & ${column}`,
  });

  test('the first row is on top, each cell in its colour', () => {
    const png = embeddedPng(all(draw(panel).node, 'image')[0]!);
    expect([png.width, png.height]).toEqual([3, 2]);
    expect(Array.from(png.data)).toEqual([1, 255, 103, 153, 0, 255]);
  });

  test('words stand in their cells, readable on dark and light, with a hint; a missing value has none', () => {
    const { node, width } = draw(panel);
    const texts = all(node, 'text');
    expect(texts.map(({ text }) => text)).toEqual(['0', '100', '40', '60', '100']);
    expect(texts.map(({ attributes }) => attributes.fill === '#ffffff')).toEqual([true, false, true, false, false]);
    const columns = texts.map(({ attributes }) => Math.floor(Number(attributes.x) / (width / 3)));
    expect(columns).toEqual([0, 1, 2, 0, 2]);
    expect(texts.map(({ attributes }) => Math.floor(Number(attributes.y) / 50))).toEqual([0, 0, 0, 1, 1]);
    expect(all(node, 'title').map(({ text }) => text)).toEqual(['0 & 0', '0 & 1', '0 & 2', '1 & 0', '1 & 2']);
  });
});
