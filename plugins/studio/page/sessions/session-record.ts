import type { SessionSummary, SpeakerRole } from 'undertone';

// What the host's API says of sessions: /openapi.json describes all of it.

export interface StoredSession {
  readonly id: string;
  readonly platform: string;
  readonly space: string;
  readonly title: string | null;
  readonly model: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly state: 'open' | 'ended' | 'interrupted';
  readonly summary: SessionSummary | null;
}

export interface StoredSegment {
  readonly trackId: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly label: string;
  readonly confidence: number;
  readonly uncertain: boolean;
  readonly scores: Readonly<Record<string, number>>;
}

export interface StoredAlert {
  readonly id: string;
  readonly speaker: string | null;
  readonly rule: string;
  readonly message: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly acknowledgedAtMs: number | null;
}

export interface SessionRecord {
  readonly session: StoredSession;
  readonly tracks: readonly {
    readonly id: string;
    readonly speaker: string;
    readonly name: string;
    readonly role: SpeakerRole;
  }[];
  readonly segments: readonly StoredSegment[];
  readonly gaps: readonly {
    readonly trackId: string;
    readonly startMs: number;
    readonly endMs: number;
    readonly reason: string;
  }[];
  readonly alerts: readonly StoredAlert[];
}

/** One speaker of a session, of however many tracks. */
export interface SpeakerRow {
  readonly speaker: string;
  readonly name: string;
  readonly segments: readonly StoredSegment[];
  readonly gaps: SessionRecord['gaps'];
}

/** The speakers of a session in the order in which they came. */
export function speakerRows({ tracks, segments, gaps }: SessionRecord): SpeakerRow[] {
  return [...new Map(tracks.map((track) => [track.speaker, track.name]))].map(([speaker, name]) => {
    const own = new Set(tracks.filter((track) => track.speaker === speaker).map(({ id }) => id));
    const isOwn = ({ trackId }: { readonly trackId: string }): boolean => own.has(trackId);
    return { speaker, name, segments: segments.filter(isOwn), gaps: gaps.filter(isOwn) };
  });
}

/** How long a session was, or is so far as something was heard in it. */
export function durationOf({ session, segments }: Pick<SessionRecord, 'session' | 'segments'>): number {
  return Math.max(session.summary?.durationMs ?? 0, ...segments.map(({ endMs }) => endMs), 1000);
}

export const titleOf = ({ title, platform, space }: StoredSession): string => title ?? `${platform}, ${space}`;
