// Each dialect as the contract suite drives it: a carrier that is played, on real sockets.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PluginDriver, Refusal } from '../../../../test/contract/plugin-contract.ts';
import { startReceiver } from '../../../../test/helpers/receiver.ts';
import { buzz, whiteNoise } from '../../../../test/helpers/signals.ts';
import type { Dialect } from '../../src/settings.ts';
import { AudioSocketPlayer, ChanWebSocketPlayer } from '../../src/simulate/asterisk-players.ts';
import { GenesysPlayer } from '../../src/simulate/genesys-player.ts';
import { play, type PlayedCall, type PlayedCarrier } from '../../src/simulate/played-carrier.ts';
import { plivoScript, signalwireScript, telnyxScript, vonageScript } from '../../src/simulate/scripts.ts';
import { WebhookPlayer, type CarrierScript } from '../../src/simulate/webhook-player.ts';
import { createTelephonyPlugin, type TelephonyPlugin } from '../../src/telephony-plugin.ts';

export const PUBLIC_URL = 'https://voice.example.org/telephony';
export const CUSTOMER = '+15550001111';
export const LINE = '+15559990000';
/** A call that is not open by then is not to be heard; or its carrier speaks again. */
const OPENING_MS = 150;
const keys = generateKeyPairSync('ed25519');

/** What the carriers and the plugin know of each other. */
export const KEYS = {
  signalwire: 'PSK_signing',
  telnyx: keys.privateKey,
  telnyxPublic: Buffer.from(keys.publicKey.export({ format: 'jwk' }).x!, 'base64url').toString('base64'),
  plivo: 'plivo-auth-token',
  vonage: 'vonage-signature-secret',
  genesys: { apiKey: 'genesys-api-key', secret: Buffer.from('a client secret of thirty-two b.').toString('base64') },
  asterisk: 'asterisk-password',
  token: 't'.repeat(32),
  webhook: 'w'.repeat(32),
};

export const SECRETS = {
  UNDERTONE_TELEPHONY_SIGNALWIRE_SIGNING_KEY: KEYS.signalwire,
  UNDERTONE_TELEPHONY_TELNYX_PUBLIC_KEY: KEYS.telnyxPublic,
  UNDERTONE_TELEPHONY_PLIVO_AUTH_TOKEN: KEYS.plivo,
  UNDERTONE_TELEPHONY_VONAGE_SIGNATURE_SECRET: KEYS.vonage,
  UNDERTONE_TELEPHONY_GENESYS_API_KEY: KEYS.genesys.apiKey,
  UNDERTONE_TELEPHONY_GENESYS_CLIENT_SECRET: KEYS.genesys.secret,
  UNDERTONE_TELEPHONY_ASTERISK_PASSWORD: KEYS.asterisk,
  UNDERTONE_TELEPHONY_TOKEN: KEYS.token,
  UNDERTONE_TELEPHONY_WEBHOOK_SECRET: KEYS.webhook,
} as const;

/** Everything that is served, with keys 1 and 9. */
export const ALL_SETTINGS = {
  publicUrl: PUBLIC_URL,
  notice: { say: 'Press one to let us hear how you sound.' },
  keys: { consent: '1', withdraw: '9', forget: '0' },
  signalwire: {},
  telnyx: {},
  plivo: {},
  vonage: {},
  genesys: { notice: 'elsewhere' },
  audiosocket: { port: 0, notice: 'elsewhere' },
  'chan-websocket': { notice: 'elsewhere' },
} as const;

export const newCall = (): PlayedCall => ({ callId: randomUUID(), customer: CUSTOMER, line: LINE });

/** A voice of three seconds after a pause, at 16 kHz. */
export function voice(seconds = 3, pitchHz = 160): Float32Array {
  const rate = 16_000;
  const sound = whiteNoise((seconds + 1.6) * rate, pitchHz, 1e-4);
  buzz(seconds, rate, { pitchHz }).forEach((sample, at) => (sound[at + 0.6 * rate]! += sample));
  return sound;
}

/** The carrier of a dialect, against a plugin that runs. */
export function player(dialect: Dialect, call: PlayedCall, url: string, plugin: TelephonyPlugin): PlayedCarrier {
  const scripts: Partial<Record<Dialect, () => CarrierScript>> = {
    signalwire: () => signalwireScript(KEYS.signalwire),
    telnyx: () => telnyxScript(KEYS.telnyx),
    plivo: () => plivoScript(KEYS.plivo),
    vonage: () => vonageScript(KEYS.vonage),
  };
  const script = scripts[dialect]?.();
  if (script) return new WebhookPlayer(script, call, { url, publicUrl: PUBLIC_URL });
  if (dialect === 'genesys') return new GenesysPlayer(call, { url, publicUrl: PUBLIC_URL }, KEYS.genesys);
  const address = {
    ...{ url, host: '127.0.0.1', port: plugin.audioSocketPort ?? 0 },
    ...{ token: KEYS.token, password: KEYS.asterisk },
  };
  if (dialect === 'audiosocket') return new AudioSocketPlayer(call, address);
  return new ChanWebSocketPlayer(call, address);
}

/** Resolves once the plugin has taken all that was sent. */
async function taken(carrier: PlayedCarrier): Promise<void> {
  // AudioSocket answers nothing that one could wait for.
  if (carrier instanceof AudioSocketPlayer) await sleep(200);
  else await (carrier as WebhookPlayer | GenesysPlayer | ChanWebSocketPlayer).wire?.taken();
}

