import { conversationTimeline } from '../pictures/index.ts';
import type { SessionRecord } from '../store/index.ts';

/** Draws what was heard in a session: a band for each speaker. No sound is kept, so that there is no waveform. */
export function sessionPicture({ session, tracks, segments, alerts }: SessionRecord): string {
  const { title, summary, startedAtMs, endedAtMs } = session;
  const lastMs = segments.reduce((last, { endMs }) => Math.max(last, endMs), 0);
  const names = new Map(tracks.map(({ speaker, name }) => [speaker, name]));
  const speakerOf = new Map(tracks.map(({ id, speaker }) => [id, speaker]));
  const labels = Object.keys(summary?.shares ?? segments[0]?.scores ?? {});
  return conversationTimeline({
    title: title ?? session.platform,
    subtitle: `${new Date(startedAtMs).toISOString().slice(0, 16).replace('T', ' ')} UTC, alerts: ${alerts.length}, model ${session.model}`,
    durationMs: Math.max(lastMs, summary?.durationMs ?? 0, (endedAtMs ?? startedAtMs) - startedAtMs),
    labels,
    voices: Array.from(names, ([speaker, name]) => ({
      name,
      segments: segments.filter(({ trackId }) => speakerOf.get(trackId) === speaker),
      turnsMs: summary?.speakers.find((one) => one.speaker === speaker)?.turningPoints.map(({ atMs }) => atMs) ?? [],
      alertsMs: alerts.filter((alert) => alert.speaker === speaker || alert.speaker === null).map(({ endMs }) => endMs),
    })),
  });
}
