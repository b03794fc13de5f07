import { invalidMessage, MediaStreamDialect, readCount, type MessageFields, type TrackFormat } from 'undertone';
import {
  escaped,
  formOf,
  headerOf,
  hmac,
  isSame,
  LONG_PAUSE_S,
  MOST_FIELDS,
  xml,
  xmlAnswer,
  type CarrierRequest,
  type WebhookCarrier,
} from './carrier.ts';
import { readCallForm } from './twilio-markup.ts';

/**
 * Plivo's streams: mu-law, or L16 with the low byte first. Times are those of Plivo's clock, not of the sound, and one
 * connection keeps the order: packets follow one another.
 */
const dialect = (): MediaStreamDialect =>
  new MediaStreamDialect({
    names: {
      ...{ streamId: 'streamId', callId: 'callId', accountId: 'accountId' },
      ...{ format: 'mediaFormat', parameters: 'extra_headers' },
    },
    others: ['playedStream', 'clearedAudio'],
    placesPackets: false,
    formatOf,
    parametersOf: extraHeaders,
  });

function formatOf({ encoding, sampleRate }: MessageFields): TrackFormat {
  const rate = readCount(sampleRate);
  if (encoding === 'audio/x-mulaw' && rate === 8_000) return { codec: 'mulaw' };
  if (encoding === 'audio/x-l16' && (rate === 8_000 || rate === 16_000)) return { codec: 'l16', sampleRateHz: rate };
  throw invalidMessage('begins a stream that is neither mu-law at 8 kHz nor L16 at 8 or 16 kHz');
}

/** `a=1;b=2`, as the `extraHeaders` of the markup come back. */
function extraHeaders(text: unknown): Record<string, string> {
  if (typeof text !== 'string') return {};
  const pairs = text
    .slice(0, 512)
    .split(/[;,]/)
    .map((pair) => pair.split('='));
  return Object.fromEntries(pairs.flatMap(([name, value]) => (name && value ? [[name.trim(), value.trim()]] : [])));
}

export const plivo: WebhookCarrier = {
  name: 'plivo',
  secret: 'plivoAuthToken',
  saysKeys: true,
  verify(request, token) {
    const nonce = headerOf(request, 'x-plivo-signature-v3-nonce');
    const signatures = [
      headerOf(request, 'x-plivo-signature-v3'),
      // The main account's, where a subaccount is called.
      headerOf(request, 'x-plivo-signature-ma-v3'),
    ].flatMap((header) => header?.split(',').slice(0, 10) ?? []);
    if (nonce === undefined || nonce === '' || formOf(request).size > MOST_FIELDS) return undefined;
    const right = hmac('sha256', token, `${signedText(request)}.${nonce}`).toString('base64');
    return signatures.some((signature) => isSame(signature.trim(), right)) ? { once: nonce } : undefined;
  },
  readCall: (request) => readCallForm(request, 'CallUUID'),
  answer({ streamUrl, bothSides, say, settings }) {
    const track = {
      bidirectional: false,
      audioTrack: bothSides ? 'both' : 'inbound',
      contentType: 'audio/x-mulaw;rate=8000',
      streamTimeout: LONG_PAUSE_S,
    };
    return xmlAnswer(
      say ? xml('Speak', { language: say.language }, escaped(say.say)) : '',
      streamUrl === undefined ? '' : xml('Stream', track, escaped(streamUrl)),
      settings.plivo?.then ?? xml('Wait', { length: LONG_PAUSE_S }),
    );
  },
  dialect,
};

/** What Plivo signs, before its nonce: the address with its query sorted, and behind it the fields of the form. */
export function signedText(request: CarrierRequest): string {
  const { origin, pathname, searchParams } = new URL(request.url);
  const query = sorted(searchParams, '=').join('&');
  const form = request.method === 'GET' ? [] : sorted(formOf(request), '');
  if (form.length === 0) return `${origin}${pathname}${query === '' ? '' : `?${query}`}`;
  return `${origin}${pathname}?${query}${query === '' ? '' : '.'}${form.join('')}`;
}

const sorted = (fields: URLSearchParams, between: string): string[] =>
  [...new Set(fields.keys())].sort().flatMap((name) =>
    fields
      .getAll(name)
      .sort()
      .map((value) => name + between + value),
  );
