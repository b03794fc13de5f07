import { parseAlertRules, type ConsentLedger, type LiveEngine } from '../live/index.ts';
import type { Store, WriteBehind } from '../store/index.ts';
import type { Access } from './access.ts';
import type { HostConfig, HostSecrets } from './config.ts';
import type { HostLog } from './host-log.ts';
import { Conversation } from './host-session.ts';
import { HttpError } from './http-error.ts';
import { pluginRecords } from './plugin-records.ts';
import type { PluginHost } from './plugin.ts';
import { requireOrigin } from './request-guards.ts';
import type { StoredVoices } from './stored-voices.ts';

/** What of a host its plugins use. */
export interface PluginHostParts {
  readonly config: HostConfig;
  readonly secrets: HostSecrets;
  readonly isInsecure: boolean;
  readonly engine: LiveEngine;
  readonly consent: ConsentLedger;
  readonly access: Access;
  readonly store: Store;
  readonly writes: WriteBehind;
  readonly voices: StoredVoices;
  /** That hears, and what it tells apart. */
  readonly model: string;
  readonly labels: readonly string[];
  readonly log: HostLog;
  readonly clock: () => number;
}

/** The host as one plugin sees it: what it opens, keeps and says is under its name. */
export function pluginHost(name: string, parts: PluginHostParts): PluginHost {
  const { config, secrets, isInsecure, engine, consent, access, store, writes, voices, model, labels, log, clock } =
    parts;
  const tagged = (level: keyof HostLog) => (message: string, facts?: Parameters<HostLog['info']>[1]) => {
    log[level](message, { ...facts, plugin: name });
  };
  return {
    openSession: (meta, rules) =>
      new Conversation(engine.openSession({ ...meta, platform: name }, rules), {
        plugin: name,
        writes,
        clock,
        knownVoice: async (subject) => (config.rememberVoices ? voices.load(subject, model) : undefined),
        log,
      }),
    hearing: {
      model: config.model,
      labels,
      consentMode: config.consent.mode,
      alertRules: parseAlertRules(config.alertRules, labels),
    },
    records: pluginRecords(name, store, writes, model, clock),
    memory: {
      get: (key) => store.memory(`${name}:${key}`),
      set: (key, value) => store.remember(`${name}:${key}`, value),
      all: async (prefix) => {
        const found = await store.memories(`${name}:${prefix}`);
        return new Map(Array.from(found, ([key, value]) => [key.slice(name.length + 1), value]));
      },
    },
    consent: {
      mayHear: (person, role, noticeGiven, mode) =>
        consent.mayHear({ ...person, platform: name }, role, { noticeGiven, ...(mode && { mode }) }),
      grant: (person, act) => consent.grant({ ...person, platform: name }, act),
      withdraw: (person, act) => consent.withdraw({ ...person, platform: name }, act),
      purge: (person, act) => consent.purge({ ...person, platform: name }, act),
    },
    refusalOf: (request, scope, token) => {
      try {
        requireOrigin(request, config.http.allowedOrigins, config.http.host);
        access.require(request, scope, token);
        return null;
      } catch (error) {
        if (error instanceof HttpError) return error.status;
        throw error;
      }
    },
    config: {
      settings: config.plugins[name] ?? {},
      secret: (secret) => secrets.pluginSecret(name, secret),
    },
    isInsecure,
    log: { info: tagged('info'), warn: tagged('warn'), error: tagged('error') },
    clock,
  };
}
