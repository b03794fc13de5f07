import { createPublicKey, verify } from 'node:crypto';
import { invalidMessage, type StreamDialect, type StreamEvent, type TrackFormat } from 'undertone';
import {
  countOf,
  digitOf,
  fieldsOf,
  idOf,
  NOTHING,
  parametersOf,
  parseText,
  sideOf,
  soundOf,
  STOP,
  ticksOf,
} from '../json-messages.ts';
import { headerOf, type WebhookCarrier } from './carrier.ts';
import { answerInMarkup, readCallForm } from './twilio-markup.ts';

/** Older webhooks, or newer ones, are none of now. */
const TOLERANCE_S = 300;

/**
 * Telnyx' streams. Messages may come in any order: every packet says where it belongs, and the engine puts them in order.
 */
export class TelnyxDialect implements StreamDialect {
  #ticksPerMs = 8;

  read(message: Uint8Array, isBinary: boolean): readonly StreamEvent[] {
    const fields = parseText(message, isBinary);
    switch (fields.event) {
      case 'media':
        return [this.#readMedia(fields)];
      case 'start':
        return [this.#readStart(fields)];
      case 'dtmf':
        return [digitOf(fieldsOf(fields.dtmf, 'dtmf').digit)];
      case 'stop':
        return STOP;
      case 'connected':
      case 'mark':
      case 'error':
        return NOTHING;
      default:
        throw invalidMessage('is of an event that is unknown');
    }
  }

  #readStart(fields: Readonly<Record<string, unknown>>): StreamEvent {
    const start = fieldsOf(fields.start, 'start');
    const format = formatOf(fieldsOf(start.media_format, 'media_format'));
    this.#ticksPerMs = format.codec === 'opus' ? 48 : format.codec === 'l16' ? format.sampleRateHz / 1_000 : 8;
    return {
      type: 'start',
      streamId: idOf(fields.stream_id, 'stream_id'),
      callId: idOf(start.call_control_id, 'call_control_id'),
      ...(typeof start.user_id === 'string' && { accountId: start.user_id }),
      // It does not say which; what was not asked for does not come.
      sides: ['inbound', 'outbound'],
      format,
      parameters: parametersOf(start.custom_parameters),
    };
  }

  #readMedia(fields: Readonly<Record<string, unknown>>): StreamEvent {
    const media = fieldsOf(fields.media, 'media');
    const [chunk, timestampMs] = [countOf(media.chunk), countOf(media.timestamp)];
    return {
      type: 'media',
      streamId: idOf(fields.stream_id, 'stream_id'),
      side: sideOf(media.track),
      payload: soundOf(media.payload),
      ...(chunk !== undefined && { sequence: chunk & 0xffff }),
      ...(timestampMs !== undefined && { timestamp: ticksOf(timestampMs, this.#ticksPerMs) }),
    };
  }
}

/** The caller's network decides on PCMU or PCMA; the others are asked for. */
function formatOf({ encoding, sample_rate: rate, channels = 1 }: Readonly<Record<string, unknown>>): TrackFormat {
  if (countOf(channels) === 1) {
    if (encoding === 'PCMU' && countOf(rate) === 8_000) return { codec: 'mulaw' };
    if (encoding === 'PCMA' && countOf(rate) === 8_000) return { codec: 'alaw' };
    if (encoding === 'OPUS') return { codec: 'opus' };
    const sampleRateHz = ([8_000, 16_000, 24_000, 48_000] as const).find((known) => known === countOf(rate));
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
  dialect: () => new TelnyxDialect(),
};

/** An Ed25519 key as Telnyx' portal shows it: 32 bytes in base64. */
const keyOf = (publicKey: string) =>
  createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey, 'base64').toString('base64url') },
    format: 'jwk',
  });
