import { UndertoneError } from '../errors.ts';

/** Plain facts beside a message: counts, names of parts. Never what somebody said, and no id of a person. */
export type LogFacts = Readonly<Record<string, string | number | boolean>>;

/** Where the host and its plugins say what they do. */
export interface HostLog {
  /** Something happened as it should. */
  info(message: string, facts?: LogFacts): void;
  /** Something is not as it should be, and goes on by itself. */
  warn(message: string, facts?: LogFacts): void;
  /** Something failed. */
  error(message: string, facts?: LogFacts): void;
}

/** One line of JSON for each message. */
export function jsonLog(write: (line: string) => void, clock: () => number = Date.now): HostLog {
  const at =
    (level: string) =>
    (message: string, facts: LogFacts = {}) => {
      write(JSON.stringify({ time: new Date(clock()).toISOString(), level, message, ...facts }));
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

/** What went wrong, in words that cannot hold anything of a person: other errors' messages may. */
export function faultOf(cause: unknown): string {
  if (cause instanceof UndertoneError) return cause.code;
  if (!(cause instanceof Error)) return 'unknown';
  const { code } = cause as NodeJS.ErrnoException;
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? code : cause.constructor.name;
}
