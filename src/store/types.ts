import type { Annotation } from '../live/annotation.ts';
import type { ConsentEntry } from '../live/consent-log.ts';
import type { ConsentSubject, GapReason, HeardSegment, SessionSummary, SpeakerRole } from '../live/types.ts';

// Times that end in `AtMs` are milliseconds since 1970; `startMs` and `endMs` are on the session's media clock.

export type SessionState = 'open' | 'ended' | 'interrupted';

/** A conversation, as it is kept. */
export interface StoredSession {
  readonly id: string;
  readonly platform: string;
  readonly space: string;
  readonly title: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly model: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  /** `interrupted` where the process ended before the session did. */
  readonly state: SessionState;
  readonly summary: SessionSummary | null;
}

/** A speaker in a session. */
export interface StoredTrack {
  readonly id: string;
  readonly sessionId: string;
  readonly speaker: string;
  readonly name: string;
  readonly role: SpeakerRole;
  readonly openedAtMs: number;
  readonly closedAtMs: number | null;
}

/** No two segments of a track begin at the same time. */
export interface StoredSegment extends HeardSegment {
  readonly trackId: string;
  readonly sessionId: string;
}

export interface StoredGap {
  readonly trackId: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly reason: GapReason;
}

export interface StoredAlert {
  readonly id: string;
  readonly sessionId: string;
  /** null where the rule looked at the whole conversation. */
  readonly speaker: string | null;
  readonly trackId: string | null;
  readonly rule: string;
  readonly message: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly atMs: number;
  readonly acknowledgedAtMs: number | null;
}

/** An annotation on its way into the conversation. */
export interface StoredAnnotation extends Annotation {
  /** Whom it is about; null where it is about the whole conversation. */
  readonly speaker: string | null;
  /** The plugin that posts it. */
  readonly plugin: string;
  /** Where to: the plugin's own, plain data. */
  readonly ref: unknown;
  /** What was kept under a key before is not kept again. */
  readonly idempotencyKey: string;
  readonly state: 'pending' | 'published' | 'failed';
  readonly attempts: number;
  readonly nextAttemptAtMs: number;
  /** Why the last attempt failed. */
  readonly error: string | null;
}

/** What became of an attempt to publish: `pending` where it is tried again. */
export type PublishOutcome = Pick<StoredAnnotation, 'state' | 'nextAttemptAtMs' | 'error'>;

/** Running statistics of the voice of a speaker who consented: plain data of the model's own. */
export interface StoredVoice extends ConsentSubject {
  readonly model: string;
  readonly statistics: unknown;
  readonly updatedAtMs: number;
}

/** A line of the audit log, as it is kept. */
export interface StoredConsent extends ConsentEntry {
  /** Counts upwards, with holes. */
  readonly sequence: number;
}

/** What a live session tells the store. Saying the same thing twice changes nothing. */
export type StoreWrite =
  | { readonly type: 'session'; readonly session: Omit<StoredSession, 'endedAtMs' | 'state' | 'summary'> }
  | {
      readonly type: 'sessionEnd';
      readonly sessionId: string;
      readonly endedAtMs: number;
      readonly summary: SessionSummary | null;
    }
  | { readonly type: 'track'; readonly track: Omit<StoredTrack, 'closedAtMs'> }
  | { readonly type: 'trackEnd'; readonly trackId: string; readonly closedAtMs: number }
  | { readonly type: 'segment'; readonly segment: StoredSegment }
  | { readonly type: 'gap'; readonly gap: StoredGap }
  | { readonly type: 'alert'; readonly alert: Omit<StoredAlert, 'acknowledgedAtMs'> }
  | { readonly type: 'annotation'; readonly annotation: Omit<StoredAnnotation, 'state' | 'attempts' | 'error'> }
  | { readonly type: 'voice'; readonly voice: StoredVoice };

/** Which sessions to list; all that is given must hold. */
export interface SessionFilter {
  readonly platform?: string;
  readonly space?: string;
  readonly state?: SessionState;
  /** Began at or after. */
  readonly fromMs?: number;
  /** Began before. */
  readonly toMs?: number;
  readonly speaker?: string;
  /** Part of the title, in any case. */
  readonly text?: string;
}

/** Which part of a list. */
export interface Page {
  /** 1..500; default 50. */
  readonly limit?: number;
  /** What the page before gave. */
  readonly cursor?: string;
}

/** A session with everything that was heard in it, each list in the order of time. */
export interface SessionRecord {
  readonly session: StoredSession;
  readonly tracks: readonly StoredTrack[];
  readonly segments: readonly StoredSegment[];
  readonly gaps: readonly StoredGap[];
  readonly alerts: readonly StoredAlert[];
}

