import { createPublicKey, verify } from 'node:crypto';
import { invalidMessage, MediaStreamDialect, readCount, type MessageFields, type TrackFormat } from 'undertone';
import { headerOf, type WebhookCarrier } from './carrier.ts';
import { answerInMarkup, readCallForm } from './twilio-markup.ts';

/** Older webhooks, or newer ones, are none of now. */
const TOLERANCE_S = 300;

/**
 * Telnyx' streams. Messages may come in any order: every packet says where it belongs, and the engine puts them in order. A start
 * does not say which sides will come; what was not asked for does not.
 */
const dialect = (): MediaStreamDialect =>
  new MediaStreamDialect({
    names: {
      ...{ streamId: 'stream_id', callId: 'call_control_id', accountId: 'user_id' },
      ...{ format: 'media_format', parameters: 'custom_parameters' },
    },
    others: ['connected', 'mark', 'error'],
    sides: ['inbound', 'outbound'],
    formatOf,
  });

/** The caller's network decides on PCMU or PCMA; the others are asked for. */
function formatOf({ encoding, sample_rate: rate, channels = 1 }: MessageFields): TrackFormat {
  if (readCount(channels) === 1) {
    if (encoding === 'PCMU' && readCount(rate) === 8_000) return { codec: 'mulaw' };
    if (encoding === 'PCMA' && readCount(rate) === 8_000) return { codec: 'alaw' };
    if (encoding === 'OPUS') return { codec: 'opus' };
    const sampleRateHz = ([8_000, 16_000, 24_000, 48_000] as const).find((known) => known === readCount(rate));
    // As in RTP (RFC 3551, section 4.5.11).
    if (encoding === 'L16' && sampleRateHz) return { codec: 'l16', sampleRateHz, littleEndian: false };
  }
  throw invalidMessage('begins a stream in a codec that is not PCMU, PCMA, L16 or OPUS of one channel');
}

export const telnyx: WebhookCarrier = {
  name: 'telnyx',
  secret: 'telnyxPublicKey',
  saysKeys: true,
  verify(request, publicKey, nowMs) {
    const [signature, timestamp] = [
      headerOf(request, 'telnyx-signature-ed25519'),
      headerOf(request, 'telnyx-timestamp'),
    ];
    if (signature === undefined || timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) return undefined;
    if (Math.abs(nowMs / 1_000 - Number(timestamp)) > TOLERANCE_S) return undefined;
    const signed = Buffer.concat([Buffer.from(`${timestamp}|`), request.body]);
    const isRight = verify(null, signed, keyOf(publicKey), Buffer.from(signature, 'base64'));
    return isRight ? { once: `${timestamp}|${signature}` } : undefined;
  },
  readCall: readCallForm,
  answer: (plan) => answerInMarkup(plan, plan.settings.telnyx?.then, 'PCMU'),
  dialect,
};

/** An Ed25519 key as Telnyx' portal shows it: 32 bytes in base64. */
const keyOf = (publicKey: string) =>
  createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey, 'base64').toString('base64url') },
    format: 'jwk',
  });
