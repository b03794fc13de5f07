import { UndertoneError } from '../errors.ts';
import {
  ConsentLedger,
  LiveEngine,
  parseAlertRules,
  TrackThreads,
  type ConsentSubject,
  type PurgeReport,
} from '../live/index.ts';
import { openStore, StoreConsentLog, WriteBehind, type Retention, type Store } from '../store/index.ts';
import { Access } from './access.ts';
import { isLoopback, type HostConfig, type LoadedConfig } from './config.ts';
import { EventFeed } from './event-feed.ts';
import { faultOf, type HostLog } from './host-log.ts';
import { Outbox } from './outbox.ts';
import { pluginHost } from './plugin-host.ts';
import { PluginRunner, within } from './plugin-runner.ts';
import type { PlatformPlugin } from './plugin.ts';
import { SessionRecorder } from './session-recorder.ts';
import { storedData, StoredVoices } from './stored-voices.ts';

/** What a host is started with. */
export interface HostOptions extends LoadedConfig {
  readonly plugins?: readonly PlatformPlugin[];
  readonly log: HostLog;
  /** Milliseconds since 1970; default the machine's. */
  readonly clock?: () => number;
  /** Plugins may believe whoever calls, unsigned; on loopback alone. Default false. */
  readonly insecure?: boolean;
  /** Threads to hear in, which several hosts may share; who has started them closes them. Default: own ones, as configured. */
  readonly threads?: TrackThreads;
}

const DAY_MS = 86_400_000;
const SWEEP_MS = 3_600_000;
/** Of the time to end: what is left belongs to the store. */
const SHARE_OF_SESSIONS = 0.75;
/** The store is given so long even where no time is left. */
const SHORTEST_FLUSH_MS = 2000;

/** The engine with all that it needs to serve platforms: store, consent, threads, plugins. */
export class Host {
  readonly config: HostConfig;
  readonly access: Access;
  readonly store: Store;
  readonly writes: WriteBehind;
  readonly consent: ConsentLedger;
  readonly engine: LiveEngine;
  readonly events: EventFeed;
  readonly outbox: Outbox;
  readonly plugins: readonly PluginRunner[];
  readonly clock: () => number;
  readonly log: HostLog;
  readonly #threads: TrackThreads;
  readonly #voices: StoredVoices;
  readonly #recorder: SessionRecorder;
  readonly #options: HostOptions;
  #sweeping: NodeJS.Timeout | undefined;
  #faults = 0;
  #stopping: Promise<number> | undefined;

