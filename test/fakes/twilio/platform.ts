// Twilio as the contract suite drives it: signed webhooks, and the messages of a media stream on a real socket.
import { once } from 'node:events';
import twilio from 'twilio';
import { WebSocket } from 'ws';
import { twilioPlugin } from '../../../plugins/twilio/src/index.ts';
import { newSid } from '../../../plugins/twilio/src/simulator/simulated-call.ts';
import type { PluginDriver } from '../../contract/plugin-contract.ts';
import { startReceiver } from '../../helpers/receiver.ts';
import { syntheticSpeech } from './speech.ts';
import { CUSTOMER, LINE } from './start.ts';

/** What Twilio calls, and signs. */
const PUBLIC = 'https://calls.example.org';
const TOKEN = 'a'.repeat(32);
const ACCOUNT = newSid('AC');
const MEDIA_FORMAT = { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 };
const KEY = '1';
/** Two stretches of speech, of two seconds each. */
const SPEECH = syntheticSpeech(2);

const signed = (url: string, form: Record<string, string> = {}): Record<string, string> => ({
  'x-twilio-signature': twilio.getExpectedTwilioSignature(TOKEN, url, form),
});

/** A customer's call, from Twilio's side. */
class CarriedCall {
  readonly #base: string;
  readonly #callSid = newSid('CA');
  readonly #streamSid = newSid('MZ');
  #socket: WebSocket | undefined;
  #frames = 0;

  constructor(base: string) {
    this.#base = base;
  }

  /** Asks what to do, and streams where the answer says so. */
  async ask(route: 'voice' | 'consent' | 'status', more: Record<string, string> = {}): Promise<void> {
    const form = {
      CallSid: this.#callSid,
      AccountSid: ACCOUNT,
      From: CUSTOMER,
      To: LINE,
      Direction: 'inbound',
      ...more,
    };
    const headers = signed(`${PUBLIC}/twilio/${route}`, form);
    const answer = await fetch(`${this.#base}/${route}`, { method: 'POST', body: new URLSearchParams(form), headers });
    const isWanted = (await answer.text()).includes('<Stream ');
    if (isWanted && !this.#socket) await this.#stream();
  }

  /** Speaks, where the sound is wanted; resolves once all is read. */
  async talk(): Promise<void> {
    for (const payload of SPEECH) {
      const [chunk, timestamp] = [`${this.#frames + 1}`, `${20 * this.#frames++}`];
      this.say('media', { media: { track: 'inbound', chunk, timestamp, payload } });
    }
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.ping();
    await Promise.race([once(this.#socket, 'pong'), once(this.#socket, 'close')]);
  }

  say(event: string, more: object): void {
    this.send(JSON.stringify({ event, sequenceNumber: '1', streamSid: this.#streamSid, ...more }));
  }

  send(message: string | Uint8Array): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(message);
  }

  async hangUp(): Promise<void> {
    const closed = this.#socket && once(this.#socket, 'close');
    this.say('stop', { stop: { accountSid: ACCOUNT, callSid: this.#callSid } });
    await closed;
    await this.ask('status', { CallStatus: 'completed' });
  }

  async #stream(): Promise<void> {
    const url = `${this.#base.replace('http', 'ws')}/stream`;
    this.#socket = new WebSocket(url, { headers: signed(`${PUBLIC.replace('http', 'ws')}/twilio/stream`) });
    this.#socket.on('error', () => undefined);
    await once(this.#socket, 'open');
    this.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
    const ids = { accountSid: ACCOUNT, callSid: this.#callSid, streamSid: this.#streamSid };
    this.say('start', { start: { ...ids, tracks: ['inbound'], customParameters: {}, mediaFormat: MEDIA_FORMAT } });
  }
}

/** A host that asks its callers for a key, and posts all that it hears. */
export async function twilioPlatform(): Promise<PluginDriver> {
  const receiver = await startReceiver();
  let base = '';
  let call: CarriedCall | undefined;
  return {
    plugin: twilioPlugin(),
    settings: {
      ...{ publicUrl: PUBLIC, notice: { say: 'Press one to let us hear how you sound.' }, then: [{ pause: 60 }] },
      ...{ consent: { ask: 'agree', key: KEY }, annotations: { emotions: 'segments', webhook: { url: receiver.url } } },
    },
    secrets: { TWILIO_ACCOUNT_SID: ACCOUNT, TWILIO_AUTH_TOKEN: TOKEN, TWILIO_WEBHOOK_SECRET: 's'.repeat(32) },
    person: { speaker: CUSTOMER },
    connect: (url) => void (base = `${url}/plugins/twilio`),
    async join() {
      call = new CarriedCall(base);
      await call.ask('voice', { CallStatus: 'ringing' });
    },
    consent: () => call!.ask('consent', { Digits: KEY }),
    talk: () => call!.talk(),
    sendGarbage() {
      const odd = [{ payload: '***' }, { payload: '' }, { track: 'both' }, { chunk: '-1' }, { timestamp: 'now' }];
      for (const media of odd) call!.say('media', { media: { chunk: '1', timestamp: '0', payload: '/w==', ...media } });
      for (const message of ['{"event":', '[]', '{"event":"song"}', Buffer.from([0xff, 0xfe])]) call!.send(message);
      call!.send(JSON.stringify({ event: 'media', streamSid: 'another', media: { chunk: '1', timestamp: '0', payload: '/w==' } })); // prettier-ignore
      return Promise.resolve();
    },
    leave: () => call!.hangUp(),
    posted: () => [...receiver.posts.values()],
    refusedRequests: [
      { what: 'no signature', method: 'POST', path: '/voice', status: 403 },
      { what: 'a wrong one', method: 'POST', path: '/voice', headers: signed('https://evil.example'), body: 'CallSid=1', status: 403 }, // prettier-ignore
      { what: 'another place', path: '/', status: 404 },
    ],
    refusedUpgrades: [
      { what: 'no signature', path: '/stream', status: 401 },
      { what: 'that of another place', path: '/stream', headers: signed(`${PUBLIC}/twilio/other`), status: 401 },
      { what: 'another origin', path: '/stream', headers: { origin: 'https://evil.example' }, status: 403 },
    ],
    close: () => {
      receiver.close();
    },
  };
}
