import { UndertoneError } from 'undertone';

/** What went wrong, in words that hold nothing of a person. */
export function faultOf(cause: unknown): string {
  if (cause instanceof UndertoneError) return cause.code;
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.name) : 'unknown';
}