  private constructor(
    options: HostOptions,
    clock: () => number,
    store: Store,
    consent: ConsentLedger,
    threads: TrackThreads,
  ) {
    const { config, secrets, log, plugins = [] } = options;
    this.#options = options;
    this.config = config;
    this.access = new Access(secrets.tokens);
    this.clock = clock;
    this.log = log;
    this.store = store;
    this.consent = consent;
    this.#threads = threads;
    const onError = (cause: unknown): void => {
      this.#faults++;
      log.error('hearing failed', { fault: faultOf(cause) });
    };
    this.writes = new WriteBehind(store, {
      onWritten: (writes) => {
        if (writes.some(({ type }) => type === 'annotation')) this.outbox.wake();
      },
    });
    this.events = new EventFeed(onError);
    this.#voices = new StoredVoices(store, this.writes, clock);
    const recorder = new SessionRecorder(this.writes, threads.model, clock);
    this.#recorder = recorder;
    const alertRules = parseAlertRules(config.alertRules, threads.labels);
    this.engine = new LiveEngine({
      ...{ threads, consent, clock, alertRules, onError },
      ...(config.rememberVoices && { voices: this.#voices }),
      observer: {
        sessionOpened: (session) => {
          recorder.sessionOpened(session);
          this.events.follow(session);
        },
        trackOpened: recorder.trackOpened.bind(recorder),
        trackClosed: recorder.trackClosed.bind(recorder),
      },
    });
    consent.register(storedData(store, this.writes));
    consent.onChange((change) => {
      this.events.consentChanged(change);
    });
    this.plugins = plugins.map((plugin) => new PluginRunner(plugin, log));
    const pluginOf = (name: string): PluginRunner | undefined => this.plugin(name);
    this.outbox = new Outbox({ store, pluginOf, clock, log });
  }

  /**
   * Opens the store, mends what a crash left behind, and starts the plugins.
   * @throws UndertoneError as `openStore`, `ConsentLedger.open`, `TrackThreads.start` and `parseAlertRules` do;
   *   PLUGIN_INVALID; CONFIG_INVALID, also where a plugin throws it at its start
   */
  static async start(options: HostOptions): Promise<Host> {
    const { config, secrets, log, clock = Date.now, insecure = false } = options;
    if (insecure && !isLoopback(config.http.host)) {
      throw new UndertoneError('CONFIG_INVALID', {
        subject: '--insecure',
        problem: `is not for ${config.http.host}, which other machines can reach`,
        remedy: 'Listen on 127.0.0.1, or leave it out.',
      });
    }
    const { databaseUrl: url } = secrets;
    const store = await openStore(url === undefined ? { path: config.store.path, clock } : { url, clock });
    let threads: TrackThreads | undefined;
    let host: Host | undefined;
    try {
      const interrupted = await store.interruptOpenSessions(clock());
      if (interrupted > 0) log.warn('sessions were cut short by a crash', { sessions: interrupted });
      const onListenerError = (cause: unknown): void => {
        log.error('a consent listener failed', { fault: faultOf(cause) });
      };
      const consent = await ConsentLedger.open(new StoreConsentLog(store), config.consent, clock, onListenerError);
      threads = options.threads ?? (await startThreads(config, log));
      host = new Host(options, clock, store, consent, threads);
      await host.#begin();
      return host;
    } catch (error) {
      if (host) await host.stop();
      else {
        if (threads !== options.threads) await threads?.close();
        await store.close();
      }
      throw error;
    }
  }

  /** What went wrong in hearing so far. */
  get faults(): number {
    return this.#faults;
  }

  /** How long music, noise and tones lasted that were left out, in milliseconds. */
  get notSpeechMs(): number {
    return this.#recorder.notSpeechMs;
  }

  get isStopping(): boolean {
    return this.#stopping !== undefined;
  }

  plugin(name: string): PluginRunner | undefined {
    return this.plugins.find((runner) => runner.name === name);
  }

  /** Deletes all that is known of a speaker, and has it written down. */
  async purge(subject: ConsentSubject, by: string): Promise<PurgeReport> {
    const report = await this.consent.purge(subject, { by });
    for (const { name, error } of report.failed) {
      this.log.error('a purge is unfinished', { of: name, fault: faultOf(error) });
    }
    return report;
  }

  /** Deletes what is older than the configuration wants it. */
  async sweep(): Promise<void> {
    const retention = Object.fromEntries(
      Object.entries(this.config.store.retentionDays).flatMap(([what, age]) =>
        age === null ? [] : [[what, age * DAY_MS]],
      ),
    ) as Retention;
    try {
      this.log.info('swept', await this.store.sweep(this.clock(), retention));
    } catch (cause) {
      this.log.warn('cannot sweep now', { fault: faultOf(cause) });
    }
  }

  /**
   * Ends all sessions with their summaries, the plugins and the store, within the time that the configuration gives.
   * @returns how many writes the store did not take
   */
  stop(): Promise<number> {
    this.#stopping ??= this.#stop(this.config.drainMs);
    return this.#stopping;
  }

  async #begin(): Promise<void> {
    await this.#finishPurges();
    await this.sweep();
    this.#sweeping = setInterval(() => {
      void this.#finishPurges().then(() => this.sweep());
    }, SWEEP_MS).unref();
    const { config, engine, consent, access, store, writes, log, clock } = this;
    const { secrets, insecure: isInsecure = false } = this.#options;
    const { model, labels } = this.#threads;
    const parts = { config, secrets, isInsecure, engine, consent, access, store, writes, log, clock };
    const voices = this.#voices;
    await Promise.all(
      this.plugins.map((runner) => runner.start(pluginHost(runner.name, { ...parts, voices, model, labels }))),
    );
    this.outbox.start();
  }

  /** What could not be deleted when it was asked for, or before a crash, is deleted now. */
  async #finishPurges(): Promise<void> {
    for (const subject of this.consent.unfinishedPurges()) {
      await this.purge(subject, 'host').catch((cause: unknown) => {
        this.log.error('a purge is unfinished', { fault: faultOf(cause) });
      });
    }
  }

  async #stop(drainMs: number): Promise<number> {
    clearInterval(this.#sweeping);
    const deadline = performance.now() + drainMs;
    const left = (): number => Math.max(0, deadline - performance.now());
    await Promise.all(this.plugins.map((runner) => runner.stop(drainMs / 2)));
    await this.#inTime(left() * SHARE_OF_SESSIONS, 'sessions', () => this.engine.close());
    await this.#inTime(left(), 'annotations', () => this.outbox.stop());
    const lost = await this.writes.close({ deadlineMs: Math.max(SHORTEST_FLUSH_MS, left()) });
    if (lost > 0) this.log.error('the store did not take all', { writes: lost });
    if (!this.#options.threads)
      await this.#inTime(Math.max(SHORTEST_FLUSH_MS, left()), 'threads', () => this.#threads.close());
    await this.store.close();
    return lost;
  }

  /** Goes on when the time is over: what is left then is found by the next start. */
  async #inTime(ms: number, what: string, end: () => Promise<void>): Promise<void> {
    await within(ms, end).catch((cause: unknown) => {
      this.log.error('something did not end in time', { what, fault: faultOf(cause) });
    });
  }
}

const startThreads = (
  { model, threads, voiceCheck, abstainBelow }: LoadedConfig['config'],
  log: HostLog,
): Promise<TrackThreads> =>
  TrackThreads.start({
    ...{ model, threads, settings: { voiceCheck } },
    ...(abstainBelow !== null && { abstainBelow }),
    onError: (cause) => {
      log.error('a thread failed', { fault: faultOf(cause) });
    },
  });
