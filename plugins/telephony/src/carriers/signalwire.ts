import { invalidMessage, type StreamDialect, type StreamEvent } from 'undertone';
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
import { formOf, headerOf, hmac, isSame, MOST_FIELDS, type CarrierRequest, type WebhookCarrier } from './carrier.ts';
import { answerInMarkup, readCallForm } from './twilio-markup.ts';

/** SignalWire's streams: Twilio's messages, mu-law at 8 kHz. */
export class SignalWireDialect implements StreamDialect {
  read(message: Uint8Array, isBinary: boolean): readonly StreamEvent[] {
    const fields = parseText(message, isBinary);
    switch (fields.event) {
      case 'media':
        return [readMedia(fields)];
      case 'start':
        return [readStart(fields)];
      case 'dtmf':
        return [digitOf(fieldsOf(fields.dtmf, 'dtmf').digit)];
      case 'stop':
        return STOP;
      case 'connected':
      case 'mark':
        return NOTHING;
      default:
        throw invalidMessage('is of an event that is unknown');
    }
  }
}

function readStart(fields: Readonly<Record<string, unknown>>): StreamEvent {
  const start = fieldsOf(fields.start, 'start');
  const { encoding, sampleRate, channels = 1 } = fieldsOf(start.mediaFormat, 'mediaFormat');
  const isMulaw = encoding === 'audio/x-mulaw' && countOf(sampleRate) === 8_000 && countOf(channels) === 1;
  if (!isMulaw) throw invalidMessage('begins a stream that is not mu-law at 8 kHz');
  const { tracks } = start;
  return {
    type: 'start',
    streamId: idOf(start.streamSid ?? fields.streamSid, 'streamSid'),
    callId: idOf(start.callSid, 'callSid'),
    ...(typeof start.accountSid === 'string' && { accountId: start.accountSid }),
    // REST calls say inbound_track where streams say inbound.
    sides: Array.isArray(tracks) ? tracks.map((track) => sideOf(String(track).replace('_track', ''))) : ['inbound'],
    format: { codec: 'mulaw' },
    parameters: parametersOf(start.customParameters),
  };
}

function readMedia(fields: Readonly<Record<string, unknown>>): StreamEvent {
  const media = fieldsOf(fields.media, 'media');
  const [chunk, timestampMs] = [countOf(media.chunk), countOf(media.timestamp)];
  return {
    type: 'media',
    streamId: idOf(fields.streamSid, 'streamSid'),
    side: sideOf(media.track ?? 'inbound'),
    payload: soundOf(media.payload),
    ...(chunk !== undefined && { sequence: chunk & 0xffff }),
    ...(timestampMs !== undefined && { timestamp: ticksOf(timestampMs, 8) }),
  };
}

export const signalwire: WebhookCarrier = {
  name: 'signalwire',
  secret: 'signalwireSigningKey',
  saysKeys: false,
  verify(request, key) {
    const given = headerOf(request, 'x-signalwire-signature') ?? headerOf(request, 'x-twilio-signature');
    if (given === undefined || formOf(request).size > MOST_FIELDS) return undefined;
    const asForm = hmac('sha1', key, request.url + sortedForm(request)).toString('base64');
    // Requests that are no forms are signed as they are.
    const asWhole = hmac('sha1', key, Buffer.concat([Buffer.from(request.url), request.body])).toString('hex');
    return isSame(given, asForm) || isSame(given, asWhole) ? {} : undefined;
  },
  readCall: readCallForm,
  answer: (plan) => answerInMarkup(plan, plan.settings.signalwire?.then),
  dialect: () => new SignalWireDialect(),
};

/** The fields of a form by name, each name with its value behind it; of a GET request, they are in the address. */
export function sortedForm(request: CarrierRequest): string {
  if (request.method === 'GET') return '';
  const form = formOf(request);
  return [...new Set(form.keys())]
    .sort()
    .flatMap((name) => [...new Set(form.getAll(name))].sort().map((value) => name + value))
    .join('');
}
