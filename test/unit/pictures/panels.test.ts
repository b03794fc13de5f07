import { describe, expect, test } from '@jest/globals';
import { figure, heatmap, linearAxis, linePanel, type Panel } from '../../../src/pictures/index.ts';
import { all, embeddedPng, parseSvg, plots } from './parse-svg.ts';

const draw = (panel: Panel, end = 2.5) =>
  plots(parseSvg(figure({ title: 't', description: 'd', xAxis: linearAxis([-0.5, end]), panels: [panel] })))[0]!;

describe('heatmap', () => {
  const base = { title: 'h', heightPx: 100, start: 0, step: 1, range: [0, 10], colours: 'viridis' } as const;
  const upwards = linearAxis([-0.5, 1.5]);
  // Three frames of two dims.
  const matrix = { data: Float32Array.of(0, 10, 5, -Infinity, NaN, Infinity), frames: 3, dims: 2 };
  const lowest = 1;
  const highest = 255;

  test('a value is a pixel: frames to the right, dims upwards, NaN transparent, infinities the nearest colour', () => {
    const { node, width } = draw(heatmap({ ...base, yAxis: upwards, matrix }));
    const image = all(node, 'image')[0]!;
    const png = embeddedPng(image);
    expect([png.width, png.height]).toEqual([3, 2]);
    expect(Array.from(png.data)).toEqual([highest, lowest, highest, lowest, 128, 0]);
    expect(png.palette![0]![3]).toBe(0);
    expect([Number(image.attributes.x), Number(image.attributes.width)]).toEqual([0, width]);
  });

  test('on an axis that falls, the first dim is on top', () => {
    const { node } = draw(heatmap({ ...base, yAxis: { ...upwards, domain: [1.5, -0.5] }, matrix }));
    expect(Array.from(embeddedPng(all(node, 'image')[0]!).data.subarray(0, 3))).toEqual([lowest, 128, 0]);
  });

  test('many frames become no more columns than px, each still at its time', () => {
    const frames = 10_000;
    const data = new Float32Array(frames);
    data[7500] = 10;
    const panel = heatmap({
      ...base,
      yAxis: linearAxis([-0.5, 0.5]),
      matrix: { data, frames, dims: 1 },
      reduce: 'max',
    });
    const { node, width } = draw(panel, frames - 0.5);
    const image = all(node, 'image')[0]!;
    const png = embeddedPng(image);
    expect(png.width).toBeLessThanOrEqual(width);
    expect(png.width).toBeGreaterThan(width / 2);
    const peak = (png.data.indexOf(highest) + 0.5) * (Number(image.attributes.width) / png.width);
    expect(Math.abs(peak - 0.75 * width)).toBeLessThan(1);
  });

  test('no frames are said, not drawn', () => {
    const { node } = draw(
      heatmap({ ...base, yAxis: upwards, matrix: { data: new Float32Array(0), frames: 0, dims: 2 } }),
    );
    expect(node.text).toBe('no frames');
  });
});

describe('linePanel', () => {
  const base = { title: 'l', heightPx: 100, yAxis: linearAxis([0, 1]) };
  const at = (index: number) => index;

  test('goes through its values and leaves a gap at NaN', () => {
    const { node } = draw(linePanel({ ...base, series: [{ values: [0, 1, NaN, 0.5], at }] }), 3.5);
    const line = all(node, 'path').at(-1)!.attributes.d;
    expect(line).toBe('M103 100h0.01L309 0M721 50h0.01');
  });

  test('a spike among many values stays visible in the band', () => {
    const values = new Float32Array(50_000).fill(0.5);
    values[20_000] = 1;
    const { node, width } = draw(linePanel({ ...base, series: [{ values, at }] }), values.length);
    const band = all(node, 'path').at(-2)!.attributes.d!;
    const spike = /M([\d.]+) [\d.]+V0(?:M|$)/.exec(band);
    expect(Math.abs(Number(spike?.[1]) - 0.4 * width)).toBeLessThan(1);
    expect(band.match(/M/g)!.length).toBeLessThanOrEqual(2 * width);
  });

  test('names its lines in their colours', () => {
    const series = ['training', 'validation <1>'].map((label) => ({ label, values: [0, 1], at }));
    const svg = figure({
      title: 't',
      description: 'd',
      xAxis: linearAxis([0, 1]),
      panels: [linePanel({ ...base, series })],
    });
    const legend = all(parseSvg(svg), 'text').find(({ text }) => text.includes('training'))!;
    expect(legend.text.replaceAll(/\s+/g, ' ')).toBe(' — training — validation <1>');
    expect(new Set(all(legend, 'tspan').map(({ attributes }) => attributes.fill)).size).toBe(2);
  });
});
