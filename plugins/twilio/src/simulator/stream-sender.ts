import { once } from 'node:events';
import twilio from 'twilio';
import type { CallSide } from 'undertone';
import { WebSocket } from 'ws';
import { FRAME_MS, type CallSound } from './call-sound.ts';

/** A stream that TwiML asked for. */
export interface StreamRequest {
  readonly url: string;
  readonly accountSid: string;
  readonly callSid: string;
  readonly streamSid: string;
  readonly sides: readonly CallSide[];
  readonly parameters: Readonly<Record<string, string>>;
  /** Signs the upgrade; undefined: unsigned. */
  readonly authToken: string | undefined;
}

/** More than this unsent means that the other side is too slow; Twilio would discard, we wait. */
const MOST_UNSENT = 256 * 1024;

/** A Media Stream from Twilio's side of the socket. */
export class StreamSender {
  readonly #request: StreamRequest;
  readonly #socket: WebSocket;
  readonly #chunks = { inbound: 0, outbound: 0 };
  #sequence = 0;

  private constructor(request: StreamRequest, socket: WebSocket) {
    this.#request = request;
    this.#socket = socket;
  }

  /** @throws Error where the upgrade is refused */
  static async connect(request: StreamRequest): Promise<StreamSender> {
    const { url, authToken } = request;
    const headers = authToken === undefined ? {} : { 'x-twilio-signature': twilio.getExpectedTwilioSignature(authToken, url, {}) }; // prettier-ignore
    const socket = new WebSocket(url, { headers, perMessageDeflate: false });
    await once(socket, 'open');
    socket.on('error', () => undefined);
    const sender = new StreamSender(request, socket);
    sender.#begin();
    return sender;
  }

  /** Whether the other side still listens. */
  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Resolves when the socket is closed, to the code with which it was. */
  get closed(): Promise<number> {
    if (this.#socket.readyState === WebSocket.CLOSED) return Promise.resolve(1006);
    return once(this.#socket, 'close').then(([code]) => code as number);
  }

  /** Plays a sound, as fast as it was spoken or `speed` times as fast. @returns how many frames were sent */
  async play(sound: CallSound, { speed = 1, signal }: { speed?: number; signal?: AbortSignal } = {}): Promise<number> {
    const sides = this.#request.sides.filter((side) => sound[side]);
    const frames = Math.max(0, ...sides.map((side) => sound[side]!.length));
    const started = performance.now();
    let sent = 0;
    for (let next = 0; next < frames && this.isOpen && !signal?.aborted;) {
      const due = Math.min(frames, Math.floor(((performance.now() - started) * speed) / FRAME_MS) + 1);
      for (; next < due && this.#socket.bufferedAmount < MOST_UNSENT; next++) {
        for (const side of sides) {
          this.media(side, sound[side]![next] ?? SILENT_FRAME, next * FRAME_MS);
          sent++;
        }
      }
      await sleepUntil(started + (next * FRAME_MS) / speed);
    }
    return sent;
  }

  /** Sends one frame. */
  media(side: CallSide, payload: string, timestampMs: number): void {
    const { streamSid } = this.#request;
    // Strings are put together by hand: hundreds of calls send from one process.
    this.#socket.send(
      `{"event":"media","sequenceNumber":"${++this.#sequence}","media":{"track":"${side}","chunk":"${++this.#chunks[side]}",` +
        `"timestamp":"${timestampMs}","payload":"${payload}"},"streamSid":"${streamSid}"}`,
    );
  }

  /** Says that a key was pressed. */
  press(digit: string): void {
    this.#say({ event: 'dtmf', dtmf: { track: 'inbound_track', digit } });
  }

  /** Says that the stream is over; resolves when the other side has closed it. */
  async stop(): Promise<number> {
    const { closed } = this;
    const { accountSid, callSid } = this.#request;
    this.#say({ event: 'stop', stop: { accountSid, callSid } });
    this.#socket.close();
    return closed;
  }

  /** Goes without a word. */
  drop(): void {
    this.#socket.terminate();
  }

  #begin(): void {
    const { accountSid, callSid, streamSid, sides, parameters } = this.#request;
    this.#socket.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
    this.#say({
      event: 'start',
      start: {
        ...{ accountSid, streamSid, callSid, tracks: sides, customParameters: parameters },
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      },
    });
  }

  #say(message: object): void {
    const { streamSid } = this.#request;
    this.#socket.send(JSON.stringify({ ...message, sequenceNumber: String(++this.#sequence), streamSid }));
  }
}

const SILENT_FRAME = Buffer.alloc(160, 0xff).toString('base64');

function sleepUntil(atMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, atMs - performance.now())));
}
