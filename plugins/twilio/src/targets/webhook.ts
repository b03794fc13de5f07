import { postSigned } from 'undertone';
import type { Target } from './target.ts';

/** Any web service; it must know by the header `idempotency-key` what it has had already. */
export function webhookTarget(url: string, secret: string, clock: () => number): Target {
  return ({ annotation, idempotencyKey }) =>
    postSigned({ url, secret }, annotation, { idempotencyKey, nowMs: clock() });
}
