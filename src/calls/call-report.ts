import type { HostSession } from '../host/plugin.ts';
import type { AlertEvent, EmotionEvent, LiveEvent, SessionSummary, SpeakerSummary } from '../live/index.ts';
import type { CallNews } from './call.ts';

/** A stretch of speech in a report. */
export interface ReportedSegment {
  /** From the beginning of the call, in milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly label: string;
  /** 0..1. */
  readonly confidence: number;
  readonly uncertain: boolean;
}

/** What was heard of one speaker of a call. */
export interface ReportedSpeaker extends SpeakerSummary {
  /** In order; of very long calls, the first 5,000. */
  readonly timeline: readonly ReportedSegment[];
}

/** An alert in a report. */
export type ReportedAlert = Pick<AlertEvent, 'rule' | 'speaker' | 'message' | 'startMs' | 'endMs'>;

/** All that is said of a call when it is over: plain data. */
export interface CallReport extends Omit<SessionSummary, 'speakers' | 'alerts'> {
  readonly callId: string;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  /** Those who still may be heard at the end of the call. */
  readonly speakers: readonly ReportedSpeaker[];
  readonly alerts: readonly ReportedAlert[];
}

const MOST_SEGMENTS = 5_000;
const MOST_ALERTS = 500;

/** Makes news of a call's events while it goes on, and the report at its end. */
export class CallReporter {
  readonly #callId: string;
  readonly #session: HostSession;
  readonly #onNews: (news: CallNews) => void;
  readonly #timelines = new Map<string, ReportedSegment[]>();
  readonly #alerts: ReportedAlert[] = [];

  constructor(callId: string, session: HostSession, onNews: (news: CallNews) => void) {
    this.#callId = callId;
    this.#session = session;
    this.#onNews = onNews;
  }

  hear(event: LiveEvent): void {
    if (event.type === 'emotion' && event.of === 'segment') this.#hearSegment(event);
    if (event.type === 'alert') this.#hearAlert(event);
  }

  end(summary: SessionSummary): CallReport {
    const { startedAtMs } = this.#session;
    const heard = summary.speakers.filter(({ speaker, role }) => this.#session.mayHear({ speaker, role }).allowed);
    const isHeard = (speaker: string | null): boolean =>
      speaker === null || heard.some((other) => other.speaker === speaker);
    const report: CallReport = {
      ...summary,
      callId: this.#callId,
      startedAtMs,
      speakers: heard.map((speaker) => ({ ...speaker, timeline: this.#timelines.get(speaker.speaker) ?? [] })),
      alerts: this.#alerts.filter(({ speaker }) => isHeard(speaker)),
    };
    const [only, ...others] = heard;
    if (only) {
      // What is about one person alone goes when that person is purged.
      const about = others.length === 0 ? { speaker: only.speaker } : {};
      this.#onNews({ kind: 'summary', key: 'summary', ...about, content: { ...report } });
    }
    return report;
  }

  #hearSegment({ trackId, speaker, startMs, endMs, label, confidence, uncertain, smoothed }: EmotionEvent): void {
    const segment = { startMs: Math.round(startMs), endMs: Math.round(endMs), label, confidence, uncertain };
    let timeline = this.#timelines.get(speaker);
    if (!timeline) this.#timelines.set(speaker, (timeline = []));
    if (timeline.length < MOST_SEGMENTS) timeline.push(segment);
    const mood = { label: smoothed.label, confidence: smoothed.confidence, uncertain: smoothed.uncertain };
    this.#onNews({
      kind: 'emotion',
      key: `emotion-${trackOf(trackId)}-${segment.startMs}`,
      speaker,
      content: { callId: this.#callId, ...segment, mood },
    });
  }

  #hearAlert({ rule, speaker, message, startMs, endMs, sequence }: AlertEvent): void {
    const alert = { rule, speaker, message, startMs: Math.round(startMs), endMs: Math.round(endMs) };
    if (this.#alerts.length < MOST_ALERTS) this.#alerts.push(alert);
    this.#onNews({
      kind: 'alert',
      key: `alert-${sequence}`,
      ...(speaker !== null && { speaker }),
      content: { callId: this.#callId, ...alert },
    });
  }
}

/** The track's number in its session. */
const trackOf = (trackId: string): string => trackId.slice(trackId.lastIndexOf('/') + 1);
