import { UndertoneError } from '../errors.ts';

/**
 * What both databases keep alike and give back as it is: text in well-formed Unicode without U+0000, which PostgreSQL
 * refuses, and finite numbers. One odd character of a platform must not cost a whole batch.
 * @throws UndertoneError STORE_INVALID for numbers that are not finite
 */
export function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\uFFFD');
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new UndertoneError('STORE_INVALID', {
      problem: 'a number to keep is not finite',
      remedy: 'Find out where it comes from: times and scores are finite numbers.',
    });
  }
  return value;
}
