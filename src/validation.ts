import { closest } from 'fastest-levenshtein';
import { z } from 'zod';
import { UndertoneError, type ErrorCode } from './errors.ts';

/** Names the known word nearest to a mistyped one, as the end of a sentence; empty where there is nothing to name. */
export function didYouMean(word: string, known: readonly string[]): string {
  return known.length === 0 ? '' : `, did you mean "${closest(word, known)}"?`;
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

function explain(schema: z.ZodType, issue: z.core.$ZodIssue): string {
  const where = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    return `"${where === '' ? key : `${where}.${key}`}" is not a setting${didYouMean(key, knownKeys(schema, issue.path))}`;
  }
  return where === '' ? issue.message : `"${where}": ${issue.message}`;
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
  throw new UndertoneError(error.code, {
    subject: error.subject,
    problem: explain(schema, result.error.issues[0]!),
    remedy: error.remedy,
  });
}
