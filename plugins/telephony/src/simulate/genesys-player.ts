import { createHmac, randomUUID } from 'node:crypto';
import { encodeMulaw, type CallSide } from 'undertone';
import type { PlayedCall, PlayedCarrier, PlayedSound } from './played-carrier.ts';
import type { PlayerAddress } from './webhook-player.ts';
import { Wire } from './wire.ts';

const NULL_UUID = '00000000-0000-0000-0000-000000000000';
const PATH = '/genesys/audiohook';
const CHANNELS: Readonly<Record<string, CallSide>> = { external: 'inbound', internal: 'outbound' };

/** What the client signs with; undefined: unsigned. */
export interface GenesysSecrets {
  readonly apiKey: string;
  /** Base64. */
  readonly secret: string;
}

/** The headers of an upgrade request, as Genesys signs them. */
export function audioHookHeaders(
  publicUrl: string,
  secrets: GenesysSecrets | undefined,
  given: { readonly sessionId?: string; readonly nonce?: string; readonly createdS?: number } = {},
): Record<string, string> {
  const { sessionId = randomUUID(), nonce = randomUUID(), createdS = Math.floor(Date.now() / 1_000) } = given;
  const plain = {
    'audiohook-organization-id': randomUUID(),
    'audiohook-session-id': sessionId,
    'audiohook-correlation-id': randomUUID(),
  };
  if (!secrets) return plain;
  const headers = { ...plain, 'x-api-key': secrets.apiKey };
  const { host, pathname } = new URL(publicUrl + PATH);
  const values = { '@request-target': pathname, '@authority': host, ...headers };
  const names = Object.keys(values).map((name) => `"${name}"`);
  const input = `(${names.join(' ')});keyid="${secrets.apiKey}";nonce="${nonce}";alg="hmac-sha256";created=${createdS};expires=${createdS + 10}`;
  const lines = Object.entries(values).map(([name, value]) => `"${name}": ${value}`);
  const base = [...lines, `"@signature-params": ${input}`].join('\n');
  const signature = createHmac('sha256', Buffer.from(secrets.secret, 'base64')).update(base).digest('base64');
  return { ...headers, 'signature-input': `sig1=${input}`, signature: `sig1=:${signature}:` };
}

/** Plays Genesys Cloud: the client's side of AudioHook. */
export class GenesysPlayer implements PlayedCarrier {
  readonly rateHz = 8_000;
  readonly #call: PlayedCall;
  readonly #address: PlayerAddress;
  readonly #secrets: GenesysSecrets | undefined;
  readonly #id = randomUUID();
  #wire: Wire | undefined;
  #channels: readonly string[] = [];
  #seq = 0;
  #samples = 0;

  constructor(call: PlayedCall, address: PlayerAddress, secrets: GenesysSecrets | undefined) {
    this.#call = call;
    this.#address = address;
    this.#secrets = secrets;
  }

  get wire(): Wire | undefined {
    return this.#wire;
  }

  /** What the server shows the agent. */
  get entities(): unknown[] {
    return (this.#wire?.received ?? []).flatMap((text) => {
      const { type, parameters } = JSON.parse(text) as { type: string; parameters: { entities?: unknown[] } };
      return type === 'event' ? (parameters.entities ?? []) : [];
    });
  }

  async connect({ probe = false } = {}): Promise<boolean> {
    const { url, publicUrl } = this.#address;
    const headers = audioHookHeaders(publicUrl, this.#secrets, { sessionId: this.#id });
    this.#wire = await Wire.open(url.replace(/^http/, 'ws') + PATH, { headers });
    const media = [['external', 'internal'], ['external'], ['internal']].map((channels) => ({
      ...{ type: 'audio', format: 'PCMU', channels, rate: 8000 },
    }));
    this.say('open', {
      organizationId: headers['audiohook-organization-id'],
      conversationId: probe ? NULL_UUID : this.#call.callId,
      participant: {
        ...{ id: probe ? NULL_UUID : randomUUID(), ani: probe ? '' : this.#call.customer, aniName: '' },
        dnis: probe ? '' : this.#call.line,
      },
      media,
      language: 'en-US',
    });
    const opened = await this.#wire.receives((text) => text.includes('"opened"'));
    if (opened === undefined) return false;
    const { parameters } = JSON.parse(opened) as { parameters: { media: { channels: string[] }[] } };
    this.#channels = parameters.media[0]?.channels ?? [];
    return true;
  }

  send({ customer, agent }: PlayedSound): void {
    const sides = { inbound: customer, outbound: agent ?? new Float32Array(customer.length) };
    const encoded = this.#channels.map((channel) => encodeMulaw(sides[CHANNELS[channel]!]));
    const frame = Buffer.alloc(encoded.length * customer.length);
    encoded.forEach((bytes, at) => {
      bytes.forEach((byte, i) => (frame[i * encoded.length + at] = byte));
    });
    this.#samples += customer.length;
    this.#wire?.send(frame);
  }

  press(digit: string): Promise<void> {
    this.say('dtmf', { digit });
    return Promise.resolve();
  }

  async hangUp(): Promise<void> {
    this.say('close', { reason: 'end' });
    await this.#wire?.receives((text) => text.includes('"closed"'));
    await this.#wire?.close();
  }

  say(type: string, parameters: object): void {
    const serverseq = this.#wire?.received.length ?? 0;
    const position = `PT${this.#samples / this.rateHz}S`;
    const message = { version: '2', type, id: this.#id, seq: ++this.#seq, serverseq, position, parameters };
    this.#wire?.send(JSON.stringify(message));
  }
}
