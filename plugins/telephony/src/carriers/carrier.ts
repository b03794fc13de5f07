import { createHmac, timingSafeEqual } from 'node:crypto';
import { escapeHtml, type StreamDialect } from 'undertone';
import type { Dialect, SecretName, TelephonySettings } from '../settings.ts';

/** A request of a carrier. */
export interface CarrierRequest {
  readonly method: string;
  /** The address that the carrier called: what it has signed. */
  readonly url: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

/** A request that whoever knows the secret has made. */
export interface Verified {
  /** What must not come twice; absent where the carrier's signature says nothing of that kind. */
  readonly once?: string;
}

/** A call as a carrier's webhook tells of it. */
export interface WebhookCall {
  readonly callId: string;
  readonly from?: string;
  readonly to?: string;
  /** Whether the customer was called, and did not call. */
  readonly isOutgoing: boolean;
}

/** How a call is to go on. */
export interface AnswerPlan {
  /** Where its sound goes; absent: nowhere. */
  readonly streamUrl?: string;
  readonly bothSides: boolean;
  /** Spoken first. */
  readonly say?: { readonly say: string; readonly language: string };
  /** Where the key is posted that is asked for; then nothing is streamed yet. */
  readonly askAt?: string;
  readonly settings: TelephonySettings;
}

export interface Answer {
  readonly type: 'application/xml' | 'application/json';
  readonly body: string;
}

/** A carrier that asks by a webhook what to do with a call, and then brings its sound by a WebSocket. */
export interface WebhookCarrier {
  readonly name: Extract<Dialect, 'signalwire' | 'telnyx' | 'plivo' | 'vonage'>;
  readonly secret: SecretName;
  /** Whether keys are said by the stream; otherwise they must be asked for. */
  readonly saysKeys: boolean;
  verify(request: CarrierRequest, secret: string, nowMs: number): Verified | undefined;
  /** @returns undefined where the request tells of no call */
  readCall(request: CarrierRequest): WebhookCall | undefined;
  answer(plan: AnswerPlan): Answer;
  /** A new one for each socket. */
  dialect(): StreamDialect;
}

/** Compares in constant time. */
export function isSame(given: string | Uint8Array, right: string | Uint8Array): boolean {
  const [one, other] = [Buffer.from(given as Uint8Array), Buffer.from(right as Uint8Array)];
  return one.length === other.length && timingSafeEqual(one, other);
}

export const hmac = (algorithm: 'sha1' | 'sha256', key: string | Uint8Array, text: string | Uint8Array): Buffer =>
  createHmac(algorithm, key).update(text).digest();

/** A header that may come once only. */
export function headerOf({ headers }: Pick<CarrierRequest, 'headers'>, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** The fields of a form, in order; of a GET request, those of its query. */
export function formOf({ method, url, body }: CarrierRequest): URLSearchParams {
  return method === 'GET' ? new URL(url).searchParams : new URLSearchParams(body.toString());
}

/** The most fields that a form may have: signatures sort them. */
export const MOST_FIELDS = 200;

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An XML element. Children are XML already. */
export function xml(name: string, attributes: Attributes = {}, ...children: readonly string[]): string {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${escapeHtml(String(value))}"`],
  );
  const inside = children.join('');
  return `<${name}${written.join('')}${inside === '' ? '/>' : `>${inside}</${name}>`}`;
}

export const xmlAnswer = (...children: readonly string[]): Answer => ({
  type: 'application/xml',
  body: `<?xml version="1.0" encoding="UTF-8"?>${xml('Response', {}, ...children)}`,
});

export const escaped = (text: string): string => escapeHtml(text);

/** A pause that outlasts calls, in seconds: without anything after it, a carrier would hang up. */
export const LONG_PAUSE_S = 14_400;
