// Runs in a worker thread: opens a SQLite database and runs one statement after the other, so that a slow disk never
// holds up the event loop.
import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, linkSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/** A database's file, and how long a statement waits while another process writes. */
export interface SqliteFile {
  readonly path: string;
  readonly patienceMs: number;
}

export interface SqliteRequest {
  readonly sql: string;
  readonly parameters: readonly SQLInputValue[];
}

/** Why SQLite, or the file system (`code`), refused. */
export interface SqliteFailure {
  readonly errcode?: number | undefined;
  readonly errstr?: string | undefined;
  readonly code?: string | undefined;
}

/** One for each request, in order, after a first one for the opening. */
export type SqliteReply =
  { readonly rows: readonly unknown[]; readonly changes: number } | { readonly failure: SqliteFailure };

const SQLITE_BUSY = 5;

const isBusy = (error: unknown): boolean => ((error as SqliteFailure).errcode! & 0xff) === SQLITE_BUSY;

/** Two processes that make a new database a WAL one at once: one is refused at once, whatever the time to wait. */
function setWal(db: DatabaseSync, patienceMs: number): void {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      db.exec('pragma journal_mode = wal');
      return;
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

/**
 * Makes a file that is its owner's alone; SQLite gives the files beside it the same mode. It is made under another name:
 * to close a database gives up all locks that this process has on it, those of other threads too
 * (https://sqlite.org/howtocorrupt.html, section 2.2).
 */
function makeFile(path: string): void {
  if (existsSync(path)) return;
  const made = `${path}-${randomUUID()}`;
  closeSync(openSync(made, 'wx', 0o600));
  try {
    linkSync(made, path);
  } catch (error) {
    if ((error as SqliteFailure).code !== 'EEXIST') throw error;
  } finally {
    rmSync(made);
  }
}

function openDatabase({ path, patienceMs }: SqliteFile): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  makeFile(path);
  const db = new DatabaseSync(path);
  try {
    db.exec(`pragma busy_timeout = ${patienceMs}`);
    setWal(db, patienceMs);
    // What is kept survives a loss of power: a withdrawal of consent that was confirmed must not come undone.
    db.exec('pragma synchronous = full; pragma foreign_keys = on');
    // What was deleted must not be left in the file's free pages.
    db.exec('pragma secure_delete = on');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function attempt(work: () => SqliteReply): SqliteReply {
  try {
    return work();
  } catch (error) {
    const { errcode, errstr, code } = error as SqliteFailure;
    return { failure: { errcode, errstr, code } };
  }
}

const port = parentPort!;
let db: DatabaseSync | undefined;
port.postMessage(
  attempt(() => {
    db = openDatabase(workerData as SqliteFile);
    return { rows: [], changes: 0 };
  }),
);

port.on('message', (request: SqliteRequest | 'close') => {
  if (request === 'close') {
    db?.close();
    port.close();
    return;
  }
  const reply = attempt(() => {
    const rows = db!.prepare(request.sql).all(...request.parameters);
    return { rows, changes: Number(db!.prepare('select changes() as n').get()!.n) };
  });
  port.postMessage(reply);
});
