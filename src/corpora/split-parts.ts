/** What all protocols of splits.ts share. */
import { createHash } from 'node:crypto';
import { UndertoneError } from '../errors.ts';
import type { ClipCopy, Protocol } from './data-split.ts';
import type { ManifestEntry } from './manifest.ts';

/** The error of a division that cannot be made. */
export function impossible(
  problem: string,
  remedy = 'Add clips, or choose another protocol or fewer folds.',
): UndertoneError {
  return new UndertoneError('SPLIT_IMPOSSIBLE', { problem, remedy });
}

/** Checks that there are at least as many of something as folds. */
export function checkFolds(folds: number, count: number, what: string): void {
  if (!Number.isInteger(folds) || folds < 2) {
    throw impossible(`${folds} is no number of folds`, 'Choose a whole number of at least 2.');
  }
  if (count >= folds) return;
  const remedy = `Add ${what}, or choose ${count > 2 ? `${count} folds` : 'another protocol'}.`;
  throw impossible(`${folds} folds need at least as many ${what}, and there is no more than ${count}`, remedy);
}

/** SHA-256 over the ids on each side; it does not depend on the order of the manifest. */
export function hashSplit(
  entries: readonly ManifestEntry[],
  protocol: Protocol,
  parts: readonly (readonly (number | ClipCopy)[])[],
): string {
  const name = (row: number | ClipCopy) =>
    typeof row === 'number' ? entries[row]!.id : `${entries[row.entry]!.id}#${row.copy}`;
  const text = JSON.stringify([protocol, ...parts.map((part) => part.map(name).sort())]);
  return createHash('sha256').update(text).digest('hex');
}

/** Those that pass and those that do not, both in their order. */
export function partition<T>(items: Iterable<T>, passes: (item: T) => boolean): [T[], T[]] {
  const sides: [T[], T[]] = [[], []];
  for (const item of items) sides[passes(item) ? 0 : 1].push(item);
  return sides;
}

/** Groups by a key, in the order of the keys, so that nothing depends on the order of a manifest. */
export function groupSorted<T>(items: Iterable<T>, key: (item: T) => string): [string, T[]][] {
  return [...Map.groupBy(items, key)].sort(([a], [b]) => (a < b ? -1 : 1));
}
