import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import type { StoreOptions } from '../../src/store/index.ts';
import { createDatabase, dropDatabase, noPostgres, onPostgres } from './postgres.ts';

/** A real database for tests, and what they look into it with, beside the store. */
export interface TestDatabase {
  readonly name: string;
  create(): Promise<StoreOptions>;
  drop(options: StoreOptions): Promise<void>;
  /** Every row of every table, as JSON. */
  dump(options: StoreOptions): Promise<string>;
  /** How a query would be run: one line a step. */
  plan(options: StoreOptions, sql: string, parameters: readonly unknown[]): Promise<string[]>;
  /** Whether a step of a plan reads a whole table, or sorts what no index has in order. */
  isSlow(step: string): boolean;
  /** Keeps everybody from writing until what it gives is called. */
  lock(options: StoreOptions): Promise<() => Promise<void>>;
  /** Whether the database is sound. */
  isSound(options: StoreOptions): Promise<boolean>;
}

/** Starts `store-run.ts`. */
export function storeProcess(task: 'open' | 'write' | 'lock', options: StoreOptions): ChildProcess {
  const script = fileURLToPath(new URL('./store-run.ts', import.meta.url));
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, task, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

function withSqlite<T>({ path }: StoreOptions, use: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(path!);
  try {
    return use(db);
  } finally {
    db.close();
  }
}

const sqlite: TestDatabase = {
  name: 'SQLite',
  create: () => Promise.resolve({ path: join(mkdtempSync(join(tmpdir(), 'undertone-store-')), 'store.db') }),
  drop({ path }) {
    rmSync(dirname(path!), { recursive: true });
    return Promise.resolve();
  },
  dump: (options) =>
    Promise.resolve(
      withSqlite(options, (db) => {
        const tables = db.prepare(`select name from sqlite_master where type = 'table'`).all();
        return JSON.stringify(tables.map(({ name }) => db.prepare(`select * from "${String(name)}"`).all()));
      }),
    ),
  plan: (options, sql, parameters) =>
    Promise.resolve(
      withSqlite(options, (db) =>
        db
          .prepare(`explain query plan ${sql}`)
          .all(...(parameters as SQLInputValue[]))
          .map(({ detail }) => String(detail)),
      ),
    ),
  isSlow: (step) => /^SCAN (?!.*USING (COVERING )?INDEX)|TEMP B-TREE FOR ORDER BY/.test(step),
  async lock(options) {
    const holder = storeProcess('lock', options);
    await once(holder.stdout!, 'data');
    return async () => {
      holder.stdin!.end();
      await once(holder, 'exit');
    };
  },
  isSound: (options) =>
    Promise.resolve(
      withSqlite(
        options,
        (db) =>
          db.prepare('pragma integrity_check').get()!.integrity_check === 'ok' &&
          db.prepare('pragma foreign_key_check').all().length === 0,
      ),
    ),
};

const postgres: TestDatabase = {
  name: 'PostgreSQL',
  create: async () => ({ url: await createDatabase() }),
  drop: ({ url }) => dropDatabase(url!),
  async dump({ url }) {
    const tables = await onPostgres(url!, `select tablename from pg_tables where schemaname = 'public'`);
    const rows = await Promise.all(
      tables.map(({ tablename }) => onPostgres(url!, `select * from "${String(tablename)}"`)),
    );
    return JSON.stringify(rows);
  },
  async plan({ url }, sql, parameters) {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      // Small tables are faster read whole; what cannot be read otherwise still is.
      await client.query('set enable_seqscan = off');
      const { rows } = await client.query<Record<string, string>>(`explain ${sql}`, parameters as unknown[]);
      return rows.map((row) => row['QUERY PLAN']!);
    } finally {
      await client.end();
    }
  },
  isSlow: (step) => step.includes('Seq Scan'),
  async lock({ url }) {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query('begin; lock table sessions, segments in access exclusive mode');
    return () => client.end();
  },
  isSound: () => Promise.resolve(true),
};

/** The databases that there are to test on. */
export const DATABASES = noPostgres === null ? [sqlite, postgres] : [sqlite];
