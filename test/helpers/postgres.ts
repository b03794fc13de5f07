import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** A server whose databases tests may make and drop. */
const SERVER = process.env.TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';

/** Runs statements on a database of the test server, one after the other. */
export async function onPostgres(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 3000 });
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) ({ rows } = await client.query<Record<string, unknown>>(statement));
    return rows;
  } finally {
    await client.end();
  }
}

/** Why there is no server to test on; null where there is one. */
export const noPostgres: string | null = await onPostgres(SERVER, 'select 1').then(
  () => null,
  (error: unknown) => `no PostgreSQL to test on (${(error as Error).message}); TEST_DATABASE_URL names one`,
);

/** Makes a database of its own. @returns its URL */
export async function createDatabase(): Promise<string> {
  const name = `undertone_test_${randomBytes(6).toString('hex')}`;
  await onPostgres(SERVER, `create database ${name}`);
  const url = new URL(SERVER);
  url.pathname = `/${name}`;
  return url.href;
}

export async function dropDatabase(url: string): Promise<void> {
  await onPostgres(SERVER, `drop database if exists ${new URL(url).pathname.slice(1)} with (force)`);
}

/** Empties all tables but what migrations put there. */
export async function emptyTables(url: string): Promise<void> {
  await onPostgres(url, 'truncate sessions, tracks, segments, gaps, alerts, annotations, voices, consent');
}
