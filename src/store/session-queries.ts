import { sql, type Kysely } from 'kysely';
import { UndertoneError } from '../errors.ts';
import type { ConsentSubject } from '../live/types.ts';
import { contains } from './purging.ts';
import { segmentOf, sessionOf } from './rows.ts';
import type { Tables } from './schema.ts';
import type { Page, SessionFilter, SessionRecord, StoredSegment, StoredSession } from './types.ts';
import { folded } from './writing.ts';

const DEFAULT_PAGE = 50;
const LARGEST_PAGE = 500;

/** Where a page of sessions ended: `[startedAtMs, id]`, as text that fits into a URL. */
const cursorOf = ({ startedAtMs, id }: StoredSession): string =>
  Buffer.from(JSON.stringify([startedAtMs, id])).toString('base64url');

function positionOf(cursor: string): [startedAtMs: number, id: string] {
  let position: unknown;
  try {
    position = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    // Said below.
  }
  if (Array.isArray(position) && typeof position[0] === 'number' && typeof position[1] === 'string') {
    return [position[0], position[1]];
  }
  throw new UndertoneError('STORE_INVALID', {
    subject: 'The cursor',
    problem: 'is none that a page of sessions gave',
    remedy: 'Take it from the page before, or leave it out for the first page.',
  });
}

/** See {@link Store.sessions}. */
export async function pageOfSessions(
  db: Kysely<Tables>,
  { platform, space, state, fromMs, toMs, speaker, text }: SessionFilter,
  { limit = DEFAULT_PAGE, cursor }: Page,
): Promise<{ sessions: readonly StoredSession[]; cursor: string | null }> {
  const size = Math.min(LARGEST_PAGE, Math.max(1, Math.floor(limit)));
  let query = db.selectFrom('sessions').selectAll().orderBy('startedAtMs', 'desc').orderBy('id', 'desc');
  if (platform !== undefined) query = query.where('platform', '=', platform);
  if (space !== undefined) query = query.where('space', '=', space);
  if (state !== undefined) query = query.where('state', '=', state);
  if (fromMs !== undefined) query = query.where('startedAtMs', '>=', fromMs);
  if (toMs !== undefined) query = query.where('startedAtMs', '<', toMs);
  if (text !== undefined) query = query.where(contains('titleFolded', folded(text)));
  if (speaker !== undefined) {
    query = query.where('id', 'in', (from) =>
      from.selectFrom('tracks').select('sessionId').where('speaker', '=', speaker),
    );
  }
  if (cursor !== undefined) {
    const [startedAtMs, id] = positionOf(cursor);
    query = query.where((is) => is(is.refTuple('startedAtMs', 'id'), '<', is.tuple(startedAtMs, id)));
  }
  // One more than asked for tells whether there is another page.
  const found = (await query.limit(size + 1).execute()).map(sessionOf);
  const sessions = found.slice(0, size);
  return { sessions, cursor: found.length > size ? cursorOf(sessions.at(-1)!) : null };
}

/** See {@link Store.session}. */
export async function sessionRecord(db: Kysely<Tables>, id: string): Promise<SessionRecord | null> {
  const row = await db.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) return null;
  const tracks = await db
    .selectFrom('tracks')
    .selectAll()
    .where('sessionId', '=', id)
    .orderBy('openedAtMs')
    .orderBy('id')
    .execute();
  const segments = await db
    .selectFrom('segments')
    .selectAll()
    .where('sessionId', '=', id)
    .orderBy('startMs')
    .orderBy('trackId')
    .execute();
  const gaps = await db
    .selectFrom('gaps')
    .selectAll()
    .where('trackId', 'in', (from) => from.selectFrom('tracks').select('id').where('sessionId', '=', id))
    .orderBy('startMs')
    .orderBy('trackId')
    .execute();
  const alerts = await db
    .selectFrom('alerts')
    .selectAll()
    .where('sessionId', '=', id)
    .orderBy('atMs')
    .orderBy('id')
    .execute();
  return { session: sessionOf(row), tracks, segments: segments.map(segmentOf), gaps, alerts };
}

/** See {@link Store.speakerSegments}. */
export async function speakerSegments(
  db: Kysely<Tables>,
  { platform, space, speaker }: ConsentSubject,
  { fromMs, toMs, limit = 10_000 }: { fromMs: number; toMs: number; limit?: number },
): Promise<readonly (StoredSegment & { readonly atMs: number })[]> {
  const atMs = sql<number>`${sql.ref('sessions.startedAtMs')} + ${sql.ref('segments.startMs')}`;
  const rows = await db
    .selectFrom('tracks')
    .innerJoin('sessions', 'sessions.id', 'tracks.sessionId')
    .innerJoin('segments', 'segments.trackId', 'tracks.id')
    .selectAll('segments')
    .select(atMs.as('atMs'))
    .where((is) => is.and({ 'tracks.speaker': speaker, 'sessions.platform': platform, 'sessions.space': space }))
    .where(atMs, '>=', fromMs)
    .where(atMs, '<', toMs)
    .orderBy('atMs')
    .limit(limit)
    .execute();
  return rows.map(segmentOf);
}
