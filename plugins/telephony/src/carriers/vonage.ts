import { createHash } from 'node:crypto';
import {
  invalidMessage,
  isFields,
  NOTHING_TO_DO,
  readDigit,
  readMessage,
  readParameters,
  type MessageFields,
  type StreamDialect,
  type StreamEvent,
  type TrackFormat,
} from 'undertone';
import { headerOf, hmac, isSame, type CarrierRequest, type WebhookCarrier } from './carrier.ts';

const TOLERANCE_S = 300;
/** One connection carries one stream, which has no id. */
const STREAM = '';

/** Vonage's WebSockets: a text that says the format, then 20 ms of L16 in each binary message. */
export class VonageDialect implements StreamDialect {
  read(message: Uint8Array, isBinary: boolean): readonly StreamEvent[] {
    if (isBinary) return [{ type: 'media', streamId: STREAM, side: 'inbound', payload: message }];
    const fields = readMessage(message, isBinary);
    const { event } = fields;
    if (event === 'websocket:connected') return [readStart(fields)];
    if (event === 'websocket:dtmf') return [readDigit(fields.digit)];
    if (typeof event === 'string' && event.startsWith('websocket:')) return NOTHING_TO_DO;
    throw invalidMessage('is of an event that is unknown');
  }
}

function readStart(fields: MessageFields): StreamEvent {
  // What the endpoint's `headers` say stands beside the event.
  const parameters = readParameters(isFields(fields.headers) ? fields.headers : fields);
  return {
    type: 'start',
    streamId: STREAM,
    callId: parameters.call ?? '',
    sides: ['inbound'],
    format: formatOf(fields['content-type']),
    parameters,
  };
}

function formatOf(type: unknown): TrackFormat {
  const [, rate] = /^audio\/l16;\s*rate=(\d+)$/.exec(String(type)) ?? [];
  const sampleRateHz = ([8_000, 16_000, 24_000] as const).find((known) => known === Number(rate));
  if (sampleRateHz) return { codec: 'l16', sampleRateHz };
  throw invalidMessage('begins a stream that is not L16 at 8, 16 or 24 kHz');
}

export const vonage: WebhookCarrier = {
  name: 'vonage',
  secret: 'vonageSignatureSecret',
  saysKeys: true,
  verify(request, secret, nowMs) {
    const [, token = ''] = /^Bearer +(\S{1,4096})$/i.exec(headerOf(request, 'authorization') ?? '') ?? [];
    const claims = readToken(token, secret);
    if (!claims) return undefined;
    const nowS = nowMs / 1_000;
    const { iat, exp, jti, payload_hash: hash } = claims;
    const isNow = typeof iat === 'number' && Math.abs(nowS - iat) <= TOLERANCE_S;
    const isOver = exp !== undefined && !(typeof exp === 'number' && nowS < exp);
    if (!isNow || isOver || typeof jti !== 'string' || typeof hash !== 'string') return undefined;
    const right = createHash('sha256').update(payloadOf(request)).digest('hex');
    return isSame(hash.toLowerCase(), right) ? { once: jti } : undefined;
  },
  readCall(request) {
    const fields = fieldsOf(request);
    const { uuid, from, to, direction } = fields;
    if (typeof uuid !== 'string' || uuid === '' || uuid.length > 256) return undefined;
    return {
      callId: uuid,
      isOutgoing: direction === 'outbound',
      ...(typeof from === 'string' && from && { from }),
      ...(typeof to === 'string' && to && { to }),
    };
  },
  answer({ streamUrl, say, settings }) {
    const { sampleRateHz = 16_000, then = [] } = settings.vonage ?? {};
    const actions: unknown[] = say ? [{ action: 'talk', text: say.say, language: say.language }] : [];
    if (streamUrl !== undefined) {
      const endpoint = { type: 'websocket', uri: streamUrl, 'content-type': `audio/l16;rate=${sampleRateHz}` };
      actions.push({ action: 'connect', endpoint: [endpoint] });
    }
    return { type: 'application/json', body: JSON.stringify([...actions, ...then]) };
  },
  dialect: () => new VonageDialect(),
};

/** The claims of a JSON Web Token (RFC 7519) that is signed by HS256 and nothing else. */
function readToken(token: string, secret: string): MessageFields | undefined {
  const [header = '', claims = '', signature = '', ...more] = token.split('.');
  if (more.length > 0 || !isSame(signature, hmac('sha256', secret, `${header}.${claims}`).toString('base64url'))) {
    return undefined;
  }
  const decoded = [header, claims].map((part) => tryJson(Buffer.from(part, 'base64url').toString()));
  return decoded[0]?.alg === 'HS256' ? decoded[1] : undefined;
}

/** What the hash in the token is of: the body; of a GET request, its query as JSON. */
const payloadOf = ({ method, url, body }: CarrierRequest): string | Buffer =>
  method === 'GET' ? JSON.stringify(Object.fromEntries(new URL(url).searchParams)) : body;

const fieldsOf = (request: CarrierRequest): MessageFields => tryJson(payloadOf(request).toString()) ?? {};

function tryJson(text: string): MessageFields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
