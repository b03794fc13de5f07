import { invalidMessage, type CallSide, type StreamDialect, type StreamEvent, type TrackFormat } from 'undertone';

/** Milliseconds of Twilio's timestamps to ticks of 8 kHz. */
const TICKS_A_MS = 8;
/** Twilio sends 20 ms, 216 characters; more than a second in one message is no telephone's. */
const LONGEST_PAYLOAD = 16_384;
const MOST_PARAMETERS = 50;

type Json = Readonly<Record<string, unknown>>;

/**
 * Twilio's Media Streams, as the messages of their WebSockets: JSON text whose numbers are strings.
 * https://www.twilio.com/docs/voice/media-streams/websocket-messages
 */
export const mediaStreams: StreamDialect = {
  read(message, isBinary) {
    if (isBinary) throw invalidMessage('is binary');
    let json: unknown;
    try {
      json = JSON.parse(Buffer.from(message.buffer, message.byteOffset, message.length).toString());
    } catch {
      throw invalidMessage('is no JSON');
    }
    return [eventOf(objectOf(json, 'is no object'))];
  },
};

function eventOf(json: Json): StreamEvent {
  switch (json.event) {
    case 'media':
      return mediaOf(json);
    case 'start':
      return startOf(json);
    case 'stop': {
      const callId = (json.stop as Json | undefined)?.callSid;
      return { type: 'stop', ...(typeof callId === 'string' && { callId }) };
    }
    case 'dtmf':
      return dtmfOf(json);
    case 'connected':
    case 'mark':
      return { type: 'other' };
    default:
      throw invalidMessage('is of no known event');
  }
}

function mediaOf({ streamSid, media }: Json): StreamEvent {
  const { track, chunk, timestamp, payload } = objectOf(media, 'has no media');
  return {
    type: 'media',
    streamId: textOf(streamSid, 'has no streamSid'),
    // In a two-way stream, which has but one, the track may be missing.
    side: track === undefined ? 'inbound' : sideOf(track),
    payload: bytesOf(payload),
    sequence: numberOf(chunk, 'has no chunk') & 0xffff,
    timestamp: (numberOf(timestamp, 'has no timestamp') * TICKS_A_MS) % 2 ** 32,
  };
}

function startOf({ start, streamSid }: Json): StreamEvent {
  const { callSid, accountSid, tracks, customParameters, mediaFormat } = objectOf(start, 'has no start');
  if (!Array.isArray(tracks) || tracks.length === 0 || tracks.length > 2) throw invalidMessage('names no tracks');
  const parameters = Object.entries(customParameters === undefined ? {} : objectOf(customParameters, 'has odd parameters')); // prettier-ignore
  if (parameters.length > MOST_PARAMETERS) throw invalidMessage('has too many parameters');
  return {
    type: 'start',
    streamId: textOf(streamSid, 'has no streamSid'),
    callId: textOf(callSid, 'has no callSid'),
    accountId: textOf(accountSid, 'has no accountSid'),
    sides: tracks.map(sideOf),
    format: formatOf(objectOf(mediaFormat, 'has no mediaFormat')),
    parameters: Object.fromEntries(parameters.map(([name, value]) => [name, textOf(value, 'has odd parameters')])),
  };
}

function formatOf({ encoding, sampleRate, channels }: Json): TrackFormat {
  if (encoding === 'audio/x-mulaw' && Number(sampleRate) === 8_000 && Number(channels) === 1) return { codec: 'mulaw' };
  throw invalidMessage('begins a stream that is no mu-law of 8 kHz');
}

function dtmfOf({ dtmf }: Json): StreamEvent {
  const { digit } = objectOf(dtmf, 'has no dtmf');
  if (typeof digit !== 'string' || !/^[0-9A-D*#]$/.test(digit)) throw invalidMessage('has no digit');
  return { type: 'dtmf', digit };
}

function sideOf(track: unknown): CallSide {
  if (track === 'inbound' || track === 'outbound') return track;
  throw invalidMessage('is of no known track');
}

function bytesOf(payload: unknown): Uint8Array {
  if (typeof payload !== 'string' || payload.length === 0) throw invalidMessage('has no payload');
  if (payload.length > LONGEST_PAYLOAD) throw invalidMessage('has too long a payload');
  const padding = payload.endsWith('==') ? 2 : payload.endsWith('=') ? 1 : 0;
  const bytes = Buffer.from(payload, 'base64');
  // Node leaves out what is no base64, so that too little comes out.
  if (bytes.length !== Math.floor(((payload.length - padding) * 3) / 4))
    throw invalidMessage('has a payload that is no base64');
  return bytes;
}

function objectOf(value: unknown, problem: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw invalidMessage(problem);
}

function textOf(value: unknown, problem: string): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= 512) return value;
  throw invalidMessage(problem);
}

/** Twilio writes numbers as strings; simulators write numbers. */
function numberOf(value: unknown, problem: string): number {
  const number = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number;
  throw invalidMessage(problem);
}