/** How long what is kept, in milliseconds; what is not named is kept for ever. */
export interface Retention {
  /** Sessions that are over, with all that belongs to them, from their end. */
  readonly sessions?: number;
  /** Segments and gaps, from the end of their session; its summary stays. */
  readonly segments?: number;
  /** Alerts, from when they were made. */
  readonly alerts?: number;
  /** Annotations in any state, from the end of their session. */
  readonly annotations?: number;
  /** Statistics of voices, from when they last changed. */
  readonly voices?: number;
  /** Log entries, from when they were made. Those that say what a speaker's state is now are always kept. */
  readonly consent?: number;
}

/** How many rows were deleted; `sessions` counts sessions alone, not what went with them. */
export type SweepCounts = Record<keyof Retention, number>;

/**
 * What Undertone remembers, in SQLite or PostgreSQL. Every method may throw UndertoneError STORE_UNAVAILABLE (try
 * again), STORE_DAMAGED or STORE_INVALID; messages hold nothing of what is kept. Text comes back as it was given,
 * except that what is no Unicode (and U+0000) becomes U+FFFD.
 */
export interface Store {
  /**
   * Keeps all of it or nothing. A track's session and a segment's track must be in it, or kept before.
   * @throws UndertoneError STORE_INVALID where they are not, or for numbers that are not finite
   */
  write(writes: readonly StoreWrite[]): Promise<void>;

  /**
   * The newest sessions first.
   * @throws UndertoneError STORE_INVALID for a cursor that no page gave
   */
  sessions(filter?: SessionFilter, page?: Page): Promise<{ sessions: readonly StoredSession[]; cursor: string | null }>;
  session(id: string): Promise<SessionRecord | null>;
  /**
   * Removes a session with all that was heard in it; voices and the audit log stay. Not for one that goes on.
   * @returns whether there was one
   */
  deleteSession(id: string): Promise<boolean>;
  /**
   * What was heard of a speaker in all sessions, in the order of time, at most `limit` (default 10 000).
   * @param range of the segments' beginnings, milliseconds since 1970: `fromMs` included, `toMs` not
   */
  speakerSegments(
    subject: ConsentSubject,
    range: { readonly fromMs: number; readonly toMs: number; readonly limit?: number },
  ): Promise<readonly (StoredSegment & { readonly atMs: number })[]>;

  /** @returns whether there is such an alert; the first to acknowledge it stays. */
  acknowledgeAlert(id: string, atMs: number): Promise<boolean>;

  /** Pending annotations whose time has come, the longest due first, at most `limit` (default 100). */
  dueAnnotations(nowMs: number, limit?: number): Promise<readonly StoredAnnotation[]>;
  /** Notes an attempt to publish, and what became of it. */
  settleAnnotation(id: string, outcome: PublishOutcome): Promise<void>;

  voice(subject: ConsentSubject, model: string): Promise<StoredVoice | null>;

  /**
   * Writes a line into the audit log. With `purged`, the speaker's id becomes its hash in that line and in all up to
   * their last `purge`. What they said after the purge stays: they came back.
   */
  appendConsent(entry: ConsentEntry): Promise<StoredConsent>;
  /** The last entry that changed a speaker's state; null where there is none, which is no consent. */
  consent(subject: ConsentSubject): Promise<StoredConsent | null>;
  /** That of every speaker in a space. Purged speakers are named by their hash. */
  consents(platform: string, space: string): Promise<readonly StoredConsent[]>;
  /** All entries of a speaker, in order; those from before a purge too. */
  consentLog(subject: ConsentSubject): Promise<readonly StoredConsent[]>;
  /** How the log calls those who were purged: their names in it, by whom they are of. */
  purgedNames(): Promise<(subject: ConsentSubject) => string>;
  /** The entries of all that follow on one, in order, at most `limit` (default 1000). */
  consentEntries(afterSequence: number, limit?: number): Promise<readonly StoredConsent[]>;

  /**
   * Removes a speaker from a space, so that no row names them: their tracks, segments, gaps, alerts, annotations and
   * voices; their part of summaries; titles, metadata and alerts of others in which their id or name occurs, rather too
   * much than too little. Ids of sessions are not looked at: they must not be made of those of people. The audit log
   * keeps a salted hash of the id, and an entry `purged`. Nothing of theirs may be on its way into the store: end their
   * tracks, flush, then purge.
   * @param by who asked for it, as in the log
   * @throws UndertoneError STORE_INVALID for an empty id
   */
  purgeSpeaker(subject: ConsentSubject, by: string): Promise<void>;
  sweep(nowMs: number, retention: Retention): Promise<SweepCounts>;
  /**
   * Called at start: the sessions that a crash left open become `interrupted`; they and their tracks end with the last
   * thing that is known of them. One process at a time may write into a database.
   * @returns how many
   */
  interruptOpenSessions(nowMs: number): Promise<number>;

  /** Ends what is under way, then lets go of the database. */
  close(): Promise<void>;
}
