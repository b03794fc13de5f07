import { SessionSummariser } from '../live/summary.ts';
import type { SessionSummary } from '../live/index.ts';
import { channelName, type HeardFile } from './predict-worker.ts';

/** Emotions of calls that somebody should listen to. */
const NEGATIVE: readonly string[] = ['angry', 'sad', 'fearful', 'disgust', 'disgusted', 'negative'];
/** Turning points that count fully. */
const MANY_TURNS = 4;

/** A moment to listen to. */
export interface Moment {
  readonly channel: number;
  readonly label: string;
  readonly atMs: number;
  readonly speechMs: number;
}

/** A recording with what makes it worth listening to. */
export interface RankedCall extends HeardFile {
  readonly summary: SessionSummary;
  /** 0..100: half of it the share of negative emotions in the worst voice, a third that in the second half, the rest turns. */
  readonly concern: number;
  /** Of the worst voice: mean score of negative emotions in its speech, 0..1. */
  readonly negativeShare: number;
  readonly turns: number;
  /** The longest negative stretches, the longest first; three at most. */
  readonly moments: readonly Moment[];
}

/** Recordings in the order in which somebody should listen to them. */
export function rankCalls(files: readonly HeardFile[], labels: readonly string[]): RankedCall[] {
  return files.map((file) => rank(file, labels)).sort((a, b) => b.concern - a.concern || a.file.localeCompare(b.file));
}

function rank(file: HeardFile, labels: readonly string[]): RankedCall {
  const summariser = new SessionSummariser({ sessionId: file.file, model: file.channels[0]!.model, labels });
  file.channels.forEach(({ segments }, channel) => {
    const speaker = channelName(channel);
    summariser.addSpeaker({ speaker, role: 'participant' });
    for (const segment of segments) summariser.addSegment(speaker, segment);
  });
  const summary = summariser.summary(Math.max(...file.channels.map(({ durationMs }) => durationMs)));
  const negative = (shares: Readonly<Record<string, number>>): number =>
    NEGATIVE.reduce((sum, label) => sum + (shares[label] ?? 0), 0);
  const worst = (of: (speaker: SessionSummary['speakers'][number]) => number): number =>
    Math.max(0, ...summary.speakers.map(of));
  const negativeShare = worst(({ shares }) => negative(shares));
  const atTheEnd = worst(({ halves: [, second] }) => negative(second));
  const turns = summary.speakers.reduce((sum, { turningPoints }) => sum + turningPoints.length, 0);
  const concern = 100 * (negativeShare / 2 + atTheEnd / 3 + Math.min(1, turns / MANY_TURNS) / 6);
  const moments = summary.speakers
    .flatMap(({ speaker, longestStreaks }) =>
      longestStreaks.map(({ label, startMs, speechMs }) => ({
        channel: file.channels.findIndex((_, channel) => channelName(channel) === speaker),
        ...{ label, atMs: startMs, speechMs },
      })),
    )
    .filter(({ label }) => NEGATIVE.includes(label))
    .sort((a, b) => b.speechMs - a.speechMs)
    .slice(0, 3);
  return { ...file, summary, concern, negativeShare, turns, moments };
}
