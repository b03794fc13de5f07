import { sql, type DeleteResult, type Kysely, type Transaction } from 'kysely';
import { CHANGES_NOTHING, type Tables } from './schema.ts';
import type { Retention, SweepCounts } from './types.ts';

/** Sessions that are deleted in one go, so that what live sessions write need not wait long. */
const SESSIONS_AT_ONCE = 100;

const countOf = (results: readonly DeleteResult[]): number => Number(results[0]?.numDeletedRows ?? 0);

/** Deletes what is older than its retention; see {@link Retention}. */
export async function sweep(db: Kysely<Tables>, nowMs: number, retention: Retention): Promise<SweepCounts> {
  const counts = { sessions: 0, segments: 0, alerts: 0, annotations: 0, voices: 0, consent: 0 };
  /** A session without an end never is older than anything: null is not less than a number. */
  const endedBefore = (age: number) =>
    db
      .selectFrom('sessions')
      .select('id')
      .where('endedAtMs', '<', nowMs - age);

  if (retention.segments !== undefined) {
    const tracks = db.selectFrom('tracks').select('id').where('sessionId', 'in', endedBefore(retention.segments));
    for (const table of ['segments', 'gaps'] as const) {
      counts.segments += countOf(await db.deleteFrom(table).where('trackId', 'in', tracks).execute());
    }
  }
  if (retention.alerts !== undefined) {
    const cutoff = nowMs - retention.alerts;
    counts.alerts = countOf(await db.deleteFrom('alerts').where('atMs', '<', cutoff).execute());
  }
  if (retention.annotations !== undefined) {
    const old = endedBefore(retention.annotations);
    counts.annotations = countOf(await db.deleteFrom('annotations').where('sessionId', 'in', old).execute());
  }
  if (retention.voices !== undefined) {
    const cutoff = nowMs - retention.voices;
    counts.voices = countOf(await db.deleteFrom('voices').where('updatedAtMs', '<', cutoff).execute());
  }
  if (retention.consent !== undefined) {
    const superseded = db
      .deleteFrom('consent')
      .where('atMs', '<', nowMs - retention.consent)
      .where((is) =>
        is.or([
          is('action', 'in', CHANGES_NOTHING),
          is.exists(
            is
              .selectFrom('consent as later')
              .select('later.sequence')
              .whereRef('later.platform', '=', 'consent.platform')
              .whereRef('later.space', '=', 'consent.space')
              .whereRef('later.speaker', '=', 'consent.speaker')
              .whereRef('later.sequence', '>', 'consent.sequence')
              .where('later.action', 'not in', CHANGES_NOTHING),
          ),
        ]),
      );
    counts.consent = countOf(await superseded.execute());
  }
  if (retention.sessions !== undefined) {
    const old = endedBefore(retention.sessions).limit(SESSIONS_AT_ONCE);
    let deleted: number;
    do {
      deleted = countOf(await db.deleteFrom('sessions').where('id', 'in', old).execute());
      counts.sessions += deleted;
    } while (deleted > 0);
  }
  return counts;
}

/** Ends what a crash left open; see {@link Store.interruptOpenSessions}. */
export async function interruptOpenSessions(db: Transaction<Tables>, nowMs: number): Promise<number> {
  const open = await db.selectFrom('sessions').select(['id', 'startedAtMs']).where('state', '=', 'open').execute();
  for (const { id, startedAtMs } of open) {
    const known = await sql<{ atMs: number | null }>`
      select max("atMs") as "atMs" from (
        select "openedAtMs" as "atMs" from tracks where "sessionId" = ${id}
        union all select "closedAtMs" from tracks where "sessionId" = ${id}
        union all select "atMs" from alerts where "sessionId" = ${id}
        union all select ${startedAtMs} + "endMs" from segments where "sessionId" = ${id}
        union all select ${startedAtMs} + "endMs" from gaps
          where "trackId" in (select id from tracks where "sessionId" = ${id})
      ) as known`.execute(db);
    const endedAtMs = Math.max(startedAtMs, Math.min(nowMs, known.rows[0]?.atMs ?? startedAtMs));
    await db.updateTable('sessions').set({ state: 'interrupted', endedAtMs }).where('id', '=', id).execute();
    await db
      .updateTable('tracks')
      .set({ closedAtMs: endedAtMs })
      .where('sessionId', '=', id)
      .where('closedAtMs', 'is', null)
      .execute();
  }
  return open.length;
}
