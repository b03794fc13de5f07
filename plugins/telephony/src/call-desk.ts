import {
  Call,
  faultOf,
  UndertoneError,
  type CallNews,
  type CallReport,
  type CallSide,
  type MediaPacket,
  type PluginHost,
  type SpeakerDescription,
  type StreamEvent,
  type TrackFormat,
} from 'undertone';
import type { Dialect, Telephony } from './settings.ts';
import { Once, type AnnouncedCall } from './tickets.ts';

export type StartEvent = Extract<StreamEvent, { type: 'start' }>;

/** What a stream is let into: packets and keys of one call. */
export interface CallLine {
  readonly callId: string;
  write(side: CallSide, packet: MediaPacket): void;
  press(digit: string): void;
  /** The stream is over; the call is with its last one. Resolves once all is heard. */
  leave(): Promise<void>;
}

/** A call that is heard, by one stream or, where each side has its own, by several. */
interface LiveCall {
  readonly call: Call;
  readonly format: TrackFormat;
  readonly person: { readonly space: string; readonly speaker: string };
  streams: number;
  /** One after the other, so that a consent and a withdrawal keep their order. */
  pending: Promise<unknown>;
}

/** A report that may be asked for. */
interface KeptReport {
  readonly report: CallReport;
  readonly space: string;
  readonly untilMs: number;
}

const MOST_REPORTS = 200;
const REPORT_MS = 3_600_000;

/** Keeps the calls: who is on them, who may be heard, what was heard. */
export class CallDesk {
  readonly #host: PluginHost;
  readonly #telephony: Telephony;
  readonly #live = new Map<string, LiveCall>();
  readonly #streams = new Once();
  readonly #reports = new Map<string, KeptReport>();

  constructor(host: PluginHost, telephony: Telephony) {
    this.#host = host;
    this.#telephony = telephony;
  }

  get isFull(): boolean {
    return this.#live.size >= this.#telephony.settings.mostCalls;
  }

  /**
   * What is to be done with a call that begins: hear its customer, ask them (where a key is configured for it), or leave
   * them alone.
   */
  nextStep(call: AnnouncedCall): 'hear' | 'ask' | 'leave' {
    const isTold = this.noticeOf(call.dialect) !== undefined;
    const verdict = this.#host.consent.mayHear(personOf(call), 'customer', isTold);
    if (verdict.allowed) return 'hear';
    const isUnasked = verdict.reason === 'not-granted' || verdict.reason === 'grant-expired';
    return isUnasked && this.#telephony.settings.keys.consent !== undefined ? 'ask' : 'leave';
  }

  /** Grants for the customer of a call, by the key that they were asked for. */
  async consent(call: AnnouncedCall): Promise<void> {
    await this.#host.consent.grant(personOf(call), { by: 'a key on the telephone' });
  }

  isLive(dialect: Dialect, callId: string): boolean {
    return this.#live.has(`${dialect}/${callId}`);
  }

