import { CompiledQuery, Kysely, type Transaction } from 'kysely';
import { Migrator } from 'kysely/migration';
import { UndertoneError } from '../errors.ts';
import type { ConsentEntry } from '../live/consent-log.ts';
import type { ConsentSubject } from '../live/types.ts';
import { consentEntries, consentLog, consents } from './consent-queries.ts';
import type { Database } from './database.ts';
import { interruptOpenSessions, sweep } from './housekeeping.ts';
import { appendConsent, contains, purge, purgedNames } from './purging.ts';
import { annotationOf, consentOf, voiceOf } from './rows.ts';
import { CHANGES_NOTHING, migrations, type Tables } from './schema.ts';
import { pageOfSessions, sessionRecord, speakerSegments } from './session-queries.ts';
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
import { writeAll } from './writing.ts';

/** Before the names of what plugins remember, among the store's own settings. */
const MEMORY = 'memory:';

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
    page: Page = {},
  ): Promise<{ sessions: readonly StoredSession[]; cursor: string | null }> {
    return this.#ask((db) => pageOfSessions(db, filter, page));
  }

  session(id: string): Promise<SessionRecord | null> {
    return this.#ask((db) => sessionRecord(db, id));
  }

  deleteSession(id: string): Promise<boolean> {
    return this.#ask(async (db) => {
      const { numDeletedRows } = await db.deleteFrom('sessions').where('id', '=', id).executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    });
  }

  speakerSegments(
    subject: ConsentSubject,
    span: { fromMs: number; toMs: number; limit?: number },
  ): Promise<readonly (StoredSegment & { readonly atMs: number })[]> {
    return this.#ask((db) => speakerSegments(db, subject, span));
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
    return this.#ask((db) => consents(db, platform, space));
  }

  consentLog(subject: ConsentSubject): Promise<readonly StoredConsent[]> {
    return this.#ask((db) => consentLog(db, subject));
  }

  consentEntries(afterSequence: number, limit = 1000): Promise<readonly StoredConsent[]> {
    return this.#ask((db) => consentEntries(db, afterSequence, limit));
  }

  async purgeSpeaker(subject: ConsentSubject, by: string): Promise<void> {
    await this.#inTransaction((db) => purge(db, subject, by, this.#clock()));
    await this.#forget();
  }

  memory(name: string): Promise<unknown> {
    return this.#ask(async (db) => {
      const row = await db
        .selectFrom('settings')
        .select('value')
        .where('name', '=', MEMORY + name)
        .executeTakeFirst();
      return row ? (JSON.parse(row.value) as unknown) : null;
    });
  }

  memories(prefix: string): Promise<ReadonlyMap<string, unknown>> {
    return this.#ask(async (db) => {
      const rows = await db
        .selectFrom('settings')
        .selectAll()
        .where(contains('name', MEMORY + prefix))
        .orderBy('name')
        .execute();
      // `contains` finds it anywhere, and in SQLite in any case.
      const found = rows.filter(({ name }) => name.startsWith(MEMORY + prefix));
      return new Map(found.map(({ name, value }) => [name.slice(MEMORY.length), JSON.parse(value) as unknown]));
    });
  }

  async remember(name: string, value: unknown): Promise<void> {
    await this.#inTransaction(async (db) => {
      const row = { name: MEMORY + name, value: JSON.stringify(value) };
      await db.deleteFrom('settings').where('name', '=', row.name).execute();
      if (value !== null) await db.insertInto('settings').values(row).execute();
    });
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
