import { createHash, createHmac, randomUUID, sign, type KeyObject } from 'node:crypto';
import { sortedForm } from '../carriers/signalwire.ts';
import { signedText } from '../carriers/plivo.ts';
import { PACKET_MS, type PlayedCall } from './played-carrier.ts';
import type { CarrierScript } from './webhook-player.ts';
import type { WireRequest } from './wire.ts';

const FORM = 'application/x-www-form-urlencoded';

/** A webhook as a form, with what is made of it as headers. */
function form(
  fields: Readonly<Record<string, string>>,
  url: string,
  signed: (request: {
    readonly url: string;
    readonly method: string;
    readonly headers: object;
    readonly body: Buffer;
  }) => Record<string, string>,
): WireRequest {
  const body = new URLSearchParams(fields).toString();
  const request = { url, method: 'POST', headers: {}, body: Buffer.from(body) };
  return { headers: { 'content-type': FORM, ...signed(request) }, body };
}

const twilioFields = ({ callId, customer, line }: PlayedCall, digit?: string) => ({
  ...{ CallSid: callId, AccountSid: 'AC0', From: customer, To: line, Direction: 'inbound', CallStatus: 'ringing' },
  ...(digit !== undefined && { Digits: digit }),
});

const json = (value: unknown): string => JSON.stringify(value);

/** @param key the signing key; undefined: unsigned */
export function signalwireScript(key: string | undefined): CarrierScript {
  let streamSid = '';
  let sequence = 1;
  const say = (event: string, more: object): string =>
    json({ event, sequenceNumber: String(sequence++), streamSid, ...more });
  return {
    ...{ name: 'signalwire', codec: 'mulaw', rateHz: 8_000, saysKeys: false },
    webhook: (call, url, digit) =>
      form(twilioFields(call, digit), url, (request): Record<string, string> => {
        if (key === undefined) return {};
        const text = url + sortedForm({ ...request, headers: {} });
        return { 'x-signalwire-signature': createHmac('sha1', key).update(text).digest('base64') };
      }),
    start: ({ callId }, tracks) => {
      streamSid = randomUUID();
      const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 };
      const start = { streamSid, accountSid: 'AC0', callSid: callId, tracks, customParameters: {}, mediaFormat };
      return [json({ event: 'connected', protocol: 'Call', version: '0.2.0' }), say('start', { start })];
    },
    media: (track, payload, at) =>
      say('media', {
        media: { track, chunk: String(at + 1), timestamp: String(at * PACKET_MS), payload: payload.toString('base64') },
      }),
    digit: (digit) => say('dtmf', { dtmf: { track: 'inbound_track', digit } }),
    stop: ({ callId }) => [say('stop', { stop: { accountSid: 'AC0', callSid: callId } })],
  };
}

/** @param key the private half of the key pair; undefined: unsigned */
export function telnyxScript(key: KeyObject | undefined): CarrierScript {
  let stream_id = '';
  let sequence = 1;
  const say = (event: string, more: object): string =>
    json({ event, sequence_number: String(sequence++), stream_id, ...more });
  return {
    ...{ name: 'telnyx', codec: 'mulaw', rateHz: 8_000, saysKeys: true },
    webhook: (call, url) =>
      form(twilioFields(call), url, ({ body }): Record<string, string> => {
        if (key === undefined) return {};
        const timestamp = String(Math.floor(Date.now() / 1_000));
        const signature = sign(null, Buffer.concat([Buffer.from(`${timestamp}|`), body]), key).toString('base64');
        return { 'telnyx-timestamp': timestamp, 'telnyx-signature-ed25519': signature };
      }),
    start: ({ callId, customer, line }) => {
      stream_id = randomUUID();
      const media_format = { encoding: 'PCMU', sample_rate: 8000, channels: 1 };
      const start = {
        user_id: 'u',
        call_control_id: callId,
        call_session_id: 's',
        from: customer,
        to: line,
        media_format,
      };
      return [json({ event: 'connected', version: '1.0.0' }), say('start', { start })];
    },
    media: (track, payload, at) =>
      say('media', {
        media: { track, chunk: String(at + 1), timestamp: String(at * PACKET_MS), payload: payload.toString('base64') },
      }),
    digit: (digit) => say('dtmf', { occurred_at: new Date().toISOString(), dtmf: { digit } }),
    stop: ({ callId }) => [say('stop', { stop: { user_id: 'u', call_control_id: callId } })],
  };
}

/** @param token the account's auth token; undefined: unsigned */
export function plivoScript(token: string | undefined): CarrierScript {
  let streamId = '';
  let sequenceNumber = 1;
  const say = (event: string, more: object): string =>
    json({ event, sequenceNumber: sequenceNumber++, ...more, extra_headers: '' });
  return {
    ...{ name: 'plivo', codec: 'mulaw', rateHz: 8_000, saysKeys: true },
    webhook: ({ callId, customer, line }, url) =>
      form(
        { CallUUID: callId, From: customer, To: line, Direction: 'inbound', Event: 'StartApp', CallStatus: 'ringing' },
        url,
        (request): Record<string, string> => {
          if (token === undefined) return {};
          const nonce = randomUUID();
          const text = `${signedText({ ...request, headers: {} })}.${nonce}`;
          const signature = createHmac('sha256', token).update(text).digest('base64');
          return { 'x-plivo-signature-v3': signature, 'x-plivo-signature-v3-nonce': nonce };
        },
      ),
    start: ({ callId }, tracks) => {
      streamId = randomUUID();
      const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000 };
      return [say('start', { start: { callId, streamId, accountId: 'MA0', tracks, mediaFormat } })];
    },
    media: (track, payload, at) =>
      say('media', {
        streamId,
        media: { track, timestamp: String(Date.now()), chunk: at + 1, payload: payload.toString('base64') },
      }),
    digit: (digit) => say('dtmf', { streamId, dtmf: { track: 'inbound', digit, timestamp: String(Date.now()) } }),
    // It says nothing at the end: it closes the connection.
    stop: () => [],
  };
}

/** @param secret the account's signature secret; undefined: unsigned */
export function vonageScript(secret: string | undefined, rateHz = 16_000): CarrierScript {
  return {
    ...{ name: 'vonage', codec: 'l16', rateHz, saysKeys: true },
    webhook: ({ callId, customer, line }) => {
      const body = json({ from: customer, to: line, uuid: callId, conversation_uuid: `CON-${callId}` });
      const type = { 'content-type': 'application/json' };
      if (secret === undefined) return { headers: type, body };
      const claims = {
        ...{ iss: 'Vonage', iat: Math.floor(Date.now() / 1_000), jti: randomUUID(), api_key: 'a', application_id: 'b' },
        payload_hash: createHash('sha256').update(body).digest('hex'),
      };
      const unsigned = [{ alg: 'HS256', typ: 'JWT' }, claims].map((part) => Buffer.from(json(part)).toString('base64url')).join('.'); // prettier-ignore
      const signature = createHmac('sha256', secret).update(unsigned).digest('base64url');
      return { headers: { ...type, authorization: `Bearer ${unsigned}.${signature}` }, body };
    },
    start: () => [json({ event: 'websocket:connected', 'content-type': `audio/l16;rate=${rateHz}` })],
    media: (_, payload) => payload,
    digit: (digit) => json({ event: 'websocket:dtmf', digit, duration: 260 }),
    stop: () => [],
  };
}
