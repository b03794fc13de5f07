import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { UndertoneError } from '../errors.ts';
import { alertRuleSchema, consentSettingsSchema, DEFAULT_ALERT_RULES } from '../live/index.ts';
import { parseStrict } from '../validation.ts';
import { isNet } from './client-address.ts';
import { refuseSecrets, variableOf } from './config-secrets.ts';

const days = z.number().positive().nullable();

/** The configuration file; config/README.md explains each setting. */
export const hostConfigSchema = z.strictObject({
  model: z.string().min(1).default('default'),
  /** Threads that decode and hear. */
  threads: z.int().min(1).max(64).default(1),
  /** Predictions with less confidence are `uncertain`, 0..1; null: as the model says. */
  abstainBelow: z.number().min(0).max(1).nullable().default(null),
  /** Leave out what is sound but no speech: music, noise, tones. */
  voiceCheck: z.boolean().default(true),
  consent: consentSettingsSchema.prefault({}),
  alertRules: z.array(alertRuleSchema).default([...alertRules()]),
  /** Keep what is known of a voice for conversations to come, under the speaker's consent. */
  rememberVoices: z.boolean().default(true),
  store: z
    .strictObject({
      /** The SQLite file, where no DATABASE_URL is set. */
      path: z.string().min(1).default('data/undertone.db'),
      /** Days for which things are kept; null: for ever. */
      retentionDays: z
        .strictObject({
          sessions: days.default(365),
          segments: days.default(90),
          alerts: days.default(365),
          annotations: days.default(30),
          voices: days.default(180),
          consent: days.default(null),
        })
        .prefault({}),
    })
    .prefault({}),
  http: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      /** 0: any free one. */
      port: z.int().min(0).max(65_535).default(8470),
      /** Origins of web pages that may ask, as browsers say them: `https://example.org`. */
      allowedOrigins: z.array(z.url()).default([]),
      requestsPerMinute: z.int().min(1).default(600),
      /** Addresses of proxies, and nets of them, whose X-Forwarded-For says who asks. */
      trustedProxies: z.array(z.string().refine(isNet, 'must be an address, or a net as 10.0.0.0/8')).default([]),
      largestBodyKiB: z.int().min(1).max(102_400).default(256),
      headersMs: z.int().min(100).default(10_000),
      requestMs: z.int().min(100).default(30_000),
      /** A plugin must begin to answer within. */
      pluginMs: z.int().min(100).default(30_000),
      heartbeatMs: z.int().min(100).default(15_000),
      /** Live event streams that may be open at once. */
      mostStreams: z.int().min(1).default(200),
    })
    .prefault({}),
  /** How long sessions, plugins and the store may take to end. */
  drainMs: z.int().min(0).default(15_000),
  /** Each plugin's own settings, by its name. */
  plugins: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
});

/** DEFAULT_ALERT_RULES with their own defaults filled in. */
function alertRules(): z.output<typeof alertRuleSchema>[] {
  return DEFAULT_ALERT_RULES.map((rule) => alertRuleSchema.parse(rule));
}

export type HostConfig = z.output<typeof hostConfigSchema>;
export type HostConfigInput = z.input<typeof hostConfigSchema>;

/** What may be in the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What comes from the environment alone. */
export interface HostSecrets {
  /** Of a PostgreSQL database, with its password. */
  readonly databaseUrl?: string;
  /** Tokens of the API. Several of one kind let a new one take over before the old one goes. */
  readonly tokens: Readonly<Record<'viewer' | 'moderator' | 'admin', readonly string[]>>;
  /** `UNDERTONE_<PLUGIN>_<NAME>`, else `<PLUGIN>_<NAME>`. */
  pluginSecret(plugin: string, name: string): string | undefined;
}

/** A configuration whole. */
export interface LoadedConfig {
  readonly config: HostConfig;
  readonly secrets: HostSecrets;
}

/** Tokens that are shorter can be guessed. */
const SHORTEST_TOKEN = 24;

