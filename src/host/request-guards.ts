import type { IncomingMessage } from 'node:http';
import { isLoopback } from './config.ts';
import { HttpError } from './http-error.ts';

/** Deeper JSON is no request of ours. */
const DEEPEST_JSON = 20;
/** Addresses that are counted at once; more than this are an attack, or a service that needs a proxy in front of it. */
const MOST_ADDRESSES = 10_000;
const MINUTE_MS = 60_000;

/**
 * Refuses what a web page of somebody else has a browser send: other origins, and names that were pointed at this machine
 * (DNS rebinding). Programs send no origin. No cookie is ever looked at, so that a browser adds no authority of its own.
 * @throws HttpError 403
 */
export function requireOrigin(request: IncomingMessage, allowed: readonly string[], listensOn: string): void {
  const { origin, host = '', 'sec-fetch-site': site } = request.headers;
  const name = URL.parse(`http://${host}`)?.hostname.replace(/^\[|\]$/g, '') ?? '';
  if (isLoopback(listensOn) && !isLoopback(name)) {
    throw new HttpError(403, 'WRONG_HOST', 'This server is asked for under another name than its own.');
  }
  const isAllowed = origin === undefined || origin === `http://${host}` || allowed.includes(origin);
  if (!isAllowed) throw new HttpError(403, 'WRONG_ORIGIN', 'Web pages of this origin may not ask.');
  const changes = request.method !== 'GET' && request.method !== 'HEAD';
  if (changes && origin === undefined && (site === 'cross-site' || site === 'same-site')) {
    throw new HttpError(403, 'WRONG_ORIGIN', 'Web pages of this origin may not change anything.');
  }
}

/**
 * Reads a JSON body.
 * @throws HttpError 400 for what is no JSON, or is nested too deeply; 415 for another type
 */
export function parseBody(contentType: string | undefined, body: Buffer): unknown {
  if (body.length === 0) return undefined;
  if (!/^application\/json\s*(;|$)/i.test(contentType ?? '')) {
    throw new HttpError(415, 'UNSUPPORTED_TYPE', 'A body must be application/json.');
  }
  requireShallow(body);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown;
  } catch {
    throw new HttpError(400, 'BAD_JSON', 'The body is no JSON.');
  }
}

/** Looks at brackets outside of strings, before anything is built of them. */
function requireShallow(json: Buffer): void {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (isInString) {
      if (byte === 0x5c) at++;
      else if (byte === 0x22) isInString = false;
    } else if (byte === 0x22) isInString = true;
    else if (byte === 0x7b || byte === 0x5b) depth++;
    else if (byte === 0x7d || byte === 0x5d) depth--;
    if (depth > DEEPEST_JSON) throw new HttpError(400, 'TOO_DEEP', 'The body is nested too deeply.');
  }
}

/** How often one address may ask: as many requests at once as a minute has, and then as they come back. */
export class RateLimit {
  readonly #aMinute: number;
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>();

  constructor(requestsPerMinute: number) {
    this.#aMinute = requestsPerMinute;
  }

  /**
   * @param nowMs on a clock that never goes back
   * @throws HttpError 429
   */
  take(address: string, nowMs: number, cost = 1): void {
    const bucket = this.#bucketOf(address, nowMs);
    if (bucket.tokens < 1) {
      const seconds = Math.ceil(((1 - bucket.tokens) * MINUTE_MS) / this.#aMinute / 1000);
      throw new HttpError(429, 'TOO_MANY_REQUESTS', 'Too many requests: wait a little.', {
        'retry-after': `${seconds}`,
      });
    }
    bucket.tokens -= cost;
  }

  /** Has what was done already count for more. */
  charge(address: string, nowMs: number, cost: number): void {
    this.#bucketOf(address, nowMs).tokens -= cost;
  }

  #bucketOf(address: string, nowMs: number): { tokens: number; atMs: number } {
    let bucket = this.#buckets.get(address);
    if (!bucket) {
      if (this.#buckets.size >= MOST_ADDRESSES) this.#forget(nowMs);
      this.#buckets.set(address, (bucket = { tokens: this.#aMinute, atMs: nowMs }));
    }
    const back = ((nowMs - bucket.atMs) / MINUTE_MS) * this.#aMinute;
    bucket.tokens = Math.min(this.#aMinute, bucket.tokens + back);
    bucket.atMs = nowMs;
    return bucket;
  }

  /** Those who have not asked for a minute begin anew anyway; where all have, the oldest go. */
  #forget(nowMs: number): void {
    for (const [address, { atMs }] of this.#buckets) if (nowMs - atMs > MINUTE_MS) this.#buckets.delete(address);
    for (const address of this.#buckets.keys()) {
      if (this.#buckets.size < MOST_ADDRESSES) return;
      this.#buckets.delete(address);
    }
  }
}
