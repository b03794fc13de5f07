import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { UndertoneError } from '../errors.ts';
import type {
  Annotation,
  ConsentAct,
  ConsentSubject,
  ConsentVerdict,
  LiveSession,
  PurgeReport,
  SessionDescription,
  SpeakerDescription,
  SpeakerRole,
  SpeakerTrack,
  TrackFormat,
} from '../live/index.ts';
import type { Scope } from './access.ts';
import type { HostLog } from './host-log.ts';
import type { PluginCommand } from './plugin-command.ts';

export type { PluginCommand, PluginCommandCall } from './plugin-command.ts';

export type { Scope } from './access.ts';

/** What a platform can do. */
export interface PluginCapabilities {
  /** Conversations are heard while they go on. */
  readonly live: boolean;
  /** Recordings are heard as a whole. */
  readonly batch: boolean;
  /** Each speaker comes on a track of their own. */
  readonly perSpeaker: boolean;
  /** What was posted can be changed. */
  readonly edit: boolean;
  /** Somebody can be answered so that nobody else sees it. */
  readonly privateReply: boolean;
}

/** A conversation in the hands of the plugin that opened it. */
export interface HostSession extends Omit<LiveSession, 'openTrack'> {
  /**
   * As `LiveSession.openTrack`, with what is known of the voice from earlier conversations.
   * @throws UndertoneError CONSENT_MISSING, SESSION_ENDED, TRACK_FORMAT_UNSUPPORTED
   */
  openTrack(description: SpeakerDescription, format: TrackFormat): Promise<SpeakerTrack>;
  /**
   * Has an annotation posted by the plugin's `publish`: soon, again where that fails, after a restart too. Under one
   * key, there is one annotation. About a speaker who does not consent (any more), none is posted.
   */
  annotate(annotation: HostAnnotation): void;
}

/** What is to be posted. */
export interface HostAnnotation extends Pick<Annotation, 'kind' | 'content'> {
  /** Where to: the plugin's own, plain data. */
  readonly ref: unknown;
  /** Whom it is about; absent: the whole conversation. */
  readonly speaker?: string;
  readonly idempotencyKey: string;
}

/** A person as a platform names them, in one of its spaces. */
export type PluginPerson = Omit<ConsentSubject, 'platform'>;

/** The ledger of consent, for the people of one platform. */
export interface PluginConsent {
  /**
   * Whether a person may be heard, where there is no session yet to ask.
   * @param noticeGiven whether all who will take part are told
   */
  mayHear(person: PluginPerson, role: SpeakerRole, noticeGiven: boolean): ConsentVerdict;
  /** @throws UndertoneError CONSENT_NOT_RECORDED */
  grant(person: PluginPerson, act: ConsentAct & { readonly expiresAtMs?: number }): Promise<void>;
  /** @throws UndertoneError CONSENT_NOT_RECORDED; the withdrawal holds until a restart */
  withdraw(person: PluginPerson, act: ConsentAct): Promise<void>;
  /** @throws UndertoneError CONSENT_NOT_RECORDED; what could be deleted is */
  purge(person: PluginPerson, act: ConsentAct): Promise<PurgeReport>;
}

/** What a configuration says to a plugin. */
export interface PluginConfig {
  /** `plugins.<name>` of the configuration file: for the plugin to check. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** `UNDERTONE_<PLUGIN>_<NAME>` of the environment, else `<PLUGIN>_<NAME>`, as platforms name their secrets. */
  secret(name: string): string | undefined;
}

/** What the host offers a plugin. */
export interface PluginHost {
  /** Begins a conversation of the plugin's platform. */
  openSession(meta: Omit<SessionDescription, 'platform'>): HostSession;
  readonly consent: PluginConsent;
  /** The model that hears, as the configuration names it: for `readModel`. */
  readonly model: string;
  /**
   * Whether a request may be answered to holders of the API's tokens, for pages and sockets that a plugin serves. Where
   * it comes from a web page, that must be of this host or of an allowed origin.
   * @param token default the one in the `Authorization` header, which browsers cannot set for a WebSocket
   * @returns the HTTP status to refuse it with; null: it may be answered
   */
  refusalOf(request: IncomingMessage, scope: Scope, token?: string): number | null;
  readonly config: PluginConfig;
  readonly log: HostLog;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** A bridge to one platform. A method that throws costs its plugin alone: it counts as unhealthy, the others go on. */
export interface PlatformPlugin {
  /** Also the `platform` of its sessions, and its place under `/plugins/`: lower-case letters, digits, dashes. */
  readonly name: string;
  readonly capabilities: PluginCapabilities;
  /**
   * A second place for its requests beside `/plugins/<name>`, where people type addresses into a platform's console:
   * `/` and a name as of a plugin, that the API does not use itself.
   */
  readonly mountAt?: string;
  /** What it adds to the command line. */
  readonly commands?: readonly PluginCommand[];
  /** What a page for people at `/plugins/<name>/` is called: its address is printed when the host starts. */
  readonly page?: string;
  /** Begins to serve the platform; resolves once it does. */
  start(host: PluginHost): Promise<void> | void;
  /** Lets go of the platform within a time. Sessions that it leaves open are ended by the host. */
  stop(options: { readonly drainMs: number }): Promise<void> | void;
  /**
   * Answers what comes under `/plugins/<name>/` (and `mountAt`); `request.url` begins after that. No token is asked for: platforms
   * have signatures of their own, which the plugin must check.
   * @param body all of it, never larger than the configuration allows
   */
  handleHttp?(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> | void;
  /**
   * Takes over a connection for a WebSocket under `/plugins/<name>/` (and `mountAt`); `acceptWebSocket` does it safely.
   */
  handleUpgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> | void;
  /**
   * Posts an annotation. It may be called again with the same key, where it is not known whether it came through.
   * @throws what is not retryable (an UndertoneError that says so) is not tried again
   */
  publish?(ref: unknown, annotation: Annotation, options: { readonly idempotencyKey: string }): Promise<void>;
}

/** First parts of the host's own paths. */
const TAKEN = ['/plugins', '/v1', '/healthz', '/readyz', '/metrics'];

/**
 * Checks a plugin's name and place, and gives it back with its type.
 * @throws UndertoneError PLUGIN_INVALID
 */
export function definePlugin<Plugin extends PlatformPlugin>(plugin: Plugin): Plugin {
  const { name, mountAt = `/${name}` } = plugin;
  const isName = /^[a-z][a-z0-9-]{0,31}$/;
  if (!isName.test(name)) throw invalid('has a name that is none');
  if (!mountAt.startsWith('/') || !isName.test(mountAt.slice(1))) throw invalid('is mounted at no place');
  if (plugin.mountAt !== undefined && TAKEN.includes(mountAt))
    throw invalid(`is mounted at ${mountAt}, which is taken`);
  return plugin;
}

function invalid(problem: string): UndertoneError {
  return new UndertoneError('PLUGIN_INVALID', {
    subject: 'A plugin',
    problem,
    remedy:
      'Begin a name with a lower-case letter; up to 31 more, digits and dashes may follow. A place is / and a name.',
  });
}
