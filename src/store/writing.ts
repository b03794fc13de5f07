import type { Transaction } from 'kysely';
import type { Tables } from './schema.ts';
import { toJson } from './storable.ts';
import type { StoreWrite } from './types.ts';

type WriteOf<Type extends StoreWrite['type']> = Extract<StoreWrite, { type: Type }>;

/** So that no statement has more parameters than a database takes: SQLite 32 766, PostgreSQL 65 535. */
const ROWS_A_STATEMENT = 1000;

/** As titles are searched: in any case, in both databases alike. */
export const folded = (text: string): string => text.toLowerCase();

/**
 * Writes into an open transaction. It is seen whole or not at all, so that rows may be put in order by their kind: what
 * others refer to comes first. What is there already stays, since a write that timed out may have come through.
 */
export async function writeAll(db: Transaction<Tables>, writes: readonly StoreWrite[]): Promise<void> {
  const of = <Type extends StoreWrite['type']>(type: Type): WriteOf<Type>[] =>
    writes.filter((write): write is WriteOf<Type> => write.type === type);

  async function insert(table: keyof Tables, rows: readonly object[]): Promise<void> {
    for (let start = 0; start < rows.length; start += ROWS_A_STATEMENT) {
      await db
        .insertInto(table)
        .values(rows.slice(start, start + ROWS_A_STATEMENT))
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
  }

  await insert(
    'sessions',
    of('session').map(({ session: { id, platform, space, title, metadata, model, startedAtMs } }) => ({
      ...{ id, platform, space, title, model, startedAtMs },
      titleFolded: title === null ? null : folded(title),
      metadata: toJson(metadata),
      state: 'open',
    })),
  );
  await insert(
    'tracks',
    of('track').map(({ track: { id, sessionId, speaker, name, role, openedAtMs } }) => ({
      ...{ id, sessionId, speaker, name, role, openedAtMs },
    })),
  );
  await insert(
    'segments',
    of('segment').map(({ segment: { trackId, sessionId, startMs, endMs, label, confidence, uncertain, scores } }) => ({
      ...{ trackId, sessionId, startMs, endMs, label, confidence },
      uncertain: uncertain ? 1 : 0,
      scores: toJson(scores),
    })),
  );
  await insert(
    'gaps',
    of('gap').map(({ gap: { trackId, startMs, endMs, reason } }) => ({ trackId, startMs, endMs, reason })),
  );
  await insert(
    'alerts',
    of('alert').map(({ alert: { id, sessionId, speaker, trackId, rule, message, startMs, endMs, atMs } }) => ({
      ...{ id, sessionId, speaker, trackId, rule, message, startMs, endMs, atMs },
    })),
  );
  await insert(
    'annotations',
    of('annotation').map(
      ({ annotation: { id, sessionId, speaker, kind, plugin, ref, content, idempotencyKey, nextAttemptAtMs } }) => ({
        ...{ id, sessionId, speaker, kind, plugin, idempotencyKey, nextAttemptAtMs },
        ref: toJson(ref),
        content: toJson(content),
        state: 'pending',
        attempts: 0,
      }),
    ),
  );

  for (const { voice } of of('voice')) {
    const { platform, space, speaker, model, updatedAtMs } = voice;
    const statistics = toJson(voice.statistics);
    await db
      .insertInto('voices')
      .values({ platform, space, speaker, model, statistics, updatedAtMs })
      .onConflict((conflict) =>
        conflict.columns(['platform', 'space', 'speaker', 'model']).doUpdateSet({ statistics, updatedAtMs }),
      )
      .execute();
  }
  for (const { trackId, closedAtMs } of of('trackEnd')) {
    await db.updateTable('tracks').set({ closedAtMs }).where('id', '=', trackId).execute();
  }
  for (const { sessionId, endedAtMs, summary } of of('sessionEnd')) {
    await db
      .updateTable('sessions')
      .set({ endedAtMs, state: 'ended', summary: summary && toJson(summary) })
      .where('id', '=', sessionId)
      .execute();
  }
}