  /**
   * Lets a stream into its call, which begins with it where it does not go on yet.
   * @param onNews told of what is heard, beside what is posted
   * @throws UndertoneError PLUGIN_FAILED: it cannot be let in, and `problem` says why
   */
  enter(start: StartEvent, announced: AnnouncedCall, onNews?: (news: CallNews) => void): CallLine {
    const { dialect, side } = announced;
    if (start.streamId !== '' && !this.#streams.isNew(`${dialect}/${start.streamId}`))
      throw refused('was heard before');
    const callId = announced.callId ?? start.callId;
    if (start.callId !== '' && start.callId !== callId && dialect !== 'audiosocket' && dialect !== 'chan-websocket') {
      throw refused('is of another call than it was announced for');
    }
    const id = `${dialect}/${callId}`;
    const live = this.#live.get(id) ?? this.#begin(id, start, { ...announced, callId }, onNews);
    if (JSON.stringify(live.format) !== JSON.stringify(start.format))
      throw refused('is of another format than its call');
    live.streams++;
    let isOver = false;
    return {
      callId,
      write: (given, packet) => {
        const to = side ?? given;
        if (!isOver) live.call.write(to, packet);
      },
      press: (digit) => {
        if (!isOver) this.#press(live, digit);
      },
      leave: async () => {
        if (isOver) return;
        isOver = true;
        live.streams--;
        if (live.streams > 0) return;
        this.#live.delete(id);
        await this.#end(live);
      },
    };
  }

  /** A call's report, with those in it who may still be heard. */
  report(callId: string): CallReport | undefined {
    const kept = this.#reports.get(callId);
    if (!kept || kept.untilMs < this.#host.clock()) return undefined;
    const { report, space } = kept;
    const isKnown = ({ speaker, role }: SpeakerDescription): boolean =>
      this.#host.consent.mayHear({ space, speaker }, role, true).allowed;
    const speakers = report.speakers.filter(isKnown);
    const alerts = report.alerts.filter(
      ({ speaker }) => speaker === null || speakers.some((other) => other.speaker === speaker),
    );
    // Sums over all would still say something of who was left out.
    return speakers.length === report.speakers.length
      ? report
      : { ...report, speakers, alerts, shares: {}, speechMs: 0 };
  }

  /** Ends all calls with their reports. */
  async close(): Promise<void> {
    const calls = [...this.#live.values()];
    this.#live.clear();
    await Promise.all(calls.map((live) => this.#end(live)));
  }

  #begin(id: string, start: StartEvent, announced: AnnouncedCall, onNews: (news: CallNews) => void = () => undefined) {
    if (this.isFull) throw refused('is one call too many');
    const { dialect, callId = start.callId } = announced;
    const { space, speaker } = personOf({ ...start.parameters, ...announced });
    const agent = announced.agent ?? start.parameters.agent ?? `agent-of-${callId}`;
    const hasAgent =
      this.#telephony.settings.hearAgents && (start.sides.includes('outbound') || announced.side !== undefined);
    const call = new Call(
      this.#host,
      {
        callId,
        space,
        title: `Call by ${dialect}`,
        metadata: { dialect, callId },
        format: start.format,
        participants: {
          inbound: { speaker, role: 'customer' },
          ...(hasAgent && { outbound: { speaker: agent, role: 'employee' } as const }),
        },
      },
      (news) => {
        onNews(news);
        this.#post(live, news);
      },
    );
    const live: LiveCall = {
      call,
      format: start.format,
      person: { space, speaker },
      streams: 0,
      pending: Promise.resolve(),
    };
    this.#live.set(id, live);
    this.#host.log.info('a call is taken', { dialect, rate: rateOf(start.format) });
    const notice = this.noticeOf(dialect);
    this.#then(live, async () => {
      if (notice !== undefined) await call.noticeGiven(notice);
      const verdict = (await call.listen()).get('inbound');
      if (verdict && !verdict.allowed)
        this.#host.log.info('a caller is not heard', { dialect, reason: verdict.reason });
    });
    return live;
  }

  /** Who tells callers of a dialect; undefined where nobody does. */
  noticeOf(dialect: Dialect): string | undefined {
    const { settings } = this.#telephony;
    if (settings[dialect]?.notice === 'elsewhere') return "the line's own announcement";
    const canSpeak = ['signalwire', 'telnyx', 'plivo', 'vonage'].includes(dialect);
    return settings.notice && canSpeak ? 'a spoken notice' : undefined;
  }

  #press(live: LiveCall, digit: string): void {
    const { consent, withdraw, forget } = this.#telephony.settings.keys;
    const act = { by: 'a key on the telephone' };
    const ledger = this.#host.consent;
    if (digit === consent) {
      this.#then(live, async () => {
        await ledger.grant(live.person, act);
        await live.call.listen();
      });
    }
    // These take effect at once, whatever else is under way.
    if (digit === withdraw) this.#alone(ledger.withdraw(live.person, act));
    if (digit === forget) this.#alone(ledger.purge(live.person, act));
  }

  #post({ call, person }: LiveCall, { key, kind, speaker, content }: CallNews): void {
    if (!this.#telephony.settings.webhook) return;
    call.session.annotate({
      ...{ kind, content, ref: { line: person.space, callId: call.callId } },
      ...(speaker !== undefined && { speaker }),
      idempotencyKey: `${call.session.id}/${key}`,
    });
  }

  async #end({ call, person, pending }: LiveCall): Promise<void> {
    try {
      await pending;
      const report = await call.end();
      const [oldest] = this.#reports.keys();
      if (this.#reports.size >= MOST_REPORTS && oldest !== undefined) this.#reports.delete(oldest);
      this.#reports.set(call.callId, { report, space: person.space, untilMs: this.#host.clock() + REPORT_MS });
      this.#host.log.info('a call is over', { heard: report.speakers.length, alerts: report.alerts.length });
    } catch (cause) {
      this.#host.log.error('a call did not end well', { fault: faultOf(cause) });
    }
  }

  #then(live: LiveCall, what: () => Promise<void>): void {
    live.pending = live.pending.then(what);
    this.#alone(live.pending);
    live.pending = live.pending.catch(() => undefined);
  }

  #alone(work: Promise<unknown>): void {
    work.catch((cause: unknown) => {
      this.#host.log.error('consent or hearing failed', { fault: faultOf(cause) });
    });
  }
}

/** Whom consent is asked of: a number on a line. Who hides it is nobody but the caller of this one call. */
export function personOf({ customer, line, callId }: { customer?: string; line?: string; callId?: string }) {
  const isNumber = customer !== undefined && /^(?:sip:|tel:)?[+\w.@:-]{3,128}$/.test(customer) && !/anonymous|restricted|unknown|unavailable/i.test(customer); // prettier-ignore
  return { space: line ?? 'telephone', speaker: isNumber ? customer : `caller-of-${callId ?? 'a-call'}` };
}

const rateOf = (format: TrackFormat): number => (format.codec === 'l16' ? format.sampleRateHz : 8_000);

/** `problem` follows "A stream". */
export const refused = (problem: string): UndertoneError =>
  new UndertoneError('PLUGIN_FAILED', { subject: 'A stream', problem, remedy: 'It is closed.' });
