import { randomUUID } from 'node:crypto';
import type { CallSide } from 'undertone';
import type { Dialect } from './settings.ts';

/** A call of which somebody who is trusted has said that its sound will come. */
export interface AnnouncedCall {
  readonly dialect: Dialect;
  /** As the carrier names it; absent: as its stream does. */
  readonly callId?: string;
  /** Who is on the phone. */
  readonly customer?: string;
  /** The line that was called, or from which the customer was. */
  readonly line?: string;
  readonly agent?: string;
  /** Whose sound a stream of one side carries. Default the customer's. */
  readonly side?: CallSide;
}

/** A ticket that is not used within this time is worth nothing. */
const TICKET_MS = 300_000;
const MOST_TICKETS = 10_000;
const MOST_REMEMBERED = 20_000;

/**
 * Admission to the sockets: a UUID for each call that was announced, good for one connection. A signed webhook gets it in its
 * answer, so that whoever presents it is whom the carrier sent.
 */
export class Tickets {
  /** The oldest first. */
  readonly #open = new Map<string, { readonly call: AnnouncedCall; readonly untilMs: number }>();
  /** The ticket of each side of a call that has one. */
  readonly #ofCall = new Map<string, string>();
  readonly #clock: () => number;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** A new ticket; an older one for the same side of the same call is worth nothing from then on. */
  issue(call: AnnouncedCall): string {
    const ticket = randomUUID();
    const older = this.#ofCall.get(sideOf(call));
    if (older !== undefined && call.callId !== undefined) this.#forget(older);
    for (const [id, { untilMs }] of this.#open) {
      if (untilMs > this.#clock() && this.#open.size < MOST_TICKETS) break;
      this.#forget(id);
    }
    this.#open.set(ticket, { call, untilMs: this.#clock() + TICKET_MS });
    this.#ofCall.set(sideOf(call), ticket);
    return ticket;
  }

  /** Takes a ticket: the next who comes with it is refused. */
  redeem(ticket: string, dialect: Dialect): AnnouncedCall | undefined {
    const open = this.#open.get(ticket);
    if (open?.call.dialect !== dialect || this.#clock() > open.untilMs) return undefined;
    this.#forget(ticket);
    return open.call;
  }

  #forget(ticket: string): void {
    const open = this.#open.get(ticket);
    this.#open.delete(ticket);
    if (open && this.#ofCall.get(sideOf(open.call)) === ticket) this.#ofCall.delete(sideOf(open.call));
  }
}

const sideOf = ({ dialect, callId = '', side = 'inbound' }: AnnouncedCall): string => `${dialect}/${side}/${callId}`;

/** Remembers what must not come twice: nonces, signatures, streams. Bounded: the oldest is forgotten first. */
export class Once {
  readonly #seen = new Set<string>();

  /** Whether it comes for the first time. */
  isNew(what: string): boolean {
    if (this.#seen.has(what)) return false;
    const [oldest] = this.#seen;
    if (this.#seen.size >= MOST_REMEMBERED && oldest !== undefined) this.#seen.delete(oldest);
    this.#seen.add(what);
    return true;
  }
}
