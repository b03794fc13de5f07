import { UndertoneError } from '../errors.ts';
import type { Axis } from './axes.ts';
import { INK } from './colours.ts';
import { element, escapeXml } from './svg.ts';
import { estimateTextWidth, fitText, plainText, textAt } from './text.ts';

/** Where a panel draws: from 0, 0 (top left) to its size in px, with its axes' values turned into px. */
export interface PlotArea {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Where a value of the axis lies, in px from the left. */
  readonly x: (value: number) => number;
  /** Where a value of the axis lies, in px from the top. */
  readonly y: (value: number) => number;
}

/** A scale of colours beside a panel. */
export interface ColourBar {
  readonly axis: Axis;
  /** An image of the colours, lowest value at the bottom, as a `data:` URI. */
  readonly image: string;
}

/** One plot of a figure: what stands above it, its size, its y axis, and markup drawn into its area. */
export interface Panel {
  readonly title: string;
  /** What a reader must know about the plot, set lightly after the title: "128 bands". */
  readonly note?: string;
  readonly heightPx: number;
  readonly yAxis: Axis;
  readonly colourBar?: ColourBar;
  readonly legend?: readonly { readonly label: string; readonly colour: string }[];
  /** Markup in the area's own coordinates; what leaves the area is clipped. */
  readonly draw: (area: PlotArea) => string;
}

/** Panels below each other that share one x axis. */
export interface Figure {
  readonly title: string;
  readonly subtitle?: string;
  /** 320 to 4,096 px; default 960. */
  readonly widthPx?: number;
  /** What the figure shows, for those who cannot see it. */
  readonly description: string;
  readonly xAxis: Axis;
  readonly panels: readonly Panel[];
}

const WIDTH_RANGE_PX = [320, 4096] as const;
const DEFAULT_WIDTH_PX = 960;
const LEFT_PX = 72;
const RIGHT_PX = 64;
const EDGE_PX = 20;
const CAPTION_PX = 22;
const PANEL_GAP_PX = 16;
const X_AXIS_PX = 46;
const FONT = { title: 18, caption: 12.5, label: 11.5, tick: 10.5 } as const;
const FONT_FAMILY = "'DejaVu Sans Condensed', 'DejaVu Sans', 'Segoe UI', 'Helvetica Neue', Arial, sans-serif";

/** Images of this class show their pixels as sharp cells. */
export const CRISP_CLASS = 'undertone-crisp';
// Browsers take only CSS's newer word for it, resvg only SVG 1.1's; what stands in @supports is for browsers alone.
const STYLE = `@supports (image-rendering:pixelated){.${CRISP_CLASS}{image-rendering:pixelated}}`;

/** The width in px that a figure of this width leaves for its plots. */
export function plotWidth(widthPx: number = DEFAULT_WIDTH_PX): number {
  return widthPx - LEFT_PX - RIGHT_PX;
}

/**
 * Draws a figure as a standalone SVG document on white.
 * @throws UndertoneError `PICTURE_INVALID` for a width outside 320..4,096 px
 */
export function figure(content: Figure): string {
  const widthPx = content.widthPx ?? DEFAULT_WIDTH_PX;
  if (!(widthPx >= WIDTH_RANGE_PX[0] && widthPx <= WIDTH_RANGE_PX[1])) {
    throw new UndertoneError('PICTURE_INVALID', {
      subject: 'width',
      problem: `is ${widthPx} px`,
      remedy: `Choose ${WIDTH_RANGE_PX[0]} to ${WIDTH_RANGE_PX[1]} px.`,
    });
  }
  const title = plainText(content.title);
  const parts = [heading(title, content.subtitle, widthPx)];
  let top = content.subtitle === undefined ? 44 : 62;
  for (const panel of content.panels) {
    top += CAPTION_PX;
    parts.push(drawPanel(panel, content.xAxis, top, widthPx));
    top += panel.heightPx + PANEL_GAP_PX;
  }
  const bottom = top - PANEL_GAP_PX;
  parts.push(xAxisLabels(content.xAxis, bottom, plotWidth(widthPx)));
  return frame(widthPx, bottom + X_AXIS_PX, title, plainText(content.description), parts);
}

function frame(width: number, height: number, title: string, description: string, parts: readonly string[]): string {
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'font-family': FONT_FAMILY,
    'font-stretch': 'condensed',
  };
  const background = element('rect', { width, height, fill: '#ffffff' });
  const names = [element('title', {}, escapeXml(title)), element('desc', {}, escapeXml(description))];
  return `${element('svg', attributes, ...names, element('style', {}, STYLE), background, ...parts)}\n`;
}

function heading(title: string, subtitle: string | undefined, widthPx: number): string {
  const room = widthPx - EDGE_PX - LEFT_PX;
  const style = { sizePx: FONT.title, colour: INK.text, weight: 'bold' } as const;
  const main = textAt(LEFT_PX, 34, fitText(title, room, style), style);
  if (subtitle === undefined) return main;
  const second = { sizePx: FONT.caption, colour: INK.muted };
  return main + textAt(LEFT_PX, 54, fitText(plainText(subtitle), room, second), second);
}

