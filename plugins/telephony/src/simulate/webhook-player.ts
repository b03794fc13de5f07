import type { CallSide } from 'undertone';
import { encodeSound, type PlayedCall, type PlayedCarrier, type PlayedSound } from './played-carrier.ts';
import { ask, Wire, type WireRequest } from './wire.ts';

/** What a carrier says on the wire. */
export interface CarrierScript {
  readonly name: string;
  readonly codec: 'mulaw' | 'l16';
  readonly rateHz: number;
  /** Whether keys go by the stream; otherwise by a webhook. */
  readonly saysKeys: boolean;
  /** The webhook of a call, signed for the address that it goes to. */
  webhook(call: PlayedCall, url: string, digit?: string): WireRequest;
  start(call: PlayedCall, sides: readonly CallSide[]): readonly string[];
  media(side: CallSide, payload: Buffer, at: number): string | Buffer;
  digit(digit: string): string;
  stop(call: PlayedCall): readonly string[];
}

/** Where the server is. */
export interface PlayerAddress {
  /** Where it is reached: `http://127.0.0.1:8470/telephony`. */
  readonly url: string;
  /** What carriers call and sign. */
  readonly publicUrl: string;
}

/** Plays a carrier that asks by a webhook where the sound goes to, and brings it there. */
export class WebhookPlayer implements PlayedCarrier {
  readonly script: CarrierScript;
  readonly #call: PlayedCall;
  readonly #address: PlayerAddress;
  readonly #sides: readonly CallSide[];
  /** Packets of each side so far. */
  readonly #sent = { inbound: 0, outbound: 0 };
  #wire: Wire | undefined;

  constructor(
    script: CarrierScript,
    call: PlayedCall,
    address: PlayerAddress,
    sides: readonly CallSide[] = ['inbound'],
  ) {
    this.script = script;
    this.#call = call;
    this.#address = address;
    this.#sides = sides;
  }

  get rateHz(): number {
    return this.script.rateHz;
  }

  get wire(): Wire | undefined {
    return this.#wire;
  }

  connect(): Promise<boolean> {
    return this.#ask('voice');
  }

  /** Asks what to do with the call, and does it. */
  async #ask(route: 'voice' | 'consent', digit?: string): Promise<boolean> {
    const { url, publicUrl } = this.#address;
    const path = `/${this.script.name}/${route}`;
    const answer = await ask(url + path, this.script.webhook(this.#call, publicUrl + path, digit));
    if (answer.status !== 200) throw new Error(`${this.script.name}'s webhook is answered ${answer.status}`);
    const [, rest] = /wss?:\/\/[^\s"<]*(\/[a-z]+\/stream\/[\w-]+)/.exec(answer.body) ?? [];
    if (rest === undefined) return false;
    this.#wire = await Wire.open(url.replace(/^http/, 'ws') + rest);
    for (const message of this.script.start(this.#call, this.#sides)) this.#wire.send(message);
    return true;
  }

  send({ customer, agent }: PlayedSound): void {
    this.#send('inbound', customer);
    if (agent && this.#sides.includes('outbound')) this.#send('outbound', agent);
  }

  async press(digit: string): Promise<void> {
    if (this.script.saysKeys) this.#wire?.send(this.script.digit(digit));
    else await this.#ask('consent', digit);
  }

  async hangUp(): Promise<void> {
    for (const message of this.script.stop(this.#call)) this.#wire?.send(message);
    await this.#wire?.close();
  }

  #send(side: CallSide, sound: Float32Array): void {
    const payload = encodeSound(this.script.codec, sound);
    this.#wire?.send(this.script.media(side, payload, this.#sent[side]++));
  }
}
