import { randomUUID } from 'node:crypto';
import type { FrameStatisticsData } from '../predictor/index.ts';
import type { AlertRule } from './alert-rules.ts';
import type { ConsentLedger } from './consent-ledger.ts';
import { LiveSession } from './live-session.ts';
import type { TrackFormat } from './packets.ts';
import { PredictionQueue } from './prediction-queue.ts';
import { LIVE_SETTINGS, type LiveSettings } from './settings.ts';
import type { SpeechHearer } from './speech-hearer.ts';
import { trackDecoders, type TrackDecoder } from './track-decoder.ts';
import type { ConsentSubject, SessionDescription } from './types.ts';

/** Where what is known of voices outlives a session. Whoever keeps it answers for consent, retention and purges. */
export interface VoiceMemory {
  recall(subject: ConsentSubject, model: string): FrameStatisticsData | undefined;
  remember(subject: ConsentSubject, model: string, voice: FrameStatisticsData): void;
}

/** What an engine is made of. */
export interface EngineParts {
  readonly hearer: SpeechHearer;
  readonly consent: ConsentLedger;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly settings: LiveSettings;
  /** Smoothed predictions with less confidence are `uncertain`, 0..1. */
  readonly abstainBelow: number;
  readonly alertRules?: readonly AlertRule[];
  readonly voices?: VoiceMemory;
  /** Told of what failed inside; sessions and tracks go on. */
  readonly onError: (cause: unknown) => void;
}

/** How an engine is made: what {@link EngineParts} does not have a default for must be given. */
export type EngineOptions = Pick<EngineParts, 'hearer' | 'consent'> & Partial<EngineParts>;

/** How often tracks look whether somebody has stopped speaking, in milliseconds. */
const TICK_MS = 100;

/** All conversations that are heard at one time, on one hearer. */
export class LiveEngine {
  readonly #parts: EngineParts;
  readonly #queue: PredictionQueue;
  readonly #sessions = new Map<string, LiveSession>();
  readonly #decoders = new Map<string, () => TrackDecoder>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: EngineOptions) {
    const { hearer } = options;
    this.#parts = {
      clock: Date.now,
      settings: LIVE_SETTINGS,
      abstainBelow: hearer.abstainBelow,
      onError: () => undefined,
      ...options,
    };
    this.#queue = new PredictionQueue(hearer);
    this.#timer = setInterval(() => {
      this.tick();
    }, TICK_MS).unref();
  }

  /** By id. */
  get sessions(): ReadonlyMap<string, LiveSession> {
    return this.#sessions;
  }

  /** How many stretches of speech wait to be heard. */
  get backlog(): number {
    return this.#queue.length;
  }

  /** Begins a conversation. */
  openSession(description: SessionDescription): LiveSession {
    const session = new LiveSession(description, {
      ...this.#parts,
      id: randomUUID(),
      queue: this.#queue,
      decoderOf: (format) => this.#decoderOf(format),
      onEnd: ({ id }) => this.#sessions.delete(id),
    });
    this.#sessions.set(session.id, session);
    return session;
  }

  /** Lets time pass; it is called by a timer, ten times a second. */
  tick(): void {
    for (const session of this.#sessions.values()) session.tick();
  }

  /** Ends all sessions, each with its summary. The hearer stays open: whoever made it closes it. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(Array.from(this.#sessions.values(), (session) => session.end()));
  }

  /** Decoders of one format share the tables of its resampler. */
  #decoderOf(format: TrackFormat): TrackDecoder {
    const key = JSON.stringify([format.codec, ...(format.codec === 'l16' ? [format.sampleRateHz, format.channels, format.littleEndian] : [])]); // prettier-ignore
    let make = this.#decoders.get(key);
    if (!make) {
      make = trackDecoders(format, this.#parts.hearer.sampleRateHz);
      this.#decoders.set(key, make);
    }
    return make();
  }
}
