import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encodeL16 } from 'undertone';
import { audioSocketMessage, KIND, uuidBytes } from '../asterisk/audio-socket.ts';
import type { PlayedCall, PlayedCarrier, PlayedSound } from './played-carrier.ts';
import { ask, Wire } from './wire.ts';

/** Where the plugin is, and what its owner's programs know. */
export interface AsteriskAddress {
  readonly url: string;
  /** Of AudioSocket. */
  readonly host: string;
  readonly port: number;
  readonly token?: string;
  readonly user?: string;
  readonly password?: string;
}

/** Plays `AudioSocket()` of a dialplan: announces the call, then brings 8 kHz sound. */
export class AudioSocketPlayer implements PlayedCarrier {
  readonly rateHz = 8_000;
  readonly #call: PlayedCall;
  readonly #address: AsteriskAddress;
  #socket: Socket | undefined;
  #closed: Promise<unknown> = Promise.resolve();

  constructor(call: PlayedCall, address: AsteriskAddress) {
    this.#call = call;
    this.#address = address;
  }

  get socket(): Socket | undefined {
    return this.#socket;
  }

  /** As `CURL()` of a dialplan asks. */
  async announce(): Promise<string> {
    const { url, token } = this.#address;
    const { callId, customer, line } = this.#call;
    const body = new URLSearchParams({ call: callId, customer, line }).toString();
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const headers = { 'content-type': 'application/x-www-form-urlencoded', ...authorization };
    const answer = await ask(`${url}/announce`, { headers, body });
    if (answer.status !== 200) throw new Error(`announcing a call is answered ${answer.status}`);
    return answer.body;
  }

  async connect(): Promise<boolean> {
    const uuid = await this.announce();
    const { host, port } = this.#address;
    const socket = connect(port, host);
    socket.on('error', () => undefined);
    socket.resume();
    this.#closed = new Promise((resolve) => socket.once('close', resolve));
    await once(socket, 'connect');
    socket.write(audioSocketMessage(KIND.uuid, uuidBytes(uuid)));
    this.#socket = socket;
    return true;
  }

  send({ customer }: PlayedSound): void {
    this.#socket?.write(audioSocketMessage(KIND.audio, encodeL16(customer)));
  }

  press(digit: string): Promise<void> {
    this.#socket?.write(audioSocketMessage(KIND.dtmf, Buffer.from(digit)));
    return Promise.resolve();
  }

  async hangUp(): Promise<void> {
    this.#socket?.end(audioSocketMessage(KIND.hangup));
    await this.#closed;
  }
}

/** Plays `Dial(WebSocket/...)` of a dialplan, in either of its control formats. */
export class ChanWebSocketPlayer implements PlayedCarrier {
  readonly rateHz = 16_000;
  readonly #call: PlayedCall;
  readonly #address: AsteriskAddress;
  readonly #isJson: boolean;
  #wire: Wire | undefined;

  constructor(call: PlayedCall, address: AsteriskAddress, { json = false } = {}) {
    this.#call = call;
    this.#address = address;
    this.#isJson = json;
  }

  get wire(): Wire | undefined {
    return this.#wire;
  }

  async connect(): Promise<boolean> {
    const { url, user = 'asterisk', password } = this.#address;
    const { callId, customer, line } = this.#call;
    const query = new URLSearchParams({ call: callId, customer, line });
    const basic = Buffer.from(`${user}:${password ?? ''}`).toString('base64');
    const options = password === undefined ? {} : { headers: { authorization: `Basic ${basic}` } };
    this.#wire = await Wire.open(`${url.replace(/^http/, 'ws')}/asterisk/media?${query.toString()}`, options, 'media');
    this.#say('MEDIA_START', {
      ...{ connection_id: randomUUID(), channel: 'WebSocket/undertone/0x1', channel_id: `1.${Math.random()}` },
      ...{ format: 'slin16', optimal_frame_size: 640, ptime: 20 },
    });
    return true;
  }

  send({ customer }: PlayedSound): void {
    this.#wire?.send(encodeL16(customer));
  }

  press(digit: string): Promise<void> {
    this.#say('DTMF_END', { digit, channel_id: '1.1' });
    return Promise.resolve();
  }

  async hangUp(): Promise<void> {
    await this.#wire?.close();
  }

  #say(event: string, fields: Readonly<Record<string, string | number>>): void {
    const words = Object.entries(fields).map(([name, value]) => `${name}:${value}`);
    this.#wire?.send(this.#isJson ? JSON.stringify({ event, ...fields }) : [event, ...words].join(' '));
  }
}
