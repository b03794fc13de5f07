import { InvalidArgumentError } from 'commander';

/** Reads a number from the command line. */
export function numberOption(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

/** Reads a number, or one word that stands for something else. */
export const numberOr =
  (word: string) =>
  (text: string): number | string =>
    text === word ? word : numberOption(text);