/** A moment of silence, in which the call is opened where it may be: what comes before that is dropped. */
async function speaksUp(carrier: PlayedCarrier, isOpen: () => boolean): Promise<void> {
  carrier.send({ customer: new Float32Array(carrier.rateHz / 50) });
  for (let waited = 0; waited < OPENING_MS && !isOpen(); waited += 10) await sleep(10);
}

/** What is no sound, as each dialect would bring it. */
function garbage(carrier: PlayedCarrier): void {
  const broken = [Buffer.from('{"event":'), Buffer.from([0xff, 0xfe]), Buffer.alloc(3)];
  if (carrier instanceof AudioSocketPlayer) {
    // Odd lengths, an unknown kind, a key that is none.
    for (const hex of ['100003010203', '770001aa', '03000158', '100000'])
      carrier.socket?.write(Buffer.from(hex, 'hex'));
    return;
  }
  if (carrier instanceof GenesysPlayer) {
    // Whoever breaks the rules of AudioHook is asked to go: a message that is none of them would end the session.
    carrier.say('something-new', {});
    return;
  }
  const { wire } = carrier as WebhookPlayer | ChanWebSocketPlayer;
  for (const bytes of broken) wire?.send(bytes);
  wire?.send('{"event":"media"}');
  wire?.send(JSON.stringify({ event: 'media', streamSid: 'x', stream_id: 'x', streamId: 'x', media: { track: 'inbound', payload: 'AAAA' } })); // prettier-ignore
  wire?.send(JSON.stringify({ event: 'media', media: { payload: '***' } }));
}

const PATHS: Readonly<Partial<Record<Dialect, string>>> = {
  signalwire: '/signalwire/voice',
  telnyx: '/telnyx/voice',
  plivo: '/plivo/voice',
  vonage: '/vonage/voice',
};

function refusedRequests(dialect: Dialect): Refusal[] {
  const path = PATHS[dialect];
  if (path === undefined) {
    return [
      { what: 'no token', method: 'POST', path: '/announce', status: 401 },
      { what: 'a wrong token', method: 'POST', path: '/announce', headers: { authorization: 'Bearer x' }, status: 401 },
    ];
  }
  const wrong = {
    'x-signalwire-signature': 'AAAA',
    'telnyx-signature-ed25519': 'AAAA',
    'telnyx-timestamp': String(Math.floor(Date.now() / 1000)),
    'x-plivo-signature-v3': 'AAAA',
    'x-plivo-signature-v3-nonce': '1',
    authorization: 'Bearer a.b.c',
  };
  return [
    { what: 'no signature', method: 'POST', path, status: 403 },
    { what: 'a wrong one', method: 'POST', path, headers: wrong, body: 'CallSid=1', status: 403 },
    { what: 'another place', path: '/', status: 404 },
  ];
}

const UPGRADES: Readonly<Record<Dialect, string | undefined>> = {
  signalwire: `/signalwire/stream/${randomUUID()}`,
  telnyx: `/telnyx/stream/${randomUUID()}`,
  plivo: `/plivo/stream/${randomUUID()}`,
  vonage: `/vonage/stream/${randomUUID()}`,
  genesys: '/genesys/audiohook',
  audiosocket: undefined,
  'chan-websocket': '/asterisk/media?call=1',
};

/** How the contract suite drives a dialect. */
export async function driver(dialect: Dialect): Promise<PluginDriver> {
  const plugin = createTelephonyPlugin();
  const receiver = await startReceiver();
  const webhook = { url: receiver.url };
  let base = '';
  let tracks = (): number => 0;
  let tracksBefore = 0;
  let carrier: PlayedCarrier | undefined;
  let isBrought = false;
  const upgrade = UPGRADES[dialect];
  return {
    plugin,
    settings: { ...ALL_SETTINGS, webhook },
    secrets: SECRETS,
    person: { speaker: CUSTOMER },
    connect(url, tracksOfPlugin) {
      base = `${url}/plugins/telephony`;
      tracks = tracksOfPlugin;
    },
    async join() {
      tracksBefore = tracks();
      carrier = player(dialect, newCall(), base, plugin);
      isBrought = await carrier.connect();
    },
    async consent() {
      await carrier!.press('1');
      isBrought = true;
    },
    async talk() {
      if (isBrought) {
        await speaksUp(carrier!, () => tracks() > tracksBefore);
        await play(carrier!, [voice()], 16_000, { speed: 100 });
      }
      await taken(carrier!);
    },
    sendGarbage() {
      garbage(carrier!);
      return Promise.resolve();
    },
    ...(dialect !== 'signalwire' && {
      withdraw: async () => {
        await carrier!.press('9');
        await taken(carrier!);
      },
    }),
    leave: () => carrier!.hangUp(),
    posted: () => [...receiver.posts.values()],
    refusedRequests: refusedRequests(dialect),
    refusedUpgrades: upgrade === undefined ? [] : [
      { what: 'nothing that proves anything', path: upgrade, status: 401 },
      { what: 'another origin', path: upgrade, headers: { origin: 'https://evil.example' }, status: 403 },
    ], // prettier-ignore
    close: () => {
      receiver.close();
    },
  };
}
