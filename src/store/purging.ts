import { createHmac } from 'node:crypto';
import { sql, type Expression, type Kysely, type Selectable, type SqlBool, type Transaction } from 'kysely';
import { UndertoneError } from '../errors.ts';
import type { ConsentEntry } from '../live/consent-log.ts';
import type { ConsentSubject, SessionSummary } from '../live/types.ts';
import { sessionOf } from './rows.ts';
import type { Tables } from './schema.ts';
import { folded } from './writing.ts';

/** Whether a column's text holds another text. SQLite takes A-Z for a-z in it, PostgreSQL does not. */
export function contains(column: string, text: string): Expression<SqlBool> {
  const pattern = `%${text.replace(/[!%_]/g, '!$&')}%`;
  return sql<SqlBool>`${sql.ref(column)} like ${pattern} escape '!'`;
}

/** How the audit log calls purged speakers: by a hash with a salt that never leaves the database. */
export async function purgedNames(db: Kysely<Tables>): Promise<(subject: ConsentSubject) => string> {
  const { value: salt } = await db
    .selectFrom('settings')
    .select('value')
    .where('name', '=', 'salt')
    .executeTakeFirstOrThrow();
  return ({ platform, space, speaker }) => {
    const digest = createHmac('sha256', salt).update(JSON.stringify([platform, space, speaker]));
    return `purged:${digest.digest('hex')}`;
  };
}

/** What the audit log calls a purged speaker. */
export async function speakerHash(db: Kysely<Tables>, subject: ConsentSubject): Promise<string> {
  return (await purgedNames(db))(subject);
}

/** A summary as it would be had a speaker never spoken: sums are made anew, or they would give the rest away. */
function withoutSpeaker(summary: SessionSummary, speaker: string, alerts: number): SessionSummary {
  const rest = summary.speakers.filter((other) => other.speaker !== speaker);
  const speechMs = rest.reduce((sum, { talkMs }) => sum + talkMs, 0);
  const shares: Record<string, number> = {};
  const speakers = rest.map((other) => ({ ...other, talkShare: speechMs > 0 ? other.talkMs / speechMs : 0 }));
  for (const other of speakers) {
    for (const [label, share] of Object.entries(other.shares)) {
      shares[label] = (shares[label] ?? 0) + share * other.talkShare;
    }
  }
  return { ...summary, speakers, speechMs, shares, alerts };
}

/** Removes what {@link Store.purgeSpeaker} says, within an open transaction. */
export async function purge(db: Transaction<Tables>, subject: ConsentSubject, by: string, atMs: number): Promise<void> {
  const { platform, space, speaker } = subject;
  if (speaker === '') {
    // It would be found in every text.
    throw new UndertoneError('STORE_INVALID', {
      subject: 'The speaker to purge',
      problem: 'has an empty id',
      remedy: 'Give the id by which the platform knows the person.',
    });
  }
  // Inside JSON, an id looks as JSON writes it.
  const inJson = JSON.stringify(speaker).slice(1, -1);
  const inSpace = db
    .selectFrom('sessions')
    .select('id')
    .where((is) => is.and({ platform, space }));
  const withThem = db.selectFrom('tracks').select('sessionId').where('speaker', '=', speaker);

  const tracks = await db
    .selectFrom('tracks')
    .select('name')
    .distinct()
    .where('speaker', '=', speaker)
    .where('sessionId', 'in', inSpace)
    .execute();
  const names = [speaker, ...tracks.map(({ name }) => name)].filter((name) => name !== '');
  const sessions = await db
    .selectFrom('sessions')
    .selectAll()
    .where((is) => is.and({ platform, space }))
    .where((is) =>
      is.or([
        is('id', 'in', withThem),
        contains('titleFolded', folded(speaker)),
        contains('metadata', inJson),
        contains('summary', inJson),
      ]),
    )
    .execute();

  await db
    .deleteFrom('annotations')
    .where('sessionId', 'in', inSpace)
    .where((is) =>
      is.or([
        is('speaker', '=', speaker),
        // What is about a whole conversation is about everybody who spoke in it.
        is.and([is('speaker', 'is', null), is('sessionId', 'in', withThem)]),
        ...['ref', 'content'].map((column) => contains(column, inJson)),
        ...['id', 'idempotencyKey', 'error'].map((column) => contains(column, speaker)),
      ]),
    )
    .execute();
  await db
    .deleteFrom('alerts')
    .where('sessionId', 'in', inSpace)
    .where((is) => is.or([is('speaker', '=', speaker), ...names.map((name) => contains('message', name))]))
    .execute();
  // Segments and gaps go with their tracks.
  await db.deleteFrom('tracks').where('speaker', '=', speaker).where('sessionId', 'in', inSpace).execute();
  await db
    .deleteFrom('voices')
    .where((is) => is.and({ platform, space, speaker }))
    .execute();

  const namesThem = (text: string): boolean => names.some((name) => folded(text).includes(folded(name)));
  for (const { id, title, metadata, summary } of sessions.map(sessionOf)) {
    const keptTitle = title === null || namesThem(title) ? null : title;
    const keptMetadata = Object.entries(metadata).filter((entry) => !entry.some(namesThem));
    const { alerts } = await db
      .selectFrom('alerts')
      .select(({ fn }) => fn.countAll<number>().as('alerts'))
      .where('sessionId', '=', id)
      .executeTakeFirstOrThrow();
    await db
      .updateTable('sessions')
      .set({
        title: keptTitle,
        titleFolded: keptTitle === null ? null : folded(keptTitle),
        metadata: JSON.stringify(Object.fromEntries(keptMetadata)),
        summary: summary && JSON.stringify(withoutSpeaker(summary, speaker, alerts)),
      })
      .where('id', '=', id)
      .execute();
  }
  await hashInLog(db, subject);
  await appendConsent(db, { ...subject, atMs, action: 'purged', by });
}

/** The log goes on to say what was done up to an entry, by the speaker's hash. */
async function hashInLog(db: Transaction<Tables>, subject: ConsentSubject, lastSequence?: number): Promise<void> {
  const { platform, space, speaker } = subject;
  const hash = await speakerHash(db, subject);
  let log = db.updateTable('consent').where((is) => is.and({ platform, space }));
  if (lastSequence !== undefined) log = log.where('sequence', '<=', lastSequence);
  await log.set({ detail: null }).where(contains('detail', speaker)).execute();
  await log.set({ speaker: hash }).where('speaker', '=', speaker).execute();
  await log.set({ by: hash }).where('by', '=', speaker).execute();
}

/** Writes a line into the log; see {@link Store.appendConsent}. */
export async function appendConsent(
  db: Transaction<Tables>,
  entry: ConsentEntry,
): Promise<Selectable<Tables['consent']>> {
  const { atMs, platform, space, action, detail = null, expiresAtMs = null } = entry;
  let { speaker, by } = entry;
  if (action === 'purged' && speaker !== null) {
    const subject = { platform, space, speaker };
    // A `purge` that was written down only after the purge itself.
    const purge = await db
      .selectFrom('consent')
      .select('sequence')
      .where((is) => is.and({ ...subject, action: 'purge' }))
      .orderBy('sequence', 'desc')
      .executeTakeFirst();
    if (purge) await hashInLog(db, subject, purge.sequence);
    const hash = await speakerHash(db, subject);
    if (by === speaker) by = hash;
    speaker = hash;
  }
  return await db
    .insertInto('consent')
    .values({ atMs, platform, space, speaker, action, by, detail, expiresAtMs })
    .returningAll()
    .executeTakeFirstOrThrow();
}
