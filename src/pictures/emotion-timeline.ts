import { linearAxis, timeAxis, type Axis } from './axes.ts';
import { INK } from './colours.ts';
import { emotionColour, inkOn } from './emotion-colours.ts';
import type { Envelope } from './envelope.ts';
import { emptyNote, figure, plotWidth, type Panel, type PlotArea } from './figure.ts';
import { waveformPanel } from './recording-picture.ts';
import { coordinate, element } from './svg.ts';
import { estimateTextWidth, textAt } from './text.ts';

/** One stretch of speech and how it sounded. */
export interface TimelineSegment {
  readonly startMs: number;
  readonly endMs: number;
  readonly label: string;
  /** 0..1. */
  readonly confidence: number;
  readonly uncertain: boolean;
  /** The probability of every label, 0..1. */
  readonly scores: Readonly<Record<string, number>>;
}

/** What {@link emotionTimeline} draws. */
export interface EmotionTimeline extends Envelope {
  /** Usually the file's name; any text is safe. */
  readonly title: string;
  readonly subtitle?: string;
  readonly durationMs: number;
  /** All labels, in the order in which their shares are stacked from below. */
  readonly labels: readonly string[];
  /** In order of time, without overlaps. */
  readonly segments: readonly TimelineSegment[];
}

/** Segments narrower than this, in px, are drawn together with their neighbours. */
const LEAST_WIDTH_PX = 6;
/** Wide segments that meet stay so far apart. */
const GAP_PX = 1;
const BAND = { heightPx: 40, sizePx: 11.5 } as const;
const HATCH_PX = 6;

/**
 * Draws how somebody spoke over time: the waveform, a band with the emotion of each segment (hatched where it is
 * uncertain), and the probabilities of all emotions, on one time axis.
 * @param options `width`: the picture's width in px, 320..4,096; default 960
 * @returns a standalone SVG document, the same for the same input; `renderPng` makes a PNG of it
 * @throws UndertoneError `PICTURE_INVALID` for an impossible width
 */
export function emotionTimeline(timeline: EmotionTimeline, options: { readonly width?: number } = {}): string {
  const { title, subtitle, durationMs, labels, segments } = timeline;
  const { width } = options;
  const columns = plotWidth(width);
  const seconds = (durationMs / 1_000).toFixed(1);
  const joined = joinNarrow(segments, durationMs, columns);
  return figure({
    title,
    ...(subtitle === undefined ? {} : { subtitle }),
    ...(width === undefined ? {} : { widthPx: width }),
    description: `Waveform, emotions and their probabilities over ${seconds} s: ${inWords(segments)}.`,
    xAxis: timeAxis(durationMs),
    panels: [
      waveformPanel(timeline, durationMs, columns, INK.frame),
      bandPanel(joined, labels),
      scoresPanel(joined, labels),
    ],
  });
}

/** The first segments, for those who cannot see them. */
export function inWords(segments: readonly TimelineSegment[]): string {
  if (segments.length === 0) return 'no speech';
  const words = segments
    .slice(0, 20)
    .map(
      ({ startMs, label, uncertain }) => `${uncertain ? 'uncertain' : label} from ${(startMs / 1_000).toFixed(1)} s`,
    );
  if (segments.length > words.length) words.push(`and ${segments.length - words.length} more segments`);
  return words.join(', ');
}

/** Joins segments that are too short to be seen with those that follow. */
export function joinNarrow(
  segments: readonly TimelineSegment[],
  durationMs: number,
  columns: number,
): TimelineSegment[] {
  const leastMs = (durationMs * LEAST_WIDTH_PX) / columns;
  const joined: TimelineSegment[] = [];
  for (let from = 0, to = 0; from < segments.length; from = to) {
    const until = segments[from]!.startMs + leastMs;
    for (to = from + 1; to < segments.length && segments[to]!.endMs <= until;) to++;
    joined.push(to - from === 1 ? segments[from]! : join(segments.slice(from, to)));
  }
  return joined;
}

/** Several segments as one: the mean of their scores, weighted by their durations. */
function join(segments: readonly TimelineSegment[]): TimelineSegment {
  const total = segments.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  const scores: Record<string, number> = {};
  let uncertainMs = 0;
  for (const { startMs, endMs, scores: own, uncertain } of segments) {
    const share = (endMs - startMs) / total;
    for (const [label, score] of Object.entries(own)) scores[label] = (scores[label] ?? 0) + share * score;
    if (uncertain) uncertainMs += endMs - startMs;
  }
  const [label, confidence] = Object.entries(scores).reduce((best, entry) => (entry[1] > best[1] ? entry : best));
  const { startMs } = segments[0]!;
  return { startMs, endMs: segments.at(-1)!.endMs, label, confidence, scores, uncertain: uncertainMs > total / 2 };
}

