import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse } from 'node:querystring';
import type { HostLog } from 'undertone';
import type { CallDesk, Hearing } from './call-desk.ts';
import type { RecordedCalls } from './recorded-calls.ts';
import type { Settings } from './settings.ts';
import type { Form, Signatures } from './signatures.ts';
import { answerCall, continueCall, type AnsweredCall } from './twiml.ts';

/** What webhooks work with. */
export interface WebhookParts {
  readonly settings: Settings;
  readonly signatures: Signatures;
  readonly desk: CallDesk;
  readonly recordings: RecordedCalls;
  readonly log: HostLog;
}

interface Answer {
  readonly status: number;
  /** TwiML. */
  readonly twiml?: string;
}

const SID = /^[A-Za-z0-9]{2,64}$/;
/** What the address of the webhook may say of a call, for its annotations. */
const PASSED_ON = ['taskSid', 'conversationSid', 'messageSid', 'agent'];
/** Of a call that will say nothing more. */
const OVER = ['completed', 'busy', 'failed', 'no-answer', 'canceled'];
/** Callers who hide their number have one of these. */
const HIDDEN = [
  '',
  'anonymous',
  'restricted',
  'unknown',
  'unavailable',
  'private',
  '+266696687',
  '+86282452253',
  '+464',
];

/** What Twilio asks over HTTP. */
export class Webhooks {
  readonly #parts: WebhookParts;

  constructor(parts: WebhookParts) {
    this.#parts = parts;
  }

  async handle(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const { status, twiml } = await this.#answer(request, body);
    if (twiml === undefined) response.writeHead(status).end();
    else response.writeHead(status, { 'content-type': 'text/xml; charset=utf-8' }).end(twiml);
  }

  async #answer(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const { signatures, desk, log } = this.#parts;
    const path = urlOf(request).pathname.replace(/\/$/, '');
    const route = this.#routes[path];
    if (!route) return { status: 404 };
    if (request.method !== 'POST') return { status: 405 };
    const form: Form = { ...(parse(body.toString()) as Form) };
    if (!signatures.isWebhook(request, form)) {
      log.warn('a webhook was refused: its signature is not of this account and address');
      return { status: 403 };
    }
    const field: Field = (name) => (typeof form[name] === 'string' ? form[name] : '');
    if (!desk.isOurs(field('AccountSid')) || !SID.test(field('CallSid'))) return { status: 400 };
    return route(field, request);
  }

  readonly #routes: Readonly<Record<string, (field: Field, request: IncomingMessage) => Answer | Promise<Answer>>> = {
    '/voice': (field, request) => {
      const [customer, line] = numbersOf(field);
      const isHidden = HIDDEN.includes(customer.toLowerCase());
      const callSid = field('CallSid');
      const hearing = this.#parts.desk.ring({
        callSid,
        line: line || 'unknown line',
        customer: isHidden ? undefined : customer,
      });
      return {
        status: 200,
        twiml: answerCall(this.#parts.settings, this.#answered(hearing, numbersOf(field)[1], request)),
      };
    },
    '/consent': async (field, request) => {
      const hearing = await this.#parts.desk.answered(field('CallSid'), field('Digits'));
      return {
        status: 200,
        twiml: continueCall(this.#parts.settings, this.#answered(hearing, numbersOf(field)[1], request)),
      };
    },
    '/status': (field) => {
      const { desk, log } = this.#parts;
      if (field('StreamEvent') === 'stream-error')
        log.error('Twilio could not stream a call', { code: field('StreamErrorCode').slice(0, 12) });
      if (OVER.includes(field('CallStatus'))) desk.over(field('CallSid'));
      return { status: 204 };
    },
    '/recording': async (field) => {
      const recordingSid = field('RecordingSid');
      if (!SID.test(recordingSid)) return { status: 400 };
      if (field('RecordingStatus') !== 'completed') return { status: 204 };
      // Twilio is told when there is no room; it does not ask again.
      return { status: (await this.#parts.recordings.take({ recordingSid, callSid: field('CallSid') })) ? 204 : 503 };
    },
  };

  #answered(hearing: Hearing, line: string, request: IncomingMessage): AnsweredCall {
    const origin = this.#parts.settings.publicUrl ?? `http://${request.headers.host ?? 'localhost'}`;
    const { search, searchParams } = urlOf(request);
    const passed = [...searchParams].filter(([name]) => PASSED_ON.includes(name));
    return { ...hearing, base: `${origin}/twilio`, query: search, parameters: { line, ...Object.fromEntries(passed) } };
  }
}

const urlOf = (request: IncomingMessage): URL => new URL(request.url ?? '/', 'http://localhost');

type Field = (name: string) => string;

/** The customer's number and ours, whoever called. */
function numbersOf(field: Field): [customer: string, line: string] {
  const [from, to] = [field('From'), field('To') || 'unknown line'];
  return field('Direction').startsWith('outbound') ? [to, from || 'unknown line'] : [from, to];
}
