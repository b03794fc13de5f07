import { timeAxis } from './axes.ts';
import { bandPanel, joinNarrow, LEAST_WIDTH_PX, type TimelineSegment } from './emotion-timeline.ts';
import { emotionColour } from './emotion-colours.ts';
import { figure, plotWidth } from './figure.ts';

/** What {@link conversationTimeline} draws. */
export interface ConversationTimeline {
  readonly title: string;
  readonly subtitle?: string;
  readonly durationMs: number;
  /** All labels of the model. */
  readonly labels: readonly string[];
  /** One band each; of each, the segments in order of time, without overlaps. Names may be any text. */
  readonly speakers: readonly { readonly name: string; readonly segments: readonly TimelineSegment[] }[];
}

/**
 * Draws how the speakers of a conversation sounded over time: a band each (hatched where it is uncertain), on one axis.
 * @param options `width`: the picture's width in px, 320..4,096; default 960
 * @returns a standalone SVG document, the same for the same input; `renderPng` makes a PNG of it
 * @throws UndertoneError `PICTURE_INVALID` for an impossible width
 */
export function conversationTimeline(
  { title, subtitle, durationMs, labels, speakers }: ConversationTimeline,
  { width }: { readonly width?: number } = {},
): string {
  const leastMs = (durationMs * LEAST_WIDTH_PX) / plotWidth(width);
  const panels = speakers.map(({ name, segments }) => bandPanel(joinNarrow(segments, leastMs), labels, name));
  const heard = labels.filter((label) =>
    speakers.some(({ segments }) => segments.some((segment) => segment.label === label)),
  );
  const legend = heard.map((label) => ({ label, colour: emotionColour(label, labels) }));
  return figure({
    title,
    ...(subtitle === undefined ? {} : { subtitle }),
    ...(width === undefined ? {} : { widthPx: width }),
    description: `The emotions of ${speakers.length} speakers over ${(durationMs / 1_000).toFixed(0)} s.`,
    xAxis: timeAxis(durationMs),
    panels: panels.map((panel, at) => (at === 0 ? { ...panel, note: '', legend } : { ...panel, note: '' })),
  });
}
