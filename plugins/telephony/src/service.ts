import type { IncomingMessage } from 'node:http';
import type { HostLog } from 'undertone';
import type { CallDesk } from './call-desk.ts';
import type { Verified } from './carriers/carrier.ts';
import { isLocal } from './requests.ts';
import type { Telephony } from './settings.ts';
import type { Once, Tickets } from './tickets.ts';

/** What the doors of the running plugin share. */
export interface Service {
  readonly telephony: Telephony;
  readonly desk: CallDesk;
  readonly tickets: Tickets;
  /** Nonces and signatures that were used. */
  readonly used: Once;
  readonly clock: () => number;
  readonly log: HostLog;
}

/**
 * Whether a request may be believed: its signature is right and was not used before. Without a secret, only where the
 * configuration says `insecure`, and from this machine.
 */
export function isTrusted(
  { telephony, used, log }: Service,
  request: IncomingMessage,
  secrets: readonly (string | undefined)[],
  verify: () => Verified | undefined,
): boolean {
  if (secrets.includes(undefined)) return telephony.settings.insecure && isLocal(request);
  const verified = verify();
  if (!verified) return false;
  if (verified.once === undefined || used.isNew(verified.once)) return true;
  log.warn('a signed request came twice');
  return false;
}
