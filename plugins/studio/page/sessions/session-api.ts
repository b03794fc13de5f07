import type { SessionSummary } from 'undertone';
import { ask } from '../api.ts';
import type { SessionRecord, StoredSession } from './session-record.ts';

const path = (...parts: readonly string[]): string => parts.map(encodeURIComponent).join('/');

/** A session with its summary, which one that goes on has only when it is asked for. */
export async function loadSession(id: string): Promise<SessionRecord> {
  const record = await ask<SessionRecord>(`/v1/sessions/${path(id)}`);
  if (record.session.summary !== null) return record;
  const summary = await ask<SessionSummary>(`/v1/sessions/${path(id)}/summary`).catch(() => null);
  return { ...record, session: { ...record.session, summary } };
}

export const deleteSession = (id: string): Promise<unknown> => ask(`/v1/sessions/${path(id)}`, { method: 'DELETE' });

export const acknowledge = (alert: string): Promise<unknown> =>
  ask(`/v1/alerts/${path(alert)}/acknowledge`, { method: 'POST' });

/** Deletes all that the host keeps of a speaker, in all sessions. */
export const purge = ({ platform, space }: StoredSession, speaker: string): Promise<unknown> =>
  ask(`/v1/spaces/${path(platform, space)}/speakers/${path(speaker)}/purge`, { method: 'POST' });
