import type { Dialect } from 'kysely';
import type { UndertoneError } from '../errors.ts';

/** One of the databases that a store can lie in. */
export interface Database {
  readonly isSqlite: boolean;
  readonly dialect: Dialect;
  /** A statement after which the files hold nothing of what was deleted; null where none is needed. */
  readonly forget: string | null;
  /** What a failure of the driver means to a reader; nothing of what is kept gets into it. */
  explain(error: unknown): UndertoneError;
}
