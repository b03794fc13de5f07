import { randomBytes } from 'node:crypto';
import { sql, type Generated, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type {
  StoredAlert,
  StoredAnnotation,
  StoredConsent,
  StoredGap,
  StoredSegment,
  StoredSession,
  StoredTrack,
  StoredVoice,
} from './types.ts';

/** The columns of a table whose rows are `Row`, but for what a database cannot keep as it is. */
type Columns<Row, Changed> = Omit<Row, keyof Changed> & Changed;

/** All tables. JSON is kept as text, truth as 0 or 1: both databases know these alike. */
export interface Tables {
  sessions: Columns<StoredSession, { metadata: string; summary: string | null; titleFolded: string | null }>;
  tracks: StoredTrack;
  segments: Columns<StoredSegment, { scores: string; uncertain: number }>;
  gaps: StoredGap;
  alerts: StoredAlert;
  annotations: Columns<StoredAnnotation, { ref: string; content: string }>;
  voices: Columns<StoredVoice, { statistics: string }>;
  consent: Columns<StoredConsent, { sequence: Generated<number>; detail: string | null; expiresAtMs: number | null }>;
  settings: { name: string; value: string };
}

/** Actions of the audit log after which a speaker's state is what it was. */
export const CHANGES_NOTHING = ['notice', 'refuse'] as const;

/**
 * In words that both databases know: a double holds any time in milliseconds, with its fractions. Names are quoted, or
 * PostgreSQL would take them for lower case.
 * @param counter the type of a key that counts up and is never used again
 */
const firstTables = (counter: string): string[] => [
  `create table settings (name text not null primary key, value text not null)`,

  `create table sessions (
    id text not null primary key, platform text not null, space text not null, title text, "titleFolded" text,
    metadata text not null, model text not null, "startedAtMs" double precision not null,
    "endedAtMs" double precision, state text not null, summary text)`,
  `create index "sessionsByTime" on sessions ("startedAtMs", id)`,
  `create index "sessionsBySpace" on sessions (platform, space, "startedAtMs", id)`,
  `create index "sessionsByState" on sessions (state, "startedAtMs", id)`,
  `create index "sessionsByEnd" on sessions ("endedAtMs")`,

  `create table tracks (
    id text not null primary key, "sessionId" text not null references sessions (id) on delete cascade,
    speaker text not null, name text not null, role text not null, "openedAtMs" double precision not null,
    "closedAtMs" double precision)`,
  `create index "tracksBySession" on tracks ("sessionId")`,
  `create index "tracksBySpeaker" on tracks (speaker, "sessionId")`,

  `create table segments (
    "trackId" text not null references tracks (id) on delete cascade, "sessionId" text not null,
    "startMs" double precision not null, "endMs" double precision not null, label text not null,
    confidence double precision not null, uncertain integer not null, scores text not null,
    primary key ("trackId", "startMs"))`,
  `create index "segmentsBySession" on segments ("sessionId", "startMs")`,

  `create table gaps (
    "trackId" text not null references tracks (id) on delete cascade, "startMs" double precision not null,
    "endMs" double precision not null, reason text not null, primary key ("trackId", "startMs", reason))`,

  `create table alerts (
    id text not null primary key, "sessionId" text not null references sessions (id) on delete cascade,
    speaker text, "trackId" text, rule text not null, message text not null, "startMs" double precision not null,
    "endMs" double precision not null, "atMs" double precision not null, "acknowledgedAtMs" double precision)`,
  `create index "alertsBySession" on alerts ("sessionId", "atMs")`,
  `create index "alertsByTime" on alerts ("atMs")`,

  `create table annotations (
    id text not null primary key, "sessionId" text not null references sessions (id) on delete cascade,
    speaker text, kind text not null, plugin text not null, ref text not null, content text not null,
    "idempotencyKey" text not null unique, state text not null, attempts integer not null,
    "nextAttemptAtMs" double precision not null, error text)`,
  `create index "annotationsDue" on annotations (state, "nextAttemptAtMs")`,
  `create index "annotationsBySession" on annotations ("sessionId")`,

  `create table voices (
    platform text not null, space text not null, speaker text not null, model text not null,
    statistics text not null, "updatedAtMs" double precision not null,
    primary key (platform, space, speaker, model))`,
  `create index "voicesByTime" on voices ("updatedAtMs")`,

  `create table consent (
    sequence ${counter}, "atMs" double precision not null, platform text not null, space text not null,
    speaker text, action text not null, "by" text not null, detail text, "expiresAtMs" double precision)`,
  `create index "consentBySpeaker" on consent (platform, space, speaker, sequence)`,
  `create index "consentByTime" on consent ("atMs")`,
];

async function first(db: Kysely<Tables>, isSqlite: boolean): Promise<void> {
  const counter = isSqlite ? 'integer primary key autoincrement' : 'bigint primary key generated always as identity';
  for (const statement of firstTables(counter)) await sql.raw(statement).execute(db);
  const salt = randomBytes(32).toString('hex');
  await db.insertInto('settings').values({ name: 'salt', value: salt }).execute();
}

/** What was done to the tables, in order. A migration that was released is never changed: another one follows it. */
export const migrations = (isSqlite: boolean): Record<string, Migration> => ({
  '0001-first': { up: (db) => first(db as Kysely<Tables>, isSqlite) },
});
