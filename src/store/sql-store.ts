import { CompiledQuery, Kysely, sql, type Transaction } from 'kysely';
import { Migrator } from 'kysely/migration';
import { UndertoneError } from '../errors.ts';
import type { ConsentEntry } from '../live/consent-log.ts';
import type { ConsentSubject } from '../live/types.ts';
import type { Database } from './database.ts';
import { interruptOpenSessions, sweep } from './housekeeping.ts';
import { appendConsent, contains, purge, purgedNames, speakerHash } from './purging.ts';
import { annotationOf, consentOf, segmentOf, sessionOf, voiceOf } from './rows.ts';
import { CHANGES_NOTHING, migrations, type Tables } from './schema.ts';
import type {
  Page,
  PublishOutcome,
  Retention,
  SessionFilter,
  SessionRecord,
  Store,
  StoredAnnotation,
  StoredConsent,
  StoredSegment,
  StoredSession,
  StoredVoice,
  StoreWrite,
  SweepCounts,
} from './types.ts';
import { folded, writeAll } from './writing.ts';

/** Where a page of sessions ended: `[startedAtMs, id]`, as text that fits into a URL. */
const cursorOf = ({ startedAtMs, id }: StoredSession): string =>
  Buffer.from(JSON.stringify([startedAtMs, id])).toString('base64url');

function positionOf(cursor: string): [startedAtMs: number, id: string] {
  let position: unknown;
  try {
    position = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    // Said below.
  }
  if (Array.isArray(position) && typeof position[0] === 'number' && typeof position[1] === 'string') {
    return [position[0], position[1]];
  }
  throw new UndertoneError('STORE_INVALID', {
    subject: 'The cursor',
    problem: 'is none that a page of sessions gave',
    remedy: 'Take it from the page before, or leave it out for the first page.',
  });
}

const DEFAULT_PAGE = 50;
const LARGEST_PAGE = 500;

/** A {@link Store} over one schema, in whichever database. */
export class SqlStore implements Store {
  readonly #db: Kysely<Tables>;
  readonly #database: Database;
  readonly #clock: () => number;

  private constructor(database: Database, clock: () => number) {
    this.#db = new Kysely<Tables>({ dialect: database.dialect });
    this.#database = database;
    this.#clock = clock;
  }

