import { randomUUID } from 'node:crypto';
import type { FrameStatisticsData } from '../predictor/index.ts';
import type { AlertRule } from './alert-rules.ts';
import type { ConsentLedger } from './consent-ledger.ts';
import type { ConsentMode } from './consent-settings.ts';
import { LiveSession } from './live-session.ts';
import { SteadyClock } from './steady-clock.ts';
import type { SpeakerTrack } from './speaker-track.ts';
import type { TrackThreads } from './track-threads.ts';
import type { ConsentSubject, SessionDescription } from './types.ts';

/** Where what is known of voices outlives a session. Whoever keeps it answers for consent, retention and purges. */
export interface VoiceMemory {
  /** What was kept of a voice, as this model hears it. */
  recall(subject: ConsentSubject, model: string): FrameStatisticsData | undefined;
  /** Keeps it, until it is purged. */
  remember(subject: ConsentSubject, model: string, voice: FrameStatisticsData): void;
}

/** Told of what begins and ends, at once and before anybody else hears of it. What it throws costs nobody anything. */
export interface EngineObserver {
  /** A conversation begins; nothing was said in it yet. */
  sessionOpened(session: LiveSession): void;
  /** A speaker begins to be heard. */
  trackOpened(session: LiveSession, track: SpeakerTrack): void;
  /** The track says nothing more. */
  trackClosed(session: LiveSession, track: SpeakerTrack): void;
}

/** What an engine is made of. */
export interface EngineParts {
  readonly threads: TrackThreads;
  readonly consent: ConsentLedger;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly alertRules?: readonly AlertRule[];
  readonly voices?: VoiceMemory;
  readonly observer?: EngineObserver;
  /** Told of what failed inside; sessions and tracks go on. */
  readonly onError: (cause: unknown) => void;
}

/** How one conversation is heard, where it is not as the engine hears all. */
export interface SessionRules {
  readonly consentMode?: ConsentMode;
  /** In place of the engine's; checked by `parseAlertRules`. */
  readonly alertRules?: readonly AlertRule[];
}

/** How an engine is made. */
export type EngineOptions = Pick<EngineParts, 'threads' | 'consent'> & Partial<EngineParts>;

/** How often tracks look whether somebody has stopped speaking, in milliseconds. */
const TICK_MS = 100;

/** All conversations that are heard at one time, in one process. */
export class LiveEngine {
  readonly #parts: EngineParts;
  readonly #sessions = new Map<string, LiveSession>();
  readonly #media: SteadyClock;
  readonly #timer: NodeJS.Timeout;

  constructor(options: EngineOptions) {
    this.#parts = { clock: Date.now, onError: () => undefined, ...options };
    this.#media = new SteadyClock(this.#parts.clock);
    this.#timer = setInterval(() => {
      // Once what has come is read: after the process was held up, whoever spoke meanwhile has not been silent.
      setImmediate(() => {
        this.tick();
      });
    }, TICK_MS).unref();
  }

  /** By id. */
  get sessions(): ReadonlyMap<string, LiveSession> {
    return this.#sessions;
  }

  /** How many stretches of speech wait to be heard. */
  get backlog(): number {
    return this.#parts.threads.backlog;
  }

  /** Begins a conversation. */
  openSession(description: SessionDescription, rules: SessionRules = {}): LiveSession {
    const session = new LiveSession(description, {
      ...this.#parts,
      ...rules,
      id: randomUUID(),
      media: this.#media,
      onEnd: ({ id }) => this.#sessions.delete(id),
    });
    this.#sessions.set(session.id, session);
    try {
      this.#parts.observer?.sessionOpened(session);
    } catch (cause) {
      this.#parts.onError(cause);
    }
    return session;
  }

  /** Lets time pass; it is called by a timer, ten times a second. */
  tick(): void {
    this.#parts.threads.tick(this.#media.now());
  }

  /** Ends all sessions, each with its summary. The threads stay: whoever started them closes them. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(Array.from(this.#sessions.values(), (session) => session.end()));
  }
}
