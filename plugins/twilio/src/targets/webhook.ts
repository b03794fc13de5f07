import { postSigned, type SignedWebhook } from 'undertone';
import type { Target } from './target.ts';

/** Any web service; it must know by the header `idempotency-key` what it has had already. */
export function webhookTarget(webhook: SignedWebhook, clock: () => number): Target {
  return ({ annotation, idempotencyKey }) => postSigned(webhook, annotation, { idempotencyKey, nowMs: clock() });
}