const NO_AXIS: Axis = { domain: [0, 1], ticks: () => [] };

/** A band with the emotion of each segment; `joinNarrow` has made them wide enough. */
export function bandPanel(segments: readonly TimelineSegment[], labels: readonly string[], title = 'Emotion'): Panel {
  const isUncertain = segments.some(({ uncertain }) => uncertain);
  return {
    title,
    note: isUncertain ? 'of each stretch of speech; hatched: uncertain' : 'of each stretch of speech',
    heightPx: BAND.heightPx,
    yAxis: NO_AXIS,
    draw: (area) => {
      if (segments.length === 0) return emptyNote(area, 'no speech');
      return segments.map((segment) => drawSegment(segment, emotionColour(segment.label, labels), area)).join('');
    },
  };
}

/** From where to where a segment is drawn, in px. */
function extent({ startMs, endMs }: TimelineSegment, area: PlotArea): { readonly x: number; readonly width: number } {
  const x = area.x(startMs);
  const width = area.x(endMs) - x;
  return { x, width: width > 2 * LEAST_WIDTH_PX ? width - GAP_PX : Math.max(1, width) };
}

function drawSegment(segment: TimelineSegment, colour: string, area: PlotArea): string {
  const { label, confidence, uncertain } = segment;
  const { x, width } = extent(segment, area);
  const top = 4;
  const height = area.heightPx - 2 * top;
  const box = { x, y: top, width, height, rx: Math.min(3, width / 6) };
  const tip = element('title', {}, `${label} ${percent(confidence)}${uncertain ? ', uncertain' : ''}`);
  const fill = uncertain
    ? element('rect', { ...box, fill: INK.missing }, tip) + hatch(box, colour)
    : element('rect', { ...box, fill: colour }, tip);
  return fill + segmentText(segment, uncertain ? INK.text : inkOn(colour), box);
}

/** As much of "label 87 %" as the segment has room for. */
function segmentText(
  { label, confidence, uncertain }: TimelineSegment,
  colour: string,
  { x, y, width, height }: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
): string {
  const style = { sizePx: BAND.sizePx, colour, anchor: 'middle' } as const;
  const words = [`${label}${uncertain ? '?' : ''} ${percent(confidence)}`, `${label}${uncertain ? '?' : ''}`];
  const text = words.find((candidate) => estimateTextWidth(candidate, style) <= width - 4);
  return text === undefined ? '' : textAt(x + width / 2, y + height / 2 + 4, text, style);
}

/** Slanted lines in a box. It clips by being an svg of its own, for a pattern would need an id. */
function hatch(
  { x, y, width, height }: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  colour: string,
): string {
  let d = '';
  for (let at = HATCH_PX / 2 - height; at < width; at += HATCH_PX)
    d += `M${coordinate(at)} ${height}l${height} ${-height}`;
  const lines = element('path', { d, fill: 'none', stroke: colour, 'stroke-width': 1.4, 'stroke-opacity': 0.4 });
  const edge = {
    x: 0.5,
    y: 0.5,
    width: Math.max(0, width - 1),
    height: height - 1,
    rx: Math.min(2.5, width / 6),
    fill: 'none',
  };
  return element(
    'svg',
    { x, y, width, height, overflow: 'hidden' },
    lines,
    element('rect', { ...edge, stroke: colour }),
  );
}

function scoresPanel(segments: readonly TimelineSegment[], labels: readonly string[]): Panel {
  const axis = linearAxis([0, 100], 'probability (%)');
  return {
    title: 'Probabilities',
    heightPx: 150,
    yAxis: axis,
    legend: labels.map((label) => ({ label, colour: emotionColour(label, labels) })),
    draw: (area) => {
      if (segments.length === 0) return emptyNote(area, 'no speech');
      return labels.map((label) => drawShare(segments, labels, label, area)).join('');
    },
  };
}

/** The share of one label in every segment, above those of the labels before it: one path. */
function drawShare(
  segments: readonly TimelineSegment[],
  labels: readonly string[],
  label: string,
  area: PlotArea,
): string {
  const below = labels.slice(0, labels.indexOf(label));
  let d = '';
  for (const segment of segments) {
    const { scores } = segment;
    const { x, width } = extent(segment, area);
    const base = below.reduce((sum, other) => sum + (scores[other] ?? 0), 0);
    const top = area.y(100 * (base + (scores[label] ?? 0)));
    d += `M${coordinate(x)} ${coordinate(top)}h${coordinate(width)}V${coordinate(area.y(100 * base))}h${coordinate(-width)}Z`;
  }
  return element('path', { d, fill: emotionColour(label, labels) });
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