/** Where the configuration is unless somebody says so. */
export const defaultConfigPath = (): string => fileURLToPath(new URL('../../config/undertone.json', import.meta.url));

/**
 * Reads a configuration file, with what the environment says on top.
 * @throws UndertoneError CONFIG_INVALID
 */
export async function loadConfig(path: string, environment: Environment): Promise<LoadedConfig> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    // What JSON.parse says quotes the file, which may hold a secret.
    const problem = cause instanceof SyntaxError ? 'is no JSON' : 'cannot be read';
    throw new UndertoneError('CONFIG_INVALID', {
      subject: path,
      problem,
      remedy: 'config/README.md in the package explains the file; an empty one is {}.',
    });
  }
  return parseConfig(value, environment, path);
}

/**
 * Checks a configuration strictly and fills in its defaults.
 * @throws UndertoneError CONFIG_INVALID that names the setting; for a secret in it, the variable that it belongs into
 */
export function parseConfig(value: unknown, environment: Environment, subject = 'configuration'): LoadedConfig {
  refuseSecrets(value, subject);
  const parsed = parseStrict(hostConfigSchema, value, {
    code: 'CONFIG_INVALID',
    subject,
    remedy: 'Correct it; config/README.md explains all settings.',
  });
  const { UNDERTONE_HOST: host, UNDERTONE_PORT: port, DATABASE_URL: databaseUrl } = environment;
  const http = { ...parsed.http, ...(host && { host }), ...(port && { port: portOf(port) }) };
  const tokens = {
    viewer: tokensIn(environment, 'UNDERTONE_VIEWER_TOKEN'),
    moderator: tokensIn(environment, 'UNDERTONE_MODERATOR_TOKEN'),
    admin: tokensIn(environment, 'UNDERTONE_ADMIN_TOKEN'),
  };
  if (Object.values(tokens).flat().length === 0 && !isLoopback(http.host)) {
    throw new UndertoneError('CONFIG_INVALID', {
      subject: `http.host ${http.host}`,
      problem: 'can be reached from other machines, but there is no token',
      remedy: 'Set UNDERTONE_ADMIN_TOKEN (openssl rand -hex 32), or listen on 127.0.0.1.',
    });
  }
  const secrets = {
    ...(databaseUrl && { databaseUrl }),
    tokens,
    pluginSecret: (plugin: string, name: string) =>
      environment[variableOf('UNDERTONE', plugin, name)] ?? environment[variableOf(plugin, name)],
  };
  return { config: { ...parsed, http }, secrets };
}

/** A configuration for people to read: secrets are only said to be there. */
export function describeConfig({ config, secrets }: LoadedConfig): Record<string, unknown> {
  const { viewer, moderator, admin } = secrets.tokens;
  return {
    ...config,
    environment: {
      DATABASE_URL: secrets.databaseUrl === undefined ? 'not set' : 'set',
      UNDERTONE_VIEWER_TOKEN: `${viewer.length} set`,
      UNDERTONE_MODERATOR_TOKEN: `${moderator.length} set`,
      UNDERTONE_ADMIN_TOKEN: `${admin.length} set`,
    },
  };
}

/** Whether only this machine reaches what listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new UndertoneError('CONFIG_INVALID', {
    subject: 'UNDERTONE_PORT',
    problem: 'is no port',
    remedy: 'It is a number of 0..65535.',
  });
}

function tokensIn(environment: Environment, variable: string): string[] {
  const tokens = (environment[variable] ?? '').split(',').filter((token) => token !== '');
  if (tokens.every((token) => token.length >= SHORTEST_TOKEN && /^[\x21-\x7e]+$/.test(token))) return tokens;
  throw new UndertoneError('CONFIG_INVALID', {
    subject: variable,
    problem: `has a token that is shorter than ${SHORTEST_TOKEN} characters, or has spaces in it`,
    remedy: 'Make one by: openssl rand -hex 32. Several are separated by commas.',
  });
}
