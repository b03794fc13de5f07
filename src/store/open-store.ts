import { resolve } from 'node:path';
import { UndertoneError } from '../errors.ts';
import { postgresDatabase } from './postgres.ts';
import { SqlStore } from './sql-store.ts';
import { sqliteDatabase } from './sqlite.ts';
import type { Store } from './types.ts';

/** Where to keep things: either `url` or `path`. */
export interface StoreOptions {
  /** Of a PostgreSQL database: `postgres://user:password@host:5432/database`. */
  readonly url?: string;
  /** Of a SQLite file. It and its folder are made where they are missing, for the user alone to read. */
  readonly path?: string;
  /** Milliseconds since 1970; default the machine's. */
  readonly clock?: () => number;
  /** How long a statement waits for others who hold the database; default 5,000 for SQLite, 8,000 for PostgreSQL. */
  readonly patienceMs?: number;
}

/**
 * Opens the store and brings its tables up to date.
 * @throws UndertoneError STORE_UNAVAILABLE, STORE_DAMAGED, STORE_INVALID
 */
export async function openStore({ url, path, clock = Date.now, patienceMs }: StoreOptions): Promise<Store> {
  if (url !== undefined && path === undefined) return await SqlStore.open(postgresDatabase(url, patienceMs), clock);
  if (path !== undefined && url === undefined)
    return await SqlStore.open(sqliteDatabase(resolve(path), patienceMs), clock);
  throw new UndertoneError('STORE_INVALID', {
    subject: 'The store',
    problem: url === undefined ? 'has neither a URL nor a path' : 'has both a URL and a path',
    remedy: 'Give the URL of a PostgreSQL database, or the path of a SQLite file.',
  });
}
