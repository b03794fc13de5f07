import type { Dialect } from 'kysely';
import type { UndertoneError } from '../errors.ts';

/** One of the databases that a store can lie in. */
export interface Database {
  readonly isSqlite: boolean;
  readonly dialect: Dialect;
  /** What a failure of the driver means to a reader; nothing of what is kept gets into it. */
  explain(error: unknown): UndertoneError;
}
