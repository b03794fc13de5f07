import { once } from 'node:events';
import { extname } from 'node:path';
import type { SQLInputValue } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import {
  CompiledQuery,
  SqliteAdapter,
  SqliteDialect,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
} from 'kysely';
import { UndertoneError } from '../errors.ts';
import type { Database } from './database.ts';
import type { SqliteFailure, SqliteFile, SqliteReply, SqliteRequest } from './sqlite-worker.ts';
import { storable } from './storable.ts';

class StorableCompiler extends SqliteQueryCompiler {
  protected override appendValue(value: unknown): void {
    super.appendValue(storable(value));
  }
}

/** Kysely takes SQLite's changes of tables for not transactional; they are, and migrations rely on it. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** What a worker said went wrong, as an error to throw. */
class SqliteError extends Error {
  readonly failure: SqliteFailure;

  constructor(failure: SqliteFailure) {
    super(failure.errstr ?? failure.code ?? 'the database thread ended');
    this.failure = failure;
  }
}

/** The database, in its own thread. Kysely sees to it that one query at a time uses it. */
class WorkerConnection implements DatabaseConnection {
  readonly #worker: Worker;
  #settle: ((reply: SqliteReply) => void) | undefined;
  #hasEnded = false;

  constructor(file: SqliteFile) {
    // The worker is TypeScript in the sources and JavaScript in the build, like this module.
    this.#worker = new Worker(new URL(`./sqlite-worker${extname(import.meta.url)}`, import.meta.url), {
      workerData: file,
      name: 'sqlite',
      // Node 24 calls its SQLite experimental, on stderr.
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    this.#worker.on('message', (reply: SqliteReply) => this.#settle?.(reply));
    // Of a thread that failed nothing is known but that it is gone.
    this.#worker.on('error', () => undefined);
    this.#worker.on('exit', () => {
      this.#hasEnded = true;
      this.#settle?.({ failure: {} });
    });
  }

  /** Waits for the reply to a request, or, without one, to the opening. */
  async ask<Row>(request?: SqliteRequest): Promise<QueryResult<Row>> {
    const reply = await new Promise<SqliteReply>((resolve) => {
      if (this.#hasEnded) resolve({ failure: {} });
      this.#settle = resolve;
      if (request) this.#worker.postMessage(request);
    });
    if ('failure' in reply) throw new SqliteError(reply.failure);
    return { rows: reply.rows as Row[], numAffectedRows: BigInt(reply.changes) };
  }

  executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    return this.ask({ sql, parameters: parameters as readonly SQLInputValue[] });
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the interface asks for it; nothing streams
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('SQLite results are not streamed');
  }

  async close(): Promise<void> {
    if (this.#hasEnded) return;
    const exit = once(this.#worker, 'exit');
    this.#worker.postMessage('close');
    await exit;
  }
}

class WorkerDriver implements Driver {
  readonly #file: SqliteFile;
  #connection: WorkerConnection | undefined;

  constructor(file: SqliteFile) {
    this.#file = file;
  }

  async init(): Promise<void> {
    const connection = new WorkerConnection(this.#file);
    try {
      await connection.ask();
    } catch (error) {
      await connection.close();
      throw error;
    }
    this.#connection = connection;
  }

  acquireConnection(): Promise<DatabaseConnection> {
    return Promise.resolve(this.#connection!);
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    // The right to write is taken at once: a transaction that asks for it in its midst can be refused for good.
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // Where the disk is full, SQLite has done so itself, and would refuse; the reason to roll back is what counts.
    await connection.executeQuery(CompiledQuery.raw('rollback')).catch(() => undefined);
  }

  releaseConnection(): Promise<void> {
    return Promise.resolve();
  }

  async destroy(): Promise<void> {
    await this.#connection?.close();
  }
}

class WorkerDialect extends SqliteDialect {
  readonly #file: SqliteFile;

  constructor(file: SqliteFile) {
    super({ database: () => Promise.reject(new Error('the driver below takes the place of the one for this')) });
    this.#file = file;
  }

  override createDriver(): Driver {
    return new WorkerDriver(this.#file);
  }

  override createQueryCompiler(): SqliteQueryCompiler {
    return new StorableCompiler();
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }
}

/** SQLite's primary result codes (https://sqlite.org/rescode.html), and what to do about them. */
const RESULTS: Readonly<
  Record<number, readonly ['STORE_UNAVAILABLE' | 'STORE_DAMAGED' | 'STORE_INVALID', string, string]>
> = {
  5: ['STORE_UNAVAILABLE', 'is locked by another process', 'Try again, or end the process that holds it.'],
  8: ['STORE_UNAVAILABLE', 'cannot be written', 'Check that you may write the file and its folder.'],
  10: [
    'STORE_UNAVAILABLE',
    'cannot be read or written: the disk fails',
    'Check the disk and its cables, then try again.',
  ],
  11: [
    'STORE_DAMAGED',
    'is damaged',
    'Move it away together with its -wal and -shm files, and restore a backup if there is one.',
  ],
  13: [
    'STORE_UNAVAILABLE',
    'cannot grow: the disk is full',
    'Make room on the disk; nothing needs to be started again.',
  ],
  14: ['STORE_UNAVAILABLE', 'cannot be opened', 'Check that the folder exists and that you may write there.'],
  18: ['STORE_INVALID', 'cannot keep a text or a row that is so large', 'Keep less of it.'],
  19: [
    'STORE_INVALID',
    'refuses a row that contradicts others',
    'Keep a session before its tracks, and those before the rest.',
  ],
  20: ['STORE_INVALID', 'refuses a value of the wrong type', 'Correct the value.'],
  26: [
    'STORE_DAMAGED',
    'is no SQLite database',
    'Name another file, or move this one away and restore a backup if there is one.',
  ],
};

function explain(path: string, error: unknown): UndertoneError {
  const { errcode, errstr, code } = error instanceof SqliteError ? error.failure : {};
  const [kind, problem, remedy] = RESULTS[(errcode ?? 0) & 0xff] ?? [
    'STORE_UNAVAILABLE',
    `cannot be used (${errstr ?? code ?? 'the database thread ended'})`,
    'Check that the folder exists, that you may write there and that the disk has room; then start again.',
  ];
  return new UndertoneError(kind, { subject: path, problem, remedy });
}

/**
 * A SQLite database in a file, which is made where there is none.
 * @param patienceMs how long a statement waits while another process writes
 */
export const sqliteDatabase = (path: string, patienceMs = 5000): Database => ({
  isSqlite: true,
  dialect: new WorkerDialect({ path, patienceMs }),
  // The write-ahead log has pages as they were before.
  forget: 'pragma wal_checkpoint(truncate)',
  explain: (error) => explain(path, error),
});
