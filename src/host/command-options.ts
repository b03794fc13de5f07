import { UndertoneError } from '../errors.ts';
import type { PluginCommandCall } from './plugin-command.ts';

type Options = Pick<PluginCommandCall, 'options'>;

/** What was said of an option with a value, by the name that it has in `PluginCommandCall.options`. */
export function textOption({ options }: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** As {@link textOption}, of an option that must be there. @throws UndertoneError USAGE where it is missing */
export function requiredOption(call: Options, name: string): string {
  const value = textOption(call, name);
  if (value !== undefined) return value;
  throw wrongUse(flagOf(name), 'is missing', 'See --help.');
}

/** A number, the ends of its range included. @throws UndertoneError USAGE where it is none within the range */
export function numberOption(
  call: Options,
  name: string,
  range: { readonly otherwise: number; readonly least: number; readonly most: number },
): number {
  const text = textOption(call, name);
  if (text === undefined) return range.otherwise;
  const value = Number(text);
  if (text.trim() !== '' && value >= range.least && value <= range.most) return value;
  throw wrongUse(flagOf(name), `is ${text}`, `It is a number of ${range.least}..${range.most}.`);
}

/** What a command throws that was called wrongly: then it ends with the exit code 2. */
export function wrongUse(subject: string, problem: string, remedy: string): UndertoneError {
  return new UndertoneError('USAGE', { subject, problem, remedy });
}

/** `publicUrl` as one says it: `--public-url`. */
const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
