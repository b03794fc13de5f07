import { parse } from 'csv-parse/sync';
import { UndertoneError } from '../errors.ts';

/**
 * Reads a table of comma-separated values whose first line names its columns.
 * @throws UndertoneError CORPUS_TABLE_INVALID for what is no such table or lacks a column
 */
export function readTable(text: string, path: string, columns: readonly string[]): Record<string, string>[] {
  const invalid = (problem: string, cause?: unknown): UndertoneError => {
    const remedy = 'Take the table from the corpus’s release again, or remove it to do without what it says.';
    return new UndertoneError('CORPUS_TABLE_INVALID', { subject: path, problem, remedy, cause });
  };
  let rows: Record<string, string>[];
  try {
    rows = parse(text, { bom: true, columns: true, skip_empty_lines: true });
  } catch (cause) {
    throw invalid(`is no table of comma-separated values (${(cause as Error).message})`, cause);
  }
  const missing = columns.filter((column) => rows[0]?.[column] === undefined);
  if (missing.length > 0) throw invalid(`has no column ${missing.map((name) => `"${name}"`).join(', ')}`);
  return rows;
}
