import {
  invalidMessage,
  NOTHING_TO_DO,
  readDigit,
  readId,
  readMessage,
  readParameters,
  type L16RateHz,
  type MessageFields,
  type StreamDialect,
  type StreamEvent,
  type TrackFormat,
} from 'undertone';

// https://docs.asterisk.org/Configuration/Channel-Drivers/WebSocket/

/** Asterisk's names of signed linear sound, and their rates. */
const SLIN: Readonly<Record<string, L16RateHz>> = {
  slin: 8_000,
  slin12: 12_000,
  slin16: 16_000,
  slin24: 24_000,
  slin32: 32_000,
  slin44: 44_100,
  slin48: 48_000,
  slin96: 96_000,
  slin192: 192_000,
};

/**
 * Asterisk's chan_websocket: sound in binary messages, control in texts. A text is a word with `name:value` behind it, or a
 * JSON object, as `control_message_format` says.
 */
export class ChanWebSocketDialect implements StreamDialect {
  #streamId: string | undefined;

  read(message: Uint8Array, isBinary: boolean): readonly StreamEvent[] {
    if (isBinary) {
      if (this.#streamId === undefined) throw invalidMessage('brings sound before MEDIA_START');
      return [{ type: 'media', streamId: this.#streamId, side: 'inbound', payload: message }];
    }
    const control = readControl(message);
    switch (control.event) {
      case 'MEDIA_START':
        return [this.#readStart(control)];
      case 'DTMF_END':
        return [readDigit(control.digit)];
      // What is about sound that one sends oneself, and what newer releases may say.
      default:
        return NOTHING_TO_DO;
    }
  }

  #readStart(control: MessageFields): StreamEvent {
    // `channel_id` came after `connection_id`, which alone names a call where Asterisk is connected to.
    const streamId = readId(control.channel_id ?? control.connection_id, 'channel_id');
    const format = formatOf(control.format);
    this.#streamId = streamId;
    const parameters = readParameters(control.channel_variables);
    return { type: 'start', streamId, callId: streamId, sides: ['inbound'], format, parameters };
  }
}

function readControl(message: Uint8Array): MessageFields {
  if (message[0] === 0x7b) return readMessage(message, false);
  const [event = '', ...words] = Buffer.from(message).toString().split(' ');
  if (!/^[A-Z][A-Z_]{1,40}$/.test(event)) throw invalidMessage('is neither a control word nor JSON');
  const pairs = words.map((word) => {
    const at = word.indexOf(':');
    return [word.slice(0, at), word.slice(at + 1)] as const;
  });
  return { ...Object.fromEntries(pairs), event };
}

function formatOf(name: unknown): TrackFormat {
  const rate = typeof name === 'string' && Object.hasOwn(SLIN, name) ? SLIN[name] : undefined;
  if (rate) return { codec: 'l16', sampleRateHz: rate };
  if (name === 'ulaw') return { codec: 'mulaw' };
  if (name === 'alaw') return { codec: 'alaw' };
  if (name === 'opus') return { codec: 'opus' };
  throw invalidMessage(
    'begins a stream in a format that is neither slin, ulaw, alaw nor opus: set c(slin16) where it is dialled',
  );
}
