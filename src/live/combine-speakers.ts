import { strongest } from './moods.ts';
import type { SpeakerSummary } from './types.ts';

/**
 * The speakers of several sessions, each once, those who talked longest first: what is summed is summed, shares are
 * weighted by how long they talked. Turning points, peaks and streaks are left out of whoever was in more than one: they lie
 * on one session's clock.
 */
export function combineSpeakers(summaries: readonly SpeakerSummary[]): SpeakerSummary[] {
  const bySpeaker = Map.groupBy(summaries, ({ speaker }) => speaker);
  const speechMs = summaries.reduce((sum, { talkMs }) => sum + talkMs, 0);
  return Array.from(bySpeaker.values(), (own) => combine(own, speechMs)).sort((a, b) => b.talkMs - a.talkMs);
}

function combine(own: readonly SpeakerSummary[], speechMs: number): SpeakerSummary {
  const [first] = own;
  if (own.length === 1) return { ...first!, talkShare: speechMs > 0 ? first!.talkMs / speechMs : 0 };
  const talkMs = own.reduce((sum, one) => sum + one.talkMs, 0);
  const mean = (of: (one: SpeakerSummary) => number): number =>
    talkMs > 0 ? own.reduce((sum, one) => sum + of(one) * one.talkMs, 0) / talkMs : 0;
  const labels = [...new Set(own.flatMap(({ shares }) => Object.keys(shares)))];
  const shares = Object.fromEntries(labels.map((label) => [label, mean((one) => one.shares[label] ?? 0)]));
  return {
    ...first!,
    talkMs,
    talkShare: speechMs > 0 ? talkMs / speechMs : 0,
    segments: own.reduce((sum, one) => sum + one.segments, 0),
    shares,
    dominant: talkMs > 0 ? strongest(shares, labels) : null,
    confidence: mean((one) => one.confidence),
    uncertainShare: mean((one) => one.uncertainShare),
    turningPoints: [],
    peaks: [],
    longestStreaks: [],
    gapMs: own.reduce((sum, one) => sum + one.gapMs, 0),
  };
}
