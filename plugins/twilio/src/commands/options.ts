import { UndertoneError, type PluginCommandCall } from 'undertone';

/** An option with a value. */
export function textOption({ options }: PluginCommandCall, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** @throws UndertoneError USAGE where it is missing */
export function requiredOption(call: PluginCommandCall, name: string, flag: string): string {
  const value = textOption(call, name);
  if (value !== undefined) return value;
  throw wrongUse(flag, 'is missing', 'See --help.');
}

/** @throws UndertoneError USAGE where it is no number within the range */
export function numberOption(
  call: PluginCommandCall,
  name: string,
  range: { readonly otherwise: number; readonly least: number; readonly most: number },
): number {
  // prettier-ignore
  const text = textOption(call, name);
  if (text === undefined) return range.otherwise;
  const value = Number(text);
  if (text.trim() !== '' && value >= range.least && value <= range.most) return value;
  throw wrongUse(`--${name}`, `is ${text}`, `It is a number of ${range.least}..${range.most}.`);
}

export function wrongUse(subject: string, problem: string, remedy: string): UndertoneError {
  return new UndertoneError('USAGE', { subject, problem, remedy });
}
