import { conversationTimeline } from '../pictures/index.ts';
import type { CallReport } from './call-report.ts';

/** Draws a call: for each speaker how they sounded over time, where the mood turned, and where an alert was. */
export function callPicture({ speakers, durationMs, alerts, startedAtMs }: CallReport): string {
  const start = new Date(startedAtMs).toISOString().slice(0, 16).replace('T', ' ');
  const minutes = (durationMs / 60_000).toFixed(1);
  return conversationTimeline({
    title: `Call on ${start} UTC`,
    subtitle: `${minutes} min, ${alerts.length} ${alerts.length === 1 ? 'alert' : 'alerts'}`,
    durationMs,
    labels: [...new Set(speakers.flatMap(({ shares }) => Object.keys(shares)))],
    voices: speakers.map(({ speaker, role, talkShare, timeline, turningPoints }) => ({
      name: `${role}, ${Math.round(100 * talkShare)} % of the speech`,
      segments: timeline.map((segment) => ({ ...segment, scores: { [segment.label]: segment.confidence } })),
      turnsMs: turningPoints.map(({ atMs }) => atMs),
      alertsMs: alerts.filter((alert) => alert.speaker === speaker || alert.speaker === null).map(({ endMs }) => endMs),
    })),
  });
}
