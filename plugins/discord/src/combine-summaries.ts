import type { SpeakerSummary } from 'undertone';

/** The speakers of several sessions, each once: what is summed is summed, shares are weighted by how long they talked. */
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
  const labels = new Set(own.flatMap(({ shares }) => Object.keys(shares)));
  const shares = Object.fromEntries(Array.from(labels, (label) => [label, mean((one) => one.shares[label] ?? 0)]));
  const [dominant] = Object.entries(shares).sort((a, b) => b[1] - a[1]);
  return {
    ...first!,
    talkMs,
    talkShare: speechMs > 0 ? talkMs / speechMs : 0,
    segments: own.reduce((sum, one) => sum + one.segments, 0),
    shares,
    dominant: talkMs > 0 ? (dominant?.[0] ?? null) : null,
    confidence: mean((one) => one.confidence),
    uncertainShare: mean((one) => one.uncertainShare),
    // Moments belong to one session's clock.
    turningPoints: [],
    peaks: [],
    longestStreaks: [],
    gapMs: own.reduce((sum, one) => sum + one.gapMs, 0),
  };
}
