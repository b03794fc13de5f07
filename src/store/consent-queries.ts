import type { Kysely } from 'kysely';
import type { ConsentSubject } from '../live/types.ts';
import { speakerHash } from './purging.ts';
import { consentOf } from './rows.ts';
import { CHANGES_NOTHING, type Tables } from './schema.ts';
import type { StoredConsent } from './types.ts';

/** See {@link Store.consents}. */
export async function consents(db: Kysely<Tables>, platform: string, space: string): Promise<readonly StoredConsent[]> {
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
}

/** See {@link Store.consentLog}. */
export async function consentLog(db: Kysely<Tables>, subject: ConsentSubject): Promise<readonly StoredConsent[]> {
  const { platform, space, speaker } = subject;
  const rows = await db
    .selectFrom('consent')
    .selectAll()
    .where((is) => is.and({ platform, space }))
    .where('speaker', 'in', [speaker, await speakerHash(db, subject)])
    .orderBy('sequence')
    .execute();
  return rows.map(consentOf);
}

/** See {@link Store.consentEntries}. */
export async function consentEntries(
  db: Kysely<Tables>,
  afterSequence: number,
  limit: number,
): Promise<readonly StoredConsent[]> {
  const rows = await db
    .selectFrom('consent')
    .selectAll()
    .where('sequence', '>', afterSequence)
    .orderBy('sequence')
    .limit(limit)
    .execute();
  return rows.map(consentOf);
}
