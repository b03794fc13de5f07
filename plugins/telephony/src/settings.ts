import { parseStrict, UndertoneError, type PluginConfig } from 'undertone';
import { z } from 'zod';

/** Dialects, by the name of who speaks them. */
export const DIALECTS = [
  'signalwire',
  'telnyx',
  'plivo',
  'vonage',
  'genesys',
  'audiosocket',
  'chan-websocket',
] as const;
export type Dialect = (typeof DIALECTS)[number];

/** How those who take part are told: `elsewhere` means that the line's own announcement tells them. */
const told = { notice: z.literal('elsewhere').optional() };
/** What happens to the call beside: the carrier's own markup, put after the stream. */
const markup = { ...told, then: z.string().min(1).optional() };
const key = z.string().regex(/^[0-9*#A-D]$/, 'is no key of a telephone');
const port = z.int().min(0).max(65_535);

/** `plugins.telephony` of the configuration; README.md explains each setting. */
const settingsSchema = z.strictObject({
  /** Where carriers reach this plugin: `https://voice.example.org/telephony`. Signatures are made over it. */
  publicUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** Spoken to whoever calls, before anything is heard. */
  notice: z.strictObject({ say: z.string().min(1), language: z.string().min(2).default('en-US') }).optional(),
  /** What keys do while a call is heard: consent, withdraw, have all data deleted. */
  keys: z.strictObject({ consent: key.optional(), withdraw: key.optional(), forget: key.optional() }).prefault({}),
  /** Hear the agent's side too; only where the host's consent settings allow employees. */
  hearAgents: z.boolean().default(false),
  /** Calls that may be heard at once. */
  mostCalls: z.int().min(1).default(500),
  /** Where what is heard is posted, signed. */
  webhook: z.strictObject({ url: z.url({ protocol: /^https?$/ }) }).optional(),
  /** Take carriers without their secrets, from this machine alone: to try things out. */
  insecure: z.boolean().default(false),
  signalwire: z.strictObject(markup).optional(),
  telnyx: z.strictObject(markup).optional(),
  plivo: z.strictObject(markup).optional(),
  vonage: z
    .strictObject({
      ...told,
      then: z.array(z.record(z.string(), z.unknown())).optional(),
      sampleRateHz: z.union([z.literal(8_000), z.literal(16_000), z.literal(24_000)]).default(16_000),
    })
    .optional(),
  genesys: z.strictObject(told).optional(),
  audiosocket: z
    .strictObject({
      ...told,
      host: z.string().min(1).default('127.0.0.1'),
      port: port.default(8471),
      /** Addresses from which calls are taken that nobody has announced. */
      allow: z.array(z.union([z.ipv4(), z.ipv6()])).default([]),
    })
    .optional(),
  'chan-websocket': z
    .strictObject({
      ...told,
      user: z.string().min(1).default('asterisk'),
      /** Where Asterisk takes WebSockets itself: `ws://127.0.0.1:8088/media`. */
      mediaUrl: z.url({ protocol: /^wss?$/ }).optional(),
    })
    .optional(),
});

export type TelephonySettings = z.output<typeof settingsSchema>;

/** Secrets of the environment: `UNDERTONE_TELEPHONY_<NAME>`. */
export const SECRETS = {
  signalwire: ['signalwireSigningKey'],
  telnyx: ['telnyxPublicKey'],
  plivo: ['plivoAuthToken'],
  vonage: ['vonageSignatureSecret'],
  genesys: ['genesysApiKey', 'genesysClientSecret'],
  // Calls are announced with the plugin's own token.
  audiosocket: ['token'],
  'chan-websocket': ['asteriskPassword'],
} as const satisfies Record<Dialect, readonly string[]>;

export type SecretName = (typeof SECRETS)[Dialect][number] | 'webhookSecret';

/** The settings with the secrets that go with them. */
export interface Telephony {
  readonly settings: TelephonySettings;
  /** The dialects that are served. */
  readonly dialects: readonly Dialect[];
  /** Where carriers reach the plugin, without a slash at its end. */
  readonly publicUrl: string;
  readonly secret: (name: SecretName) => string | undefined;
}

/** The secrets that a dialect lacks. */
export function missingSecrets({ settings, secret }: Telephony, dialect: Dialect): SecretName[] {
  const isAddressList = dialect === 'audiosocket' && (settings.audiosocket?.allow.length ?? 0) > 0;
  return isAddressList ? [] : SECRETS[dialect].filter((name) => secret(name) === undefined);
}

export const variableOf = (secret: SecretName): string =>
  `UNDERTONE_TELEPHONY_${secret.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()}`;

/**
 * Reads what a configuration says to this plugin.
 * @throws UndertoneError CONFIG_INVALID
 */
export function readSettings(config: PluginConfig): Telephony {
  const settings = parseStrict(settingsSchema, config.settings, {
    code: 'CONFIG_INVALID',
    subject: 'plugins.telephony',
    remedy: 'Correct it; the README of the plugin explains all.',
  });
  return {
    settings,
    dialects: DIALECTS.filter((name) => settings[name] !== undefined),
    publicUrl: (settings.publicUrl ?? 'http://127.0.0.1:8470/telephony').replace(/\/+$/, ''),
    // A variable that is set to nothing is not set.
    secret: (name) => (config.secret(name) === '' ? undefined : config.secret(name)),
  };
}

/**
 * Refuses to serve whom nobody could verify.
 * @throws UndertoneError CONFIG_INVALID that names the variable
 */
export function requireSecrets(telephony: Telephony): void {
  const { settings, dialects, secret } = telephony;
  if (settings.webhook && secret('webhookSecret') === undefined) {
    const remedy = `Set ${variableOf('webhookSecret')} (openssl rand -hex 32).`;
    throw invalid('plugins.telephony.webhook', 'has no secret to sign with', remedy);
  }
  for (const dialect of dialects) {
    const subject = `plugins.telephony.${dialect}`;
    const [missing] = missingSecrets(telephony, dialect);
    if (missing !== undefined && !settings.insecure) {
      const remedy = `Set ${variableOf(missing)}; to try it on this machine alone, "insecure": true.`;
      throw invalid(subject, 'has no secret, so that nobody could be verified', remedy);
    }
    const isSigned = dialect !== 'audiosocket' && dialect !== 'chan-websocket';
    if (isSigned && settings.publicUrl === undefined && !settings.insecure) {
      throw invalid(subject, 'needs publicUrl, for carriers sign the address that they call', 'Set publicUrl.');
    }
  }
}

function invalid(subject: string, problem: string, remedy: string): UndertoneError {
  return new UndertoneError('CONFIG_INVALID', { subject, problem, remedy });
}
