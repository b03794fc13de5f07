import { parseStrict, UndertoneError, type PluginConfig } from 'undertone';
import { z } from 'zod';

const text = z.string().trim().min(1);
const sid = (prefix: string): z.ZodString => z.string().regex(new RegExp(`^${prefix}[0-9a-fA-F]{32}$`), `must be a SID: ${prefix} and 32 digits`); // prettier-ignore
const key = z.string().regex(/^[0-9*#]$/, 'must be a key of a telephone');

/** What is told to the people in a call before it is heard. */
const noticeSchema = z.union([
  z.strictObject({ say: text, language: text.optional(), voice: text.optional() }),
  z.strictObject({ play: z.url() }),
  /** Who or what tells them instead, for the log. */
  z.strictObject({ elsewhere: text }),
]);

const dialSchema = z
  .strictObject({
    number: text.optional(),
    client: text.optional(),
    sip: text.optional(),
    queue: text.optional(),
    conference: text.optional(),
    callerId: text.optional(),
    timeout: z.int().min(5).max(600).optional(),
  })
  .refine(
    ({ number, client, sip, queue, conference }) =>
      [number, client, sip, queue, conference].filter(Boolean).length === 1,
    {
      message: 'must name one of number, client, sip, queue, conference',
    },
  );

/** What becomes of the call once it is heard. */
const stepSchema = z.union([
  z.strictObject({ dial: dialSchema }),
  z.strictObject({
    enqueue: z
      .strictObject({ name: text.optional(), workflowSid: sid('WW').optional(), waitUrl: z.url().optional() })
      .refine(({ name, workflowSid }) => (name === undefined) !== (workflowSid === undefined), {
        message: 'must have either name or workflowSid',
      }),
  }),
  z.strictObject({ redirect: z.url() }),
  z.strictObject({ say: text, language: text.optional(), voice: text.optional() }),
  z.strictObject({ pause: z.int().min(1).max(14_400) }),
]);

const kinds = (...some: ('emotion' | 'alert' | 'summary')[]) =>
  z.array(z.enum(['emotion', 'alert', 'summary'])).default(some);

/** Where annotations go; what is not named is off. */
const annotationsSchema = z.strictObject({
  /** `turns`: where a speaker's mood changes; `segments`: of every stretch of speech. */
  emotions: z.enum(['turns', 'segments']).default('turns'),
  /** How long a target may take to answer; then it is tried again. */
  timeoutMs: z.int().min(100).max(4_000).default(4_000),
  voiceSdk: z.strictObject({ kinds: kinds('emotion', 'alert') }).optional(),
  sync: z
    .strictObject({
      serviceSid: sid('IS'),
      /** How long Sync keeps a call's map, in seconds. */
      keepSeconds: z.int().min(60).max(31_536_000).default(86_400),
      kinds: kinds('emotion', 'alert', 'summary'),
    })
    .optional(),
  taskRouter: z.strictObject({ workspaceSid: sid('WS'), kinds: kinds('alert', 'summary') }).optional(),
  conversations: z.strictObject({ kinds: kinds('alert', 'summary') }).optional(),
  webhook: z.strictObject({ url: z.url(), kinds: kinds('emotion', 'alert', 'summary') }).optional(),
});

/** `plugins.twilio` of the configuration. */
export const settingsSchema = z.strictObject({
  /** Where Twilio reaches this host: `https://calls.example.org`. */
  publicUrl: z.url().optional(),
  notice: noticeSchema.nullable().default(null),
  consent: z
    .strictObject({
      /** `agree`: who presses the key is heard; `object`: who presses it is not, now and later; `nothing`: no key. */
      ask: z.enum(['nothing', 'agree', 'object']).default('nothing'),
      key: key.default('1'),
      /** How long the key is waited for after the notice, in seconds. */
      waitSeconds: z.int().min(1).max(60).default(5),
    })
    .prefault({}),
  agent: z
    .strictObject({
      /** Hear the agent too. The law of the EU forbids it at work but for medical and safety reasons. */
      hear: z.boolean().default(false),
      /** Their id and name, where a call's parameters say none. */
      speaker: text.default('agent'),
    })
    .prefault({}),
  stream: z
    .strictObject({
      /** `one-way` listens while the call goes on; `two-way` is the call, and hears the customer alone. */
      direction: z.enum(['one-way', 'two-way']).default('one-way'),
      /** Take streams of calls that other TwiML than ours answered. */
      acceptOthers: z.boolean().default(false),
      most: z.int().min(1).max(100_000).default(1_000),
      /** A stream that says nothing for so long is dead. */
      idleSeconds: z.int().min(1).max(3_600).default(30),
    })
    .prefault({}),
  then: z.array(stepSchema).default([]),
  recording: z
    .strictObject({
      /** Have Twilio record calls on two channels, and hear the recording afterwards. */
      ask: z.boolean().default(false),
      /** Leave recordings that were heard with Twilio. */
      keep: z.boolean().default(false),
      /** On which channel the customer is. */
      customerChannel: z.union([z.literal(1), z.literal(2)]).default(1),
    })
    .prefault({}),
  annotations: annotationsSchema.prefault({}),
  /** In place of Twilio's API: a proxy, or a fake. https://sync.twilio.com/v1 is asked for at <apiUrl>/sync.twilio.com/v1. */
  apiUrl: z.url().optional(),
});

export type Settings = z.output<typeof settingsSchema>;
export type SettingsInput = z.input<typeof settingsSchema>;
export type Notice = z.output<typeof noticeSchema>;
export type Step = z.output<typeof stepSchema>;

/** What Twilio knows us by. */
export interface Credentials {
  readonly accountSid: string | undefined;
  readonly authToken: string | undefined;
  /** In place of the token, for its API; the token signs webhooks in any case. */
  readonly apiKey: string | undefined;
  readonly apiSecret: string | undefined;
  /** Signs what is posted to the generic webhook. */
  readonly webhookSecret: string | undefined;
}

/** TWILIO_ACCOUNT_SID and the like. */
export function credentialsOf(config: PluginConfig): Credentials {
  return {
    accountSid: config.secret('accountSid'),
    authToken: config.secret('authToken'),
    apiKey: config.secret('apiKey'),
    apiSecret: config.secret('apiSecret'),
    webhookSecret: config.secret('webhookSecret'),
  };
}

/**
 * Checks the settings; what they promise must be possible.
 * @throws UndertoneError CONFIG_INVALID
 */
export function settingsOf(config: PluginConfig): Settings {
  const settings = parseStrict(settingsSchema, config.settings, {
    code: 'CONFIG_INVALID',
    subject: 'plugins.twilio',
    remedy: 'Correct it; plugins/twilio/README.md explains all settings.',
  });
  const publicUrl = settings.publicUrl ?? config.secret('publicUrl');
  for (const [name, url] of Object.entries({ publicUrl, apiUrl: settings.apiUrl })) {
    if (url !== undefined && !isSafe(url)) {
      throw wrong(name, 'is no https address', 'Only an address of this machine may be http.');
    }
  }
  return { ...settings, ...(publicUrl !== undefined && { publicUrl: publicUrl.replace(/\/+$/, '') }) };
}

/** What the answer to a call needs; a host that only takes streams and recordings does without. */
export function requireSteps({ then, stream }: Settings): void {
  if (then.length > 0 || stream.direction === 'two-way') return;
  throw wrong('then', 'says nothing, so that calls would be hung up', 'Say what becomes of a call: dial, enqueue, redirect, say or pause.'); // prettier-ignore
}

export function wrong(setting: string, problem: string, remedy: string): UndertoneError {
  return new UndertoneError('CONFIG_INVALID', { subject: `plugins.twilio.${setting}`, problem, remedy });
}

function isSafe(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || (protocol === 'http:' && /^(127\.[\d.]+|localhost|\[::1\])$/.test(hostname));
}
