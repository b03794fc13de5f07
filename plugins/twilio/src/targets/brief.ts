import type { Annotation, CallReport, EmotionShares } from 'undertone';
import type { AnnotationRef } from '../annotator.ts';

/** An annotation as it is kept beside other things, which have little room: attributes of tasks and of messages. */
export interface BriefAnnotation {
  readonly key: string;
  readonly [name: string]: unknown;
}

const twoDigits = (value: number): number => Number(value.toFixed(2));

/** The three largest shares. */
function largest(shares: EmotionShares): EmotionShares {
  const some = Object.entries(shares)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 3);
  return Object.fromEntries(some.map(([label, share]) => [label, twoDigits(share)]));
}

/** Less than 1,000 characters of an annotation. Who spoke is said by role: numbers do not belong there. */
export function briefOf({ kind, content }: Annotation, key: string): BriefAnnotation {
  if (kind === 'alert') {
    const { rule, message, startMs, endMs } = content;
    return { key, rule, message, startMs, endMs };
  }
  if (kind === 'emotion') {
    const { mood, startMs, endMs } = content;
    return { key, ...(mood as object), startMs, endMs };
  }
  const { durationMs, speakers, alerts } = content as unknown as CallReport;
  return {
    key,
    durationMs: Math.round(durationMs),
    alerts: alerts.length,
    speakers: speakers.map(({ role, talkShare, dominant, shares, uncertainShare, turningPoints }) => ({
      ...{ role, dominant, shares: largest(shares), turningPoints: turningPoints.length },
      ...{ talkShare: twoDigits(talkShare), uncertainShare: twoDigits(uncertainShare) },
    })),
  };
}

/**
 * Attributes with an annotation in them, under `undertone`: the last mood as `mood`, everything else by its key.
 * @param attributes JSON of an object
 * @returns undefined where it is in them already, or a later mood is
 */
export function withAnnotation(attributes: string, annotation: Annotation, { key }: AnnotationRef): string | undefined {
  const all = JSON.parse(attributes || '{}') as Record<string, unknown> & {
    undertone?: Record<string, BriefAnnotation>;
  };
  const slot = annotation.kind === 'emotion' ? 'mood' : key;
  const brief = briefOf(annotation, key);
  const there = all.undertone?.[slot];
  if (there?.key === key || Number(there?.endMs) >= Number(brief.endMs)) return undefined;
  return JSON.stringify({ ...all, undertone: { ...all.undertone, [slot]: brief } });
}

/** An annotation as a message for people. */
export function sentenceOf({ kind, content }: Annotation): string {
  if (kind === 'alert') return String(content.message);
  if (kind === 'emotion') {
    const { label, uncertain } = content.mood as { label: string; uncertain: boolean };
    return uncertain ? 'It is uncertain how the speaker sounds.' : `The speaker sounds ${label}.`;
  }
  const { speakers, alerts, durationMs } = content as unknown as CallReport;
  const heard = speakers.map(({ role, dominant, talkShare }) => `${role}: ${dominant ?? 'no speech'}, ${Math.round(100 * talkShare)} % of the speech`); // prettier-ignore
  return `Call of ${Math.round(durationMs / 1_000)} s. ${heard.join('; ')}. Alerts: ${alerts.length}.`;
}
