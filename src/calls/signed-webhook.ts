import { createHmac, timingSafeEqual } from 'node:crypto';
import { UndertoneError } from '../errors.ts';
import type { Annotation } from '../live/index.ts';

/** Where annotations are posted, and with which secret they are signed. */
export interface SignedWebhook {
  readonly url: string;
  readonly secret: string;
  /** How long it may take to answer, in milliseconds; default 5,000. */
  readonly timeoutMs?: number;
}

const SIGNATURE_HEADER = 'x-undertone-signature';
const TIMESTAMP_HEADER = 'x-undertone-timestamp';
/** Answers that are the same however often one asks. 408, 425 and 429 ask for another try. */
const isFinal = (status: number): boolean => status >= 400 && status < 500 && ![408, 425, 429].includes(status);

/**
 * The signature of a body: HMAC-SHA256 over `<timestamp>.<body>`, in hexadecimal. Whoever receives it computes it anew,
 * compares in constant time, and refuses timestamps (seconds since 1970) that are some minutes old.
 */
export function webhookSignature(secret: string, timestamp: string, body: string): string {
  return createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
}

/** Whether a body came from whoever knows the secret. */
export function isWebhookSignature(signature: string, secret: string, timestamp: string, body: string): boolean {
  const [own, given] = [Buffer.from(webhookSignature(secret, timestamp, body)), Buffer.from(signature)];
  return own.length === given.length && timingSafeEqual(own, given);
}

/**
 * Posts an annotation to a web service as JSON, with the headers `idempotency-key` (the same each time that it is tried
 * again), `x-undertone-timestamp` and `x-undertone-signature`.
 * @throws UndertoneError ANNOTATION_REFUSED where trying again is useless; otherwise PLUGIN_FAILED
 */
export async function postSigned(
  { url, secret, timeoutMs = 5_000 }: SignedWebhook,
  { id, sessionId, kind, content }: Annotation,
  { idempotencyKey, nowMs }: { readonly idempotencyKey: string; readonly nowMs: number },
): Promise<void> {
  const body = JSON.stringify({ id, sessionId, kind, content });
  const timestamp = `${Math.floor(nowMs / 1_000)}`;
  let status: number;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': idempotencyKey,
        [TIMESTAMP_HEADER]: timestamp,
        [SIGNATURE_HEADER]: webhookSignature(secret, timestamp, body),
      },
      body,
      // A redirect would carry the signed body to somebody else.
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    ({ status } = response);
    await response.body?.cancel();
  } catch (cause) {
    throw new UndertoneError('PLUGIN_FAILED', {
      subject: 'A webhook for annotations',
      problem: 'cannot be reached, or does not answer',
      remedy: 'It is tried again.',
      cause,
    });
  }
  if (status < 300) return;
  if (isFinal(status)) throw annotationRefused(`A webhook for annotations answers ${status}`);
  throw new UndertoneError('PLUGIN_FAILED', {
    subject: 'A webhook for annotations',
    problem: `answers ${status}`,
    remedy: 'It is tried again.',
  });
}

/** What `publish` throws where trying again is useless. */
export function annotationRefused(problem: string): UndertoneError {
  return new UndertoneError('ANNOTATION_REFUSED', {
    problem,
    remedy: 'See whether what the configuration names is there, and may be written to.',
  });
}