  /**
   * Opens a database and brings its tables up to date.
   * @throws UndertoneError STORE_UNAVAILABLE, STORE_DAMAGED
   */
  static async open(database: Database, clock: () => number): Promise<SqlStore> {
    const store = new SqlStore(database, clock);
    const provider = { getMigrations: () => Promise.resolve(migrations(database.isSqlite)) };
    try {
      await store.#ask(async (db) => {
        const { error } = await new Migrator({ db, provider }).migrateToLatest();
        if (error !== undefined) throw error as Error;
      });
      return store;
    } catch (error) {
      await store.close().catch(() => undefined);
      throw error;
    }
  }

  async #ask<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    try {
      return await work(this.#db);
    } catch (error) {
      throw error instanceof UndertoneError ? error : this.#database.explain(error);
    }
  }

  #inTransaction<T>(work: (db: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.#ask((db) => db.transaction().execute(work));
  }

  async #forget(): Promise<void> {
    const { forget } = this.#database;
    if (forget !== null) await this.#ask((db) => db.executeQuery(CompiledQuery.raw(forget)));
  }

  async write(writes: readonly StoreWrite[]): Promise<void> {
    await this.#inTransaction((db) => writeAll(db, writes));
  }

  sessions(
    filter: SessionFilter = {},
    { limit = DEFAULT_PAGE, cursor }: Page = {},
  ): Promise<{ sessions: readonly StoredSession[]; cursor: string | null }> {
    const { platform, space, state, fromMs, toMs, speaker, text } = filter;
    const size = Math.min(LARGEST_PAGE, Math.max(1, Math.floor(limit)));
    return this.#ask(async (db) => {
      let query = db.selectFrom('sessions').selectAll().orderBy('startedAtMs', 'desc').orderBy('id', 'desc');
      if (platform !== undefined) query = query.where('platform', '=', platform);
      if (space !== undefined) query = query.where('space', '=', space);
      if (state !== undefined) query = query.where('state', '=', state);
      if (fromMs !== undefined) query = query.where('startedAtMs', '>=', fromMs);
      if (toMs !== undefined) query = query.where('startedAtMs', '<', toMs);
      if (text !== undefined) query = query.where(contains('titleFolded', folded(text)));
      if (speaker !== undefined) {
        query = query.where('id', 'in', (from) =>
          from.selectFrom('tracks').select('sessionId').where('speaker', '=', speaker),
        );
      }
      if (cursor !== undefined) {
        const [startedAtMs, id] = positionOf(cursor);
        query = query.where((is) => is(is.refTuple('startedAtMs', 'id'), '<', is.tuple(startedAtMs, id)));
      }
      // One more than asked for tells whether there is another page.
      const found = (await query.limit(size + 1).execute()).map(sessionOf);
      const sessions = found.slice(0, size);
      return { sessions, cursor: found.length > size ? cursorOf(sessions.at(-1)!) : null };
    });
  }

  session(id: string): Promise<SessionRecord | null> {
    return this.#ask(async (db) => {
      const row = await db.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst();
      if (!row) return null;
      const tracks = await db
        .selectFrom('tracks')
        .selectAll()
        .where('sessionId', '=', id)
        .orderBy('openedAtMs')
        .orderBy('id')
        .execute();
      const segments = await db
        .selectFrom('segments')
        .selectAll()
        .where('sessionId', '=', id)
        .orderBy('startMs')
        .orderBy('trackId')
        .execute();
      const gaps = await db
        .selectFrom('gaps')
        .selectAll()
        .where('trackId', 'in', (from) => from.selectFrom('tracks').select('id').where('sessionId', '=', id))
        .orderBy('startMs')
        .orderBy('trackId')
        .execute();
      const alerts = await db
        .selectFrom('alerts')
        .selectAll()
        .where('sessionId', '=', id)
        .orderBy('atMs')
        .orderBy('id')
        .execute();
      return { session: sessionOf(row), tracks, segments: segments.map(segmentOf), gaps, alerts };
    });
  }

  deleteSession(id: string): Promise<boolean> {
    return this.#ask(async (db) => {
      const { numDeletedRows } = await db.deleteFrom('sessions').where('id', '=', id).executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    });
  }

  speakerSegments(
    { platform, space, speaker }: ConsentSubject,
    { fromMs, toMs, limit = 10_000 }: { fromMs: number; toMs: number; limit?: number },
  ): Promise<readonly (StoredSegment & { readonly atMs: number })[]> {
    const atMs = sql<number>`${sql.ref('sessions.startedAtMs')} + ${sql.ref('segments.startMs')}`;
    return this.#ask(async (db) => {
      const rows = await db
        .selectFrom('tracks')
        .innerJoin('sessions', 'sessions.id', 'tracks.sessionId')
        .innerJoin('segments', 'segments.trackId', 'tracks.id')
        .selectAll('segments')
        .select(atMs.as('atMs'))
        .where((is) => is.and({ 'tracks.speaker': speaker, 'sessions.platform': platform, 'sessions.space': space }))
        .where(atMs, '>=', fromMs)
        .where(atMs, '<', toMs)
        .orderBy('atMs')
        .limit(limit)
        .execute();
      return rows.map(segmentOf);
    });
  }

  acknowledgeAlert(id: string, atMs: number): Promise<boolean> {
    return this.#inTransaction(async (db) => {
      await db
        .updateTable('alerts')
        .set({ acknowledgedAtMs: atMs })
        .where('id', '=', id)
        .where('acknowledgedAtMs', 'is', null)
        .execute();
      return (await db.selectFrom('alerts').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
    });
  }

  dueAnnotations(nowMs: number, limit = 100): Promise<readonly StoredAnnotation[]> {
    return this.#ask(async (db) => {
      const rows = await db
        .selectFrom('annotations')
        .selectAll()
        .where('state', '=', 'pending')
        .where('nextAttemptAtMs', '<=', nowMs)
        .orderBy('nextAttemptAtMs')
        .limit(limit)
        .execute();
      return rows.map(annotationOf);
    });
  }

  async settleAnnotation(id: string, { state, nextAttemptAtMs, error }: PublishOutcome): Promise<void> {
    await this.#ask((db) =>
      db
        .updateTable('annotations')
        .set((is) => ({ state, nextAttemptAtMs, error, attempts: is('attempts', '+', 1) }))
        .where('id', '=', id)
        .execute(),
    );
  }

  voice({ platform, space, speaker }: ConsentSubject, model: string): Promise<StoredVoice | null> {
    return this.#ask(async (db) => {
      const row = await db
        .selectFrom('voices')
        .selectAll()
        .where((is) => is.and({ platform, space, speaker, model }))
        .executeTakeFirst();
      return row ? voiceOf(row) : null;
    });
  }

  async appendConsent(entry: ConsentEntry): Promise<StoredConsent> {
    const stored = await this.#inTransaction(async (db) => consentOf(await appendConsent(db, entry)));
    if (entry.action === 'purged') await this.#forget();
    return stored;
  }

  purgedNames(): Promise<(subject: ConsentSubject) => string> {
    return this.#ask(purgedNames);
  }

  async consent(subject: ConsentSubject): Promise<StoredConsent | null> {
    const log = await this.consentLog(subject);
    return log.findLast(({ action }) => !CHANGES_NOTHING.some((nothing) => nothing === action)) ?? null;
  }

  consents(platform: string, space: string): Promise<readonly StoredConsent[]> {
    return this.#ask(async (db) => {
      const rows = await db
        .selectFrom('consent')
        .selectAll()
        .where('sequence', 'in', (from) =>
          from
            .selectFrom('consent')
            .select(({ fn }) => fn.max('sequence').as('last'))
            .where((is) => is.and({ platform, space }))
            .where('speaker', 'is not', null)
            .where('action', 'not in', CHANGES_NOTHING)
            .groupBy('speaker'),
        )
        .orderBy('sequence')
        .execute();
      return rows.map(consentOf);
    });
  }

  consentLog(subject: ConsentSubject): Promise<readonly StoredConsent[]> {
    const { platform, space, speaker } = subject;
    return this.#ask(async (db) => {
      const rows = await db
        .selectFrom('consent')
        .selectAll()
        .where((is) => is.and({ platform, space }))
        .where('speaker', 'in', [speaker, await speakerHash(db, subject)])
        .orderBy('sequence')
        .execute();
      return rows.map(consentOf);
    });
  }

  consentEntries(afterSequence: number, limit = 1000): Promise<readonly StoredConsent[]> {
    return this.#ask(async (db) => {
      const rows = await db
        .selectFrom('consent')
        .selectAll()
        .where('sequence', '>', afterSequence)
        .orderBy('sequence')
        .limit(limit)
        .execute();
      return rows.map(consentOf);
    });
  }

  async purgeSpeaker(subject: ConsentSubject, by: string): Promise<void> {
    await this.#inTransaction((db) => purge(db, subject, by, this.#clock()));
    await this.#forget();
  }

  sweep(nowMs: number, retention: Retention): Promise<SweepCounts> {
    return this.#ask((db) => sweep(db, nowMs, retention));
  }

  interruptOpenSessions(nowMs: number): Promise<number> {
    return this.#inTransaction((db) => interruptOpenSessions(db, nowMs));
  }

  async close(): Promise<void> {
    await this.#ask((db) => db.destroy());
  }
}
