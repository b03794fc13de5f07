import type { Dialect, Telephony } from './settings.ts';

/** What is typed in where. */
interface Console {
  readonly addresses: readonly string[];
  readonly steps: readonly string[];
}

const voice = (url: string, name: string, steps: readonly string[]): Console => ({
  addresses: [`POST ${url}/${name}/voice`, `POST ${url}/${name}/events`],
  steps,
});

/** Of each dialect, its addresses and the steps in the carrier's console or in the dialplan. */
export const CONSOLES: Readonly<Record<Dialect, (url: string, telephony: Telephony) => Console>> = {
  signalwire: (url) =>
    voice(url, 'signalwire', [
      'Dashboard > API Credentials: show the signing key, and set it as UNDERTONE_TELEPHONY_SIGNALWIRE_SIGNING_KEY.',
      `Dashboard > Phone Numbers > your number > Edit: handle calls using a cXML webhook, POST ${url}/signalwire/voice.`,
    ]),
  telnyx: (url) =>
    voice(url, 'telnyx', [
      'Portal > Keys & Credentials > Public Key: set it as UNDERTONE_TELEPHONY_TELNYX_PUBLIC_KEY.',
      `Portal > Voice > Programmable Voice > TeXML: a new application with the voice URL ${url}/telnyx/voice, method POST.`,
      'Portal > Numbers > your number > Voice: choose the application.',
    ]),
  plivo: (url) =>
    voice(url, 'plivo', [
      'Console > Overview: set the auth token as UNDERTONE_TELEPHONY_PLIVO_AUTH_TOKEN.',
      `Console > Voice > Applications > XML: a new application with the answer URL ${url}/plivo/voice, method POST.`,
      'Console > Phone Numbers > your number: choose the application.',
    ]),
  vonage: (url) =>
    voice(url, 'vonage', [
      'Dashboard > API settings: set the signature secret as UNDERTONE_TELEPHONY_VONAGE_SIGNATURE_SECRET.',
      `Dashboard > Applications > your application > Voice: answer URL ${url}/vonage/voice and event URL ${url}/vonage/events, both POST; use signed webhooks.`,
      'Dashboard > Numbers > your number: link the application.',
    ]),
  genesys: (url) => ({
    addresses: [`${url.replace(/^http/, 'ws')}/genesys/audiohook`],
    steps: [
      'Admin > Integrations > AudioHook Monitor > Properties: the address above as the connection URI.',
      'Its Credentials: an API key of your own and a client secret (openssl rand -base64 32); set both as UNDERTONE_TELEPHONY_GENESYS_API_KEY and UNDERTONE_TELEPHONY_GENESYS_CLIENT_SECRET.',
      'Switch the integration on: Genesys tries the connection then.',
      'Admin > Trunks: select AudioHook as the voice transcription of the trunk or flow.',
    ],
  }),
  audiosocket: (url, { settings }) => {
    const { host = '127.0.0.1', port = 8471 } = settings.audiosocket ?? {};
    return {
      addresses: [`tcp ${host}:${port}`, `POST ${url}/announce`],
      steps: [
        'Set UNDERTONE_TELEPHONY_TOKEN (openssl rand -hex 32), for Undertone and in extensions.conf.',
        'Announce the call in the dialplan by CURL(), and hand its UUID to AudioSocket(): README.md has the lines.',
      ],
    };
  },
  'chan-websocket': (url) => ({
    addresses: [`${url.replace(/^http/, 'ws')}/asterisk/media`],
    steps: [
      'Set UNDERTONE_TELEPHONY_ASTERISK_PASSWORD (openssl rand -hex 32).',
      'websocket_client.conf: a client of the address above with protocols = media and that password: README.md has the lines.',
      'Dial WebSocket/undertone/c(slin16) in the dialplan.',
    ],
  }),
};
