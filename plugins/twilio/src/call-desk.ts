import {
  Call,
  type CallNews,
  type CallSide,
  type ConsentVerdict,
  type PluginHost,
  type SpeakerDescription,
  type StreamEvent,
} from 'undertone';
import type { Credentials, Settings } from './settings.ts';

/** A call that Twilio told us of. */
export interface RingingCall {
  readonly callSid: string;
  /** The number of ours: consent is given to it. */
  readonly line: string;
  /** Whose telephone it is; undefined where they hide it. */
  readonly customer: string | undefined;
}

/** What is asked of Twilio for a call. */
export interface Hearing {
  readonly sides: readonly CallSide[];
  /** Whether the caller is to be asked for a key first. */
  readonly asks: boolean;
}

type StreamStart = Extract<StreamEvent, { type: 'start' }>;

/** A call between its first ring and its end. */
interface KnownCall extends RingingCall {
  hearing: Hearing;
  /** Until when its stream may begin. */
  readonly expiresAtMs: number;
  /** Once it has begun. */
  call?: Call;
}

/** Told of everything that is heard. */
export type OnNews = (news: CallNews, call: Call, start: StreamStart) => void;

const MOST_KNOWN = 20_000;
/** A notice, a question and a queue in front of them are over by then. */
const RING_MS = 15 * 60_000;
const NOBODY: Hearing = { sides: [], asks: false };
/** Of these, a key makes somebody who may be heard. */
const ASKABLE = ['not-granted', 'grant-expired', 'no-notice'];

/** The calls that this host knows, and who in them may be heard. */
export class CallDesk {
  readonly #host: PluginHost;
  readonly #settings: Settings;
  readonly #accountSid: string | undefined;
  readonly #onNews: OnNews;
  readonly #known = new Map<string, KnownCall>();

  constructor(host: PluginHost, settings: Settings, { accountSid }: Pick<Credentials, 'accountSid'>, onNews: OnNews) {
    this.#host = host;
    this.#settings = settings;
    this.#accountSid = accountSid;
    this.#onNews = onNews;
  }

  /** Whether something is of the account that we serve. */
  isOurs(accountSid: string | undefined): boolean {
    return this.#accountSid === undefined || this.#accountSid === accountSid;
  }

