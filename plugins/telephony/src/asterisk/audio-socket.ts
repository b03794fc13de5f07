import { invalidMessage, type L16RateHz, type StreamDialect, type StreamEvent } from 'undertone';

// https://docs.asterisk.org/Configuration/Channel-Drivers/AudioSocket/

/** Kinds of AudioSocket messages. */
export const KIND = { hangup: 0x00, uuid: 0x01, dtmf: 0x03, audio: 0x10, error: 0xff } as const;
/** Rates of signed linear sound, by the kind of the message: from 0x10 on. */
export const SLIN_RATES_HZ = [8_000, 12_000, 16_000, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000] as const;

const HEADER = 3;
const UUID_BYTES = 16;

/**
 * AudioSocket: messages of a kind (one byte), a length (two, the high one first) and so many bytes, cut out of what a
 * connection brings. The call's UUID comes first; sound is 16-bit linear, the low byte first. Where it throws, what follows cannot
 * be trusted either.
 */
export class AudioSocketDialect implements StreamDialect {
  #left: Uint8Array = new Uint8Array(0);
  #uuid: string | undefined;
  #rateHz: L16RateHz | undefined;

  /** The call's; undefined until it has come. */
  get uuid(): string | undefined {
    return this.#uuid;
  }

  read(chunk: Uint8Array): readonly StreamEvent[] {
    const bytes = this.#left.length === 0 ? chunk : Buffer.concat([this.#left, chunk]);
    const events: StreamEvent[] = [];
    let at = 0;
    while (bytes.length - at >= HEADER) {
      const end = at + HEADER + bytes[at + 1]! * 256 + bytes[at + 2]!;
      if (end > bytes.length) break;
      this.#take(bytes[at]!, bytes.subarray(at + HEADER, end), events);
      at = end;
    }
    // A copy, so that the chunk is not kept for its last few bytes.
    this.#left = new Uint8Array(bytes.subarray(at));
    return events;
  }

  #take(kind: number, payload: Uint8Array, events: StreamEvent[]): void {
    if (this.#uuid === undefined && kind !== KIND.uuid) throw invalidMessage('comes before the UUID');
    const rateHz = SLIN_RATES_HZ[kind - KIND.audio];
    if (rateHz) {
      this.#takeSound(rateHz, payload, events);
      return;
    }
    switch (kind) {
      case KIND.uuid:
        if (payload.length !== UUID_BYTES || this.#uuid !== undefined) throw invalidMessage('has a UUID that is none');
        this.#uuid = uuidOf(payload);
        return;
      case KIND.dtmf:
        events.push(digitIn(payload));
        return;
      case KIND.hangup:
      case KIND.error:
        events.push({ type: 'stop' });
        return;
      default:
        // Kinds to come must not end calls.
        events.push({ type: 'other' });
    }
  }

  #takeSound(rateHz: L16RateHz, payload: Uint8Array, events: StreamEvent[]): void {
    const id = this.#uuid!;
    if (this.#rateHz === undefined) {
      this.#rateHz = rateHz;
      const format = { codec: 'l16', sampleRateHz: rateHz } as const;
      events.push({ type: 'start', streamId: id, callId: id, sides: ['inbound'], format, parameters: {} });
    }
    // Another rate in the middle of a call is no sound of this stream.
    if (rateHz !== this.#rateHz || payload.length === 0 || payload.length % 2 !== 0) events.push({ type: 'other' });
    else events.push({ type: 'media', streamId: id, side: 'inbound', payload });
  }
}

/** A digit that is no key costs itself alone. */
function digitIn(payload: Uint8Array): StreamEvent {
  const digit = String.fromCharCode(payload[0] ?? 0);
  return payload.length === 1 && /^[0-9*#A-D]$/.test(digit) ? { type: 'dtmf', digit } : { type: 'other' };
}

function uuidOf(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** A message of AudioSocket. */
export function audioSocketMessage(kind: number, payload: Uint8Array = new Uint8Array(0)): Buffer {
  return Buffer.concat([Buffer.from([kind, payload.length >> 8, payload.length & 0xff]), payload]);
}

/** The 16 bytes of a UUID. */
export const uuidBytes = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');
