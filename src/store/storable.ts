import { UndertoneError } from '../errors.ts';

const unstorable = (problem: string): UndertoneError =>
  new UndertoneError('STORE_INVALID', {
    subject: 'A value to keep',
    problem,
    remedy: 'Find out where it comes from: what is kept is text, finite numbers and plain data.',
  });

/**
 * What both databases keep alike and give back as it is: well-formed Unicode without U+0000, which PostgreSQL refuses,
 * and finite numbers. One odd character of a platform must not cost a whole batch.
 * @throws UndertoneError STORE_INVALID for anything else
 */
export function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\uFFFD');
  // Lists and truths are Kysely's own, when it asks which tables there are.
  if (value === null || Number.isFinite(value) || typeof value === 'boolean' || Array.isArray(value)) return value;
  throw unstorable('is neither text nor a finite number');
}

/** @throws UndertoneError STORE_INVALID for what JSON cannot say: cycles, big integers, nothing at all */
export function toJson(value: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch {
    // Said below; the reason names what is in it.
  }
  if (json === undefined) throw unstorable('cannot be written as JSON');
  return json;
}
