import { distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { UndertoneError, type ErrorCode } from './errors.ts';

const LONGEST_QUOTE = 60;

/** A word in quotes, cut where it is absurdly long. */
const quote = (word: string): string =>
  `"${word.length > LONGEST_QUOTE ? `${word.slice(0, LONGEST_QUOTE)}...` : word}"`;

/** Names the known word nearest to a mistyped one, as the end of a clause; empty where none is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const [nearest] = known
    .map((candidate) => ({ candidate, edits: distance(word.slice(0, 2 * LONGEST_QUOTE), candidate) }))
    .filter(({ candidate, edits }) => edits <= Math.max(2, candidate.length / 2))
    .sort((a, b) => a.edits - b.edits);
  return nearest ? ` (did you mean ${quote(nearest.candidate)}?)` : '';
}

/** The property names that a schema knows at a path, looked up through objects, arrays and unions. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const isWrapper =
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable;
  if (isWrapper) return knownKeys(schema.unwrap() as z.ZodType, path);
  if (schema instanceof z.ZodUnion) {
    return schema.options.flatMap((option) => knownKeys(option as z.ZodType, path));
  }
  if (schema instanceof z.ZodArray) return knownKeys(schema.element as z.ZodType, path.slice(1));
  if (!(schema instanceof z.ZodObject)) return [];
  const [next, ...rest] = path;
  if (next === undefined) return Object.keys(schema.shape);
  const child = schema.shape[next as string] as z.ZodType | undefined;
  return child ? knownKeys(child, rest) : [];
}

/** The value that lies at a path; the path is one that a schema has walked, so that it exists. */
function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)[key], value);
}

function explain(schema: z.ZodType, value: unknown, issue: z.core.$ZodIssue): string {
  const where = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    const known = knownKeys(schema, issue.path);
    return `${quote(where === '' ? key : `${where}.${key}`)} is not a setting${didYouMean(key, known)}`;
  }
  let reason = issue.message;
  if (issue.code === 'invalid_value') {
    const given = valueAt(value, issue.path);
    if (typeof given === 'string') reason += didYouMean(given, issue.values.map(String));
  } else if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // A union that one key tells apart has no errors of its members, but a message that lists the key's values.
    reason = issue.errors.map(([first]) => first?.message ?? '').join(', or ');
  }
  return where === '' ? reason : `${quote(where)}: ${reason}`;
}

/**
 * Checks a value against a strict schema and fills in its defaults.
 * @throws UndertoneError with the given code; it names the first wrong setting, and for an unknown one the nearest
 *   known one.
 */
export function parseStrict<T extends z.ZodType>(
  schema: T,
  value: unknown,
  error: { code: ErrorCode; subject: string; remedy: string },
): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  // A mistyped name is also a missing one; it is the former that says what to do.
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]!;
  throw new UndertoneError(error.code, {
    subject: error.subject,
    problem: explain(schema, value, issue),
    remedy: error.remedy,
  });
}
