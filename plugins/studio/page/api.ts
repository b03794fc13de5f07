import { signal } from '@preact/signals';
import { token } from './access.ts';

/** Why the host did not do what it was asked. */
export class ApiError extends Error {
  /** The HTTP status; 0: the host does not answer. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Whether the host answered when it was last asked, and took the token. */
export const connection = signal<'good' | 'gone' | 'refused'>('good');

/**
 * Asks the host, with the token.
 * @throws ApiError
 */
export async function ask<Answer>(path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(path, { ...init, headers: { authorization: `Bearer ${token.value}` } }).catch(
    () => null,
  );
  if (response === null) {
    connection.value = 'gone';
    throw new ApiError(0, 'The host does not answer. Is it running?');
  }
  connection.value = response.status === 401 ? 'refused' : 'good';
  const answer = (await response.json().catch(() => ({}))) as Answer & { error?: { message: string } };
  if (response.ok) return answer;
  throw new ApiError(response.status, answer.error?.message ?? `The host answered with ${response.status}.`);
}