function drawPanel(panel: Panel, xAxis: Axis, top: number, widthPx: number): string {
  const area = plotArea(plotWidth(widthPx), panel.heightPx, xAxis, panel.yAxis);
  const { widthPx: width, heightPx: height } = area;
  const xTicks = xAxis.ticks(width);
  const yTicks = panel.yAxis.ticks(height);
  const grid = [
    ...xTicks.map(({ at }) => `M${area.x(at).toFixed(1)} 0v${height}`),
    ...yTicks.map(({ at }) => `M0 ${area.y(at).toFixed(1)}h${width}`),
  ].join('');
  // The nested svg is what clips: unlike a clipPath it needs no id, which could clash where pictures share a page.
  const plot = element(
    'svg',
    { x: LEFT_PX, y: top, width, height, viewBox: `0 0 ${width} ${height}`, overflow: 'hidden' },
    element('path', { d: grid, stroke: INK.grid }),
    panel.draw(area),
  );
  const marks = [
    ...xTicks.map(({ at }) => `M${(LEFT_PX + area.x(at)).toFixed(1)} ${top + height}v4`),
    ...yTicks.map(({ at }) => `M${LEFT_PX} ${(top + area.y(at)).toFixed(1)}h-4`),
  ].join('');
  const border = { x: LEFT_PX, y: top, width, height, fill: 'none', stroke: INK.frame };
  return [
    caption(panel, top, width),
    plot,
    element('rect', border),
    element('path', { d: marks, stroke: INK.frame }),
    yAxisLabels(panel.yAxis, area, LEFT_PX - 7, top, 'end'),
    axisTitle(panel.yAxis, top + height / 2),
    panel.colourBar === undefined ? '' : drawColourBar(panel.colourBar, top, area),
  ].join('');
}

function plotArea(widthPx: number, heightPx: number, xAxis: Axis, yAxis: Axis): PlotArea {
  const [left, right] = xAxis.domain;
  const [low, high] = yAxis.domain;
  return {
    widthPx,
    heightPx,
    x: (value) => ((value - left) / (right - left)) * widthPx,
    y: (value) => heightPx - ((value - low) / (high - low)) * heightPx,
  };
}

function caption({ title, note, legend = [] }: Panel, top: number, width: number): string {
  const line = { y: top - 7, 'font-size': FONT.caption, fill: INK.muted };
  const style = { sizePx: FONT.caption };
  const words = [element('tspan', { 'font-weight': 'bold', fill: INK.text }, escapeXml(plainText(title)))];
  if (note !== undefined) {
    const beside = [title, ...legend.map(({ label }) => `—— ${label}`)].join('');
    const room = width - 8 - estimateTextWidth(beside, { ...style, weight: 'bold' });
    words.push(element('tspan', { dx: 8 }, escapeXml(fitText(plainText(note), room, style, 0))));
  }
  const text = element('text', { x: LEFT_PX, ...line }, ...words);
  if (legend.length === 0) return text;
  const keys = legend.map(({ label, colour }) => {
    const key = element('tspan', { fill: colour, 'font-weight': 'bold' }, '\u2003— ');
    return key + escapeXml(plainText(label));
  });
  return text + element('text', { x: LEFT_PX + width, ...line, 'text-anchor': 'end' }, ...keys);
}

function yAxisLabels(axis: Axis, area: PlotArea, x: number, top: number, anchor: 'start' | 'end'): string {
  const style = { sizePx: FONT.tick, colour: INK.text, anchor };
  return axis
    .ticks(area.heightPx)
    .map(({ at, label }) => textAt(x, top + area.y(at) + FONT.tick * 0.36, label, style))
    .join('');
}

function axisTitle({ label }: Axis, middle: number): string {
  if (label === undefined) return '';
  return textAt(20, middle, label, { sizePx: FONT.label, colour: INK.muted, anchor: 'middle', upright: true });
}

function drawColourBar({ axis, image }: ColourBar, top: number, plot: PlotArea): string {
  const area = plotArea(10, plot.heightPx, { domain: [0, 1], ticks: () => [] }, axis);
  const x = LEFT_PX + plot.widthPx + 10;
  const box = { x, y: top, width: area.widthPx, height: area.heightPx };
  const marks = axis.ticks(area.heightPx).map(({ at }) => `M${x + area.widthPx} ${(top + area.y(at)).toFixed(1)}h3`);
  return [
    element('image', { ...box, href: image, preserveAspectRatio: 'none' }),
    element('rect', { ...box, fill: 'none', stroke: INK.frame }),
    element('path', { d: marks.join(''), stroke: INK.frame }),
    yAxisLabels(axis, area, x + area.widthPx + 6, top, 'start'),
    textAt(x, top - 7, axis.label ?? '', { sizePx: FONT.label, colour: INK.muted }),
  ].join('');
}

function xAxisLabels(axis: Axis, bottom: number, width: number): string {
  const { x } = plotArea(width, 0, axis, { domain: [0, 1], ticks: () => [] });
  const style = { sizePx: FONT.tick, colour: INK.text, anchor: 'middle' } as const;
  const labels = axis.ticks(width).map(({ at, label }) => textAt(LEFT_PX + x(at), bottom + 17, label, style));
  const name = { ...style, sizePx: FONT.label, colour: INK.muted };
  return labels.join('') + textAt(LEFT_PX + width / 2, bottom + 35, axis.label ?? '', name);
}

/** Words in the middle of a panel that has nothing to draw. */
export function emptyNote(area: PlotArea, text: string): string {
  const style = { sizePx: FONT.label, colour: INK.muted, anchor: 'middle' } as const;
  return textAt(area.widthPx / 2, area.heightPx / 2 + 4, text, style);
}
