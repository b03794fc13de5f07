import type { Selectable } from 'kysely';
import type { Tables } from './schema.ts';
import type { StoredAnnotation, StoredConsent, StoredSegment, StoredSession, StoredVoice } from './types.ts';

// What is kept, as it was before it became rows.

type Row<Table extends keyof Tables> = Selectable<Tables[Table]>;

export function sessionOf(row: Row<'sessions'>): StoredSession {
  const { id, platform, space, title, model, startedAtMs, endedAtMs, state, summary } = row;
  return {
    ...{ id, platform, space, title, model, startedAtMs, endedAtMs, state },
    metadata: JSON.parse(row.metadata) as StoredSession['metadata'],
    summary: summary === null ? null : (JSON.parse(summary) as StoredSession['summary']),
  };
}

export function segmentOf<Extra extends object>(row: Row<'segments'> & Extra): StoredSegment & Extra {
  const scores = JSON.parse(row.scores) as StoredSegment['scores'];
  return { ...row, uncertain: row.uncertain === 1, scores };
}

export function annotationOf(row: Row<'annotations'>): StoredAnnotation {
  return { ...row, ref: JSON.parse(row.ref), content: JSON.parse(row.content) as StoredAnnotation['content'] };
}

export const voiceOf = (row: Row<'voices'>): StoredVoice => ({ ...row, statistics: JSON.parse(row.statistics) });

export function consentOf({ detail, expiresAtMs, ...row }: Row<'consent'>): StoredConsent {
  return { ...row, ...(detail !== null && { detail }), ...(expiresAtMs !== null && { expiresAtMs }) };
}
