import { timeAxis } from './axes.ts';
import { INK } from './colours.ts';
import { bandPanel, inWords, joinNarrow, type TimelineSegment } from './emotion-timeline.ts';
import { emotionColour } from './emotion-colours.ts';
import type { Envelope } from './envelope.ts';
import { figure, plotWidth, type Panel } from './figure.ts';
import { waveformPanel } from './recording-picture.ts';
import { coordinate, element } from './svg.ts';

/** One of those who speak. */
export interface ConversationVoice {
  readonly name: string;
  /** In order of time, without overlaps. */
  readonly segments: readonly TimelineSegment[];
  /** Of the voice's own sound, where there is any. */
  readonly envelope?: Envelope;
  /** When the mood turned, and when something was to be looked at, in milliseconds. */
  readonly turnsMs?: readonly number[];
  readonly alertsMs?: readonly number[];
}

/** What {@link conversationTimeline} draws. */
export interface ConversationTimeline {
  /** Any text is safe. */
  readonly title: string;
  readonly subtitle?: string;
  readonly durationMs: number;
  readonly labels: readonly string[];
  readonly voices: readonly ConversationVoice[];
}

const ALERT_COLOUR = '#b3261e';
/** More voices than these are left out, those who spoke least first. */
const MOST_VOICES = 12;

/**
 * Draws how several people spoke over the same time: of each, a waveform where there is one, and a band with the emotion
 * of each segment (hatched where it is uncertain).
 * @param options `width`: the picture's width in px, 320..4,096; default 960
 * @returns a standalone SVG document, the same for the same input
 * @throws UndertoneError `PICTURE_INVALID` for an impossible width
 */
export function conversationTimeline(
  { title, subtitle, durationMs, labels, voices }: ConversationTimeline,
  { width }: { readonly width?: number } = {},
): string {
  const columns = plotWidth(width);
  const shown = mostTalkative(voices);
  const heard = new Set(shown.flatMap(({ segments }) => segments.map(({ label }) => label)));
  const panels = shown.flatMap((voice): Panel[] => {
    const { name, segments, envelope } = voice;
    const joined = joinNarrow(segments, durationMs, columns);
    const band = marked(bandPanel(joined, labels, envelope ? `${name}: emotion` : name), voice);
    return envelope ? [{ ...waveformPanel({ ...envelope, durationMs }, durationMs, columns, INK.frame), title: name, heightPx: 48 }, band] : [band]; // prettier-ignore
  });
  const [first, ...others] = panels;
  const legend = labels.filter((label) => heard.has(label)).map((label) => ({ label, colour: emotionColour(label, labels) })); // prettier-ignore
  return figure({
    title,
    ...(subtitle === undefined ? {} : { subtitle }),
    ...(width === undefined ? {} : { widthPx: width }),
    description: shown.map(({ name, segments }) => `${name}: ${inWords(segments)}`).join('. '),
    xAxis: timeAxis(durationMs),
    panels: first ? [{ ...first, ...(legend.length > 0 && { legend }) }, ...others] : [bandPanel([], labels)],
  });
}

/** A band with a line where the mood turned, and a triangle where an alert was. */
function marked(band: Panel, { segments, turnsMs = [], alertsMs = [] }: ConversationVoice): Panel {
  const isUncertain = segments.some(({ uncertain }) => uncertain);
  const notes = [
    isUncertain && 'hatched: uncertain',
    turnsMs.length > 0 && 'line: a turn',
    alertsMs.length > 0 && 'triangle: an alert',
  ];
  return {
    ...band,
    note: notes.filter(Boolean).join('; '),
    draw: (area) =>
      band.draw(area) +
      turnsMs
        .map((ms) => element('path', { d: `M${coordinate(area.x(ms))} 0v${area.heightPx}`, stroke: INK.text }))
        .join('') +
      alertsMs
        .map((ms) =>
          element('path', { d: `M${coordinate(area.x(ms))} 0l-5 0l5 9l5 -9Z`, fill: ALERT_COLOUR, stroke: '#fff' }),
        )
        .join(''),
  };
}

/** Those who speak most, in the order in which they were given. */
function mostTalkative(voices: readonly ConversationVoice[]): readonly ConversationVoice[] {
  const talkMs = ({ segments }: ConversationVoice): number =>
    segments.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  const chosen = new Set([...voices].sort((a, b) => talkMs(b) - talkMs(a)).slice(0, MOST_VOICES));
  return voices.filter((voice) => chosen.has(voice));
}
