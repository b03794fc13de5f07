import type { HostLog } from 'undertone';

/** The log of what happens in one server: each of its lines names the server. */
export function logOfGuild(log: HostLog, guild: string): HostLog {
  return {
    info: (message, facts) => {
      log.info(message, { ...facts, guild });
    },
    warn: (message, facts) => {
      log.warn(message, { ...facts, guild });
    },
    error: (message, facts) => {
      log.error(message, { ...facts, guild });
    },
  };
}
