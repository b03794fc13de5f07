import { clockHz, type TrackFormat } from '../live/index.ts';
import { invalidMessage, NOTHING_TO_DO, type CallSide, type StreamDialect, type StreamEvent } from './stream.ts';
import {
  readCount,
  readDigit,
  readFields,
  readId,
  readMessage,
  readParameters,
  readSide,
  readSound,
  type MessageFields,
} from './stream-messages.ts';

/** In what a carrier's media streams differ from Twilio's, message by message. */
export interface MediaStreamWords {
  /** Names of fields. */
  readonly names: {
    /** In every message. */
    readonly streamId: string;
    readonly callId: string;
    readonly accountId: string;
    readonly format: string;
    readonly parameters: string;
  };
  /** Events that ask for nothing. */
  readonly others: readonly string[];
  /** What a stream carries whose start does not say it: then each packet must say its track. */
  readonly sides?: readonly CallSide[];
  /** Whether `chunk` and `timestamp` say where a packet belongs; otherwise packets follow one another. */
  readonly placesPackets: boolean;
  /** Whether all must be there that the documentation promises; whoever took Twilio's messages over leaves some out. */
  readonly isStrict: boolean;
  /** @throws UndertoneError STREAM_MESSAGE_INVALID, by `invalidMessage`: it cannot be heard */
  formatOf(fields: MessageFields): TrackFormat;
  /** What whoever asked for the stream had the carrier send along. */
  parametersOf(value: unknown): Record<string, string>;
}

/** In Twilio's streams; a timestamp of a packet is in milliseconds. */
const TWILIO: MediaStreamWords = {
  names: {
    ...{ streamId: 'streamSid', callId: 'callSid', accountId: 'accountSid' },
    ...{ format: 'mediaFormat', parameters: 'customParameters' },
  },
  others: ['connected', 'mark'],
  placesPackets: true,
  isStrict: false,
  formatOf({ encoding, sampleRate, channels = 1 }) {
    const isMulaw = encoding === 'audio/x-mulaw' && readCount(sampleRate) === 8_000 && readCount(channels) === 1;
    if (!isMulaw) throw invalidMessage('begins a stream that is not mu-law at 8 kHz');
    return { codec: 'mulaw' };
  },
  parametersOf: readParameters,
};

/** Of a strict stream: more than a second in one message is no telephone's. */
const LONGEST_PAYLOAD = 16_384;
const MOST_PARAMETERS = 50;

/**
 * Media streams as JSON texts with an `event`: Twilio's messages, whose numbers are texts, and those of carriers who took
 * them over. One for each socket.
 * https://www.twilio.com/docs/voice/media-streams/websocket-messages
 */
export class MediaStreamDialect implements StreamDialect {
  readonly #words: MediaStreamWords;
  #ticksPerMs = 8;

  /** @param words in what they differ from Twilio's */
  constructor(words: Partial<MediaStreamWords> = {}) {
    this.#words = { ...TWILIO, ...words };
  }

  read(message: Uint8Array, isBinary: boolean): readonly StreamEvent[] {
    const fields = readMessage(message, isBinary);
    switch (fields.event) {
      case 'media':
        return [this.#readMedia(fields)];
      case 'start':
        return [this.#readStart(fields)];
      case 'dtmf':
        return [readDigit(readFields(fields.dtmf, 'dtmf').digit)];
      case 'stop':
        return [this.#readStop(fields)];
      default:
        if (this.#words.others.includes(fields.event as string)) return NOTHING_TO_DO;
        throw invalidMessage('is of an event that is unknown');
    }
  }

  #readStart(message: MessageFields): StreamEvent {
    const { names, isStrict } = this.#words;
    const start = readFields(message.start, 'start');
    // What is said of a stream stands in the start, or beside it.
    const said = (name: string): unknown => start[name] ?? message[name];
    const accountId = start[names.accountId];
    const format = this.#words.formatOf(readFields(start[names.format], names.format));
    this.#ticksPerMs = clockHz(format) / 1_000;
    if (isStrict) requirePromised(start, names);
    return {
      type: 'start',
      streamId: readId(said(names.streamId), names.streamId),
      callId: readId(start[names.callId], names.callId),
      ...(typeof accountId === 'string' && { accountId }),
      sides: this.#sidesOf(start),
      format,
      parameters: this.#words.parametersOf(said(names.parameters)),
    };
  }

  #sidesOf({ tracks }: MessageFields): readonly CallSide[] {
    const { sides, isStrict } = this.#words;
    if (sides) return sides;
    if (!Array.isArray(tracks)) return ['inbound'];
    // What SignalWire's API calls `inbound_track`, its streams may as well.
    return tracks.map((track: unknown) => readSide(isStrict ? track : String(track).replace('_track', '')));
  }

  #readMedia(message: MessageFields): StreamEvent {
    const { names, sides, isStrict, placesPackets } = this.#words;
    const media = readFields(message.media, 'media');
    const { track, payload } = media;
    if (isStrict && String(payload).length > LONGEST_PAYLOAD) throw invalidMessage('has too long a payload');
    const [chunk, timestampMs] = placesPackets ? [readCount(media.chunk), readCount(media.timestamp)] : [];
    const isPlaced = chunk !== undefined && timestampMs !== undefined;
    if (isStrict && !isPlaced) throw invalidMessage('does not say where in the stream it belongs');
    return {
      type: 'media',
      streamId: readId(message[names.streamId], names.streamId),
      // Where there is but one, it need not be named.
      side: readSide(track ?? (sides ? undefined : 'inbound')),
      payload: readSound(payload),
      ...(chunk !== undefined && { sequence: chunk & 0xffff }),
      ...(timestampMs !== undefined && { timestamp: (timestampMs * this.#ticksPerMs) % 2 ** 32 }),
    };
  }

  #readStop({ stop }: MessageFields): StreamEvent {
    const callId = (stop as MessageFields | undefined)?.[this.#words.names.callId];
    return { type: 'stop', ...(typeof callId === 'string' && { callId }) };
  }
}

/** @throws UndertoneError STREAM_MESSAGE_INVALID */
function requirePromised(start: MessageFields, { accountId, format, parameters }: MediaStreamWords['names']): void {
  readId(start[accountId], accountId);
  if (readCount(readFields(start[format], format).channels) === undefined) throw invalidMessage('names no channels');
  const { tracks } = start;
  if (!Array.isArray(tracks) || tracks.length === 0 || tracks.length > 2) throw invalidMessage('names no tracks');
  const given = Object.values(start[parameters] === undefined ? {} : readFields(start[parameters], parameters));
  const areTexts = given.every((value) => typeof value === 'string' && value.length > 0 && value.length <= 512);
  if (given.length > MOST_PARAMETERS || !areTexts) throw invalidMessage('has odd parameters, or too many');
}