  /** How many calls are heard. */
  get open(): number {
    return Array.from(this.#known.values()).filter(({ call }) => call).length;
  }

  /** A call comes in: whose sound is to be asked for. */
  ring(ringing: RingingCall): Hearing {
    const earlier = this.#known.get(ringing.callSid);
    if (earlier?.call) return earlier.hearing;
    this.#forget();
    const hearing = this.#hearingOf(ringing);
    this.#known.set(ringing.callSid, { ...ringing, hearing, expiresAtMs: this.#host.clock() + RING_MS });
    return hearing;
  }

  /** The caller pressed a key after the notice, or none. */
  async answered(callSid: string, digits: string): Promise<Hearing> {
    const known = this.#known.get(callSid);
    if (!known || known.call) return NOBODY;
    const { ask, key } = this.#settings.consent;
    const isPressed = digits === key;
    if (isPressed && ask === 'agree')
      await this.#host.consent.grant(personOf(known), { by: 'caller', detail: 'by a key' });
    if (isPressed && ask === 'object')
      await this.#host.consent.withdraw(personOf(known), { by: 'caller', detail: 'by a key' });
    known.hearing = isPressed === (ask === 'agree') ? { ...this.#hearingOf(known), asks: false } : NOBODY;
    return known.hearing;
  }

  /**
   * A stream begins.
   * @returns undefined where it is of no call that waits for one
   */
  async begin(start: StreamStart): Promise<Call | undefined> {
    const known = this.#known.get(start.callId) ?? this.#other(start);
    if (!known || known.call || !this.isOurs(start.accountId) || this.#host.clock() > known.expiresAtMs)
      return undefined;
    const participants = participantsOf(
      known,
      known.hearing.sides,
      start.parameters.agent ?? this.#settings.agent.speaker,
    );
    const { callId, format } = start;
    const meta = {
      title: `Call of ${nameOf(known.customer)}`,
      metadata: { callSid: callId, streamSid: start.streamId },
    };
    const call = new Call(this.#host, { callId, space: known.line, format, participants, ...meta }, (news) => {
      this.#onNews(news, call, start);
    });
    known.call = call;
    this.#known.set(callId, known);
    try {
      if (this.#settings.notice) await call.noticeGiven(noticeWords(this.#settings.notice));
      else await call.listen();
    } catch (cause) {
      await this.end(callId);
      throw cause;
    }
    return call;
  }

  /** The caller presses a key while the call goes on. */
  async pressed(callSid: string, digit: string): Promise<void> {
    const known = this.#known.get(callSid);
    const { ask, key } = this.#settings.consent;
    if (!known?.call || digit !== key || ask === 'nothing') return;
    const act = { by: 'caller', detail: 'by a key' };
    if (ask === 'object') await this.#host.consent.withdraw(personOf(known), act);
    else {
      await this.#host.consent.grant(personOf(known), act);
      await known.call.listen();
    }
  }

  /** Twilio says that a call is over: what its stream still brings is heard, but none may begin any more. */
  over(callSid: string): void {
    if (!this.#known.get(callSid)?.call) this.#known.delete(callSid);
  }

  /** Ends a call, and hears what is left of it. */
  async end(callSid: string): Promise<void> {
    const known = this.#known.get(callSid);
    this.#known.delete(callSid);
    await known?.call?.end();
  }

  async endAll(): Promise<void> {
    await Promise.all(Array.from(this.#known.keys(), (callSid) => this.end(callSid)));
  }

  #hearingOf(call: RingingCall): Hearing {
    const { consent, stream, agent, notice } = this.#settings;
    const isTold = notice !== null;
    const { ask } = consent;
    const verdict = this.#host.consent.mayHear(personOf(call), 'customer', isTold);
    const mayBeAsked = ask === 'agree' && isAskable(verdict);
    if (!verdict.allowed && !mayBeAsked) return NOBODY;
    const sides: CallSide[] = ['inbound'];
    const employee = { space: call.line, speaker: agent.speaker };
    const hearsAgent = agent.hear && stream.direction === 'one-way';
    if (hearsAgent && this.#host.consent.mayHear(employee, 'employee', isTold).allowed) sides.push('outbound');
    return { sides, asks: mayBeAsked || ask === 'object' };
  }

  /** A call that other TwiML than ours answered, where the configuration takes them. */
  #other({ callId, parameters }: StreamStart): KnownCall | undefined {
    if (!this.#settings.stream.acceptOthers) return undefined;
    const ringing = { callSid: callId, line: parameters.to ?? 'unknown line', customer: parameters.from };
    return { ...ringing, hearing: { ...this.#hearingOf(ringing), asks: false }, expiresAtMs: Infinity };
  }

  /** Those whose stream never came; and the oldest, should there be too many. */
  #forget(): void {
    const now = this.#host.clock();
    for (const [callSid, { call, expiresAtMs }] of this.#known) {
      const isOver = now > expiresAtMs || this.#known.size >= MOST_KNOWN;
      if (!isOver) return;
      if (!call) this.#known.delete(callSid);
    }
  }
}

const isAskable = (verdict: ConsentVerdict): boolean => verdict.allowed || ASKABLE.includes(verdict.reason);

/** Who hides their number is somebody else in each call. */
const speakerOf = ({ customer, callSid }: RingingCall): string => customer ?? `call ${callSid}`;

const personOf = (call: RingingCall): { space: string; speaker: string } => ({
  space: call.line,
  speaker: speakerOf(call),
});

/** Who speaks on the sides that are heard. */
export function participantsOf(
  call: RingingCall,
  sides: readonly CallSide[],
  agent: string,
): Partial<Record<CallSide, SpeakerDescription>> {
  const customer = { speaker: speakerOf(call), role: 'customer', name: nameOf(call.customer) } as const;
  return Object.fromEntries(
    sides.map((side) => [side, side === 'inbound' ? customer : { speaker: agent, role: 'employee' }]),
  );
}

/** For displays: who knows the number knows it by its end. */
const nameOf = (customer: string | undefined): string =>
  customer === undefined ? 'somebody' : `…${customer.slice(-4)}`;

/** What the log says of who told the people in a call. */
export function noticeWords(notice: NonNullable<Settings['notice']>): string {
  if ('elsewhere' in notice) return notice.elsewhere;
  return 'say' in notice ? 'a spoken notice' : 'a played notice';
}
