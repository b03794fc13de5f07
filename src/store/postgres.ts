import { Pool, types } from 'pg';
import { PostgresDialect, PostgresQueryCompiler } from 'kysely';
import { UndertoneError } from '../errors.ts';
import type { Database } from './database.ts';
import { storable } from './storable.ts';

/** A server that does not even say that a statement takes too long is given up on so much later. */
const SILENCE_MS = 1000;
const CONNECT_MS = 5000;
const CONNECTIONS = 5;

class StorableCompiler extends PostgresQueryCompiler {
  protected override appendValue(value: unknown): void {
    super.appendValue(storable(value));
  }
}

class StorableDialect extends PostgresDialect {
  override createQueryCompiler(): PostgresQueryCompiler {
    return new StorableCompiler();
  }
}

/** The database that a URL names, without the user's name and password. */
function nameOf(url: string): string {
  const parsed = URL.parse(url);
  if (parsed && /^postgres(ql)?:$/.test(parsed.protocol)) return `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
  throw new UndertoneError('STORE_INVALID', {
    subject: 'The URL of the database',
    problem: 'is no PostgreSQL URL',
    remedy: 'It has the form postgres://user:password@host:5432/database; encode special characters as %XX.',
  });
}

/** Codes of PostgreSQL (https://www.postgresql.org/docs/current/errcodes-appendix.html) and of Node's sockets. */
function explain(name: string, error: unknown): UndertoneError {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  // Classes 22 and 23: the values are wrong, not the state that the server is in.
  if (/^2[23]...$/.test(code)) {
    return new UndertoneError('STORE_INVALID', {
      subject: name,
      problem: `refuses a row (${code})`,
      remedy: 'Keep a session before its tracks, and those before the rest; values must be of their type.',
    });
  }
  // Without a code it is a time limit of the client's, whose message holds none of the data.
  const reason = code === '' ? message : code;
  const remedies: Record<string, string> = {
    ECONNREFUSED: 'Check that PostgreSQL runs there, and the host and port.',
    ENOTFOUND: 'Check the name of the host.',
    '3D000': 'Create the database, or correct its name.',
    '28P01': 'Check the user name and the password.',
    '28000': 'Check the user name, and pg_hba.conf of the server.',
    '42501': 'Give the user the right to create and change tables in it.',
    '53100': 'The disk of the server is full: make room.',
    '57014': 'It took too long: see whether another client holds a lock, or the server is overloaded.',
  };
  return new UndertoneError('STORE_UNAVAILABLE', {
    subject: name,
    problem: `cannot be used now (${reason})`,
    remedy: remedies[code] ?? 'Check that the server runs and can be reached, then try again.',
  });
}

/**
 * A PostgreSQL database.
 * @param patienceMs no statement waits longer for the server, nor for a lock
 * @throws UndertoneError STORE_INVALID for what is no PostgreSQL URL
 */
export function postgresDatabase(url: string, patienceMs = 8000): Database {
  const name = nameOf(url);
  const pool = new Pool({
    connectionString: url,
    max: CONNECTIONS,
    statement_timeout: patienceMs,
    query_timeout: patienceMs + SILENCE_MS,
    connectionTimeoutMillis: CONNECT_MS,
    application_name: 'undertone',
    types: {
      // Counts are int8, far below where a double loses ones.
      getTypeParser: (oid, format) =>
        oid === types.builtins.INT8 ? Number : (types.getTypeParser(oid, format) as (text: string) => unknown),
    },
  });
  // An idle connection that breaks is replaced by the pool; unheard, the event would end the process.
  pool.on('error', () => undefined);
  return {
    isSqlite: false,
    forget: null,
    dialect: new StorableDialect({ pool }),
    explain: (error) => explain(name, error),
  };
}
