import { UndertoneError } from '../errors.ts';
import type { FrameStatisticsData } from '../predictor/index.ts';
import { AlertEvaluator } from './alert-evaluator.ts';
import type { ConsentChange, ConsentRefusal } from './consent-ledger.ts';
import type { ConsentMode } from './consent-settings.ts';
import { EventStream } from './event-stream.ts';
import type { EngineParts } from './live-engine.ts';
import { requireFormat, type TrackFormat } from './packets.ts';
import { SpeakerTrack } from './speaker-track.ts';
import type { SteadyClock } from './steady-clock.ts';
import { SessionSummariser } from './summary.ts';
import type { TrackEvent } from './track-events.ts';
import type { ConsentSubject, LiveEvent, SessionDescription, SessionSummary, SpeakerDescription } from './types.ts';

/** What a session shares with the others of its engine. */
export interface SessionParts extends EngineParts {
  readonly id: string;
  readonly media: SteadyClock;
  /** Where it is another than that of the engine's ledger. */
  readonly consentMode?: ConsentMode;
  /** Called when the session is over. */
  readonly onEnd: (session: LiveSession) => void;
}

type OmitBase<Event> = Event extends LiveEvent ? Omit<Event, 'sessionId' | 'sequence' | 'arrivedAtMs'> : never;

/**
 * One conversation while it goes on: tracks of its speakers in, events out. Events come in order for each speaker; those
 * of several interleave as they are heard.
 */
export class LiveSession {
  readonly id: string;
  readonly description: SessionDescription;
  /** When it began, in milliseconds since 1970: 0 on its media clock, as long as nobody sets the engine's. */
  readonly startedAtMs: number;
  /** The same on the clock of media. */
  readonly #beganMs: number;
  readonly events: EventStream<LiveEvent>;
  readonly #parts: SessionParts;
  readonly #tracks = new Set<SpeakerTrack>();
  readonly #summariser: SessionSummariser;
  readonly #alerts: AlertEvaluator;
  readonly #consent: { noticeGiven: boolean; readonly mode?: ConsentMode };
  readonly #unsubscribe: () => void;
  #sequence = 0;
  #trackCount = 0;
  #ending: Promise<SessionSummary> | undefined;

  constructor(description: SessionDescription, parts: SessionParts) {
    const { id, threads, consent, consentMode, clock, media, alertRules = [], onError } = parts;
    this.id = id;
    this.description = description;
    this.startedAtMs = clock();
    this.#beganMs = media.now();
    this.events = new EventStream(onError);
    this.#parts = parts;
    this.#consent = { noticeGiven: false, ...(consentMode && { mode: consentMode }) };
    this.#summariser = new SessionSummariser({ sessionId: id, model: threads.model, labels: threads.labels });
    this.#alerts = new AlertEvaluator(alertRules, (_, cause) => {
      onError(cause);
    });
    this.#unsubscribe = consent.onChange((change) => {
      this.#consentChanged(change);
    });
  }

  /** The tracks that are open. */
  get tracks(): ReadonlySet<SpeakerTrack> {
    return this.#tracks;
  }

  /**
   * Says that all who take part were told that their emotions are heard, by a message or a voice; where consent is by
   * notice, nobody is heard before.
   * @param by who or what told them, for the log
   * @throws UndertoneError CONSENT_NOT_RECORDED; then nobody counts as told
   */
  async noticeGiven(by: string): Promise<void> {
    await this.#parts.consent.recordNotice(this.description, { by });
    this.#consent.noticeGiven = true;
  }

  /** Whether a speaker may be heard, and if not, why. */
  mayHear(speaker: SpeakerDescription): ReturnType<EngineParts['consent']['mayHear']> {
    return this.#parts.consent.mayHear(this.#subject(speaker), speaker.role, this.#consent);
  }

  /**
   * Begins to hear a speaker. It stops by itself when the speaker may not be heard any more.
   * @param knownVoice what is known of the voice; default what the engine's memory of voices recalls
   * @throws UndertoneError CONSENT_MISSING, SESSION_ENDED, TRACK_FORMAT_UNSUPPORTED
   */
  openTrack(description: SpeakerDescription, format: TrackFormat, knownVoice?: FrameStatisticsData): SpeakerTrack {
    if (this.#ending) throw sessionEnded();
    requireFormat(format);
    const subject = this.#subject(description);
    const verdict = this.mayHear(description);
    if (!verdict.allowed) throw consentMissing(verdict.reason);
    const { consent, threads, media, voices } = this.#parts;
    const { role } = description;
    const voice = knownVoice ?? voices?.recall(subject, threads.model);
    const thread = threads.open({
      format,
      sessionStartMs: this.#beganMs,
      voice,
      onEvent: (event) => {
        this.#trackSays(track, event);
      },
    });
    const track: SpeakerTrack = new SpeakerTrack(`${this.id}/${++this.#trackCount}`, description, thread, {
      now: () => media.now(),
      arrival: (arrivedAtMs) => media.arrival(arrivedAtMs),
      mayHear: () => consent.mayHear(subject, role, this.#consent).allowed,
      sayGap: (startMs, endMs) => {
        this.#trackSays(track, { type: 'gap', mediaMs: endMs, startMs, endMs, reason: 'platform' });
      },
    });
    this.#summariser.addSpeaker(description);
    this.#tracks.add(track);
    this.#tellObserver('trackOpened', track);
    return track;
  }

  /** Ends a track before the session is over: the speaker left. Resolves when what was said so far is heard. */
  async closeTrack(track: SpeakerTrack): Promise<void> {
    const { voice } = await track.close();
    if (!this.#tracks.delete(track)) return;
    this.#tellObserver('trackClosed', track);
    if (voice) this.#remember(track.description, voice);
  }

  /** What was heard so far. */
  summary(): SessionSummary {
    return this.#summariser.summary(this.#parts.media.now() - this.#beganMs);
  }

  /** Ends the session: hears what is left, says the summary, ends the events. */
  async end(): Promise<SessionSummary> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<SessionSummary> {
    await Promise.all(Array.from(this.#tracks, (track) => this.closeTrack(track)));
    const summary = this.summary();
    this.#emit({ type: 'summary', isFinal: true, summary, mediaMs: summary.durationMs });
    this.#unsubscribe();
    this.events.close();
    this.#parts.onEnd(this);
    return summary;
  }

  #subject({ speaker }: SpeakerDescription): ConsentSubject {
    const { platform, space } = this.description;
    return { platform, space, speaker };
  }

  /** Keeps what is known of a voice, under its speaker's consent. */
  #remember(description: SpeakerDescription, voice: FrameStatisticsData): void {
    const { voices, threads } = this.#parts;
    if (this.mayHear(description).allowed) voices?.remember(this.#subject(description), threads.model, voice);
  }

  #consentChanged({ subject, action }: ConsentChange): void {
    const { platform, space } = this.description;
    if (subject.platform !== platform || subject.space !== space) return;
    if (action !== 'withdraw' && action !== 'purge') return;
    for (const track of [...this.#tracks]) {
      if (track.description.speaker !== subject.speaker) continue;
      this.#tracks.delete(track);
      this.#tellObserver('trackClosed', track);
      void track.close({ discard: true });
    }
    if (action === 'purge') this.#summariser.removeSpeaker(subject.speaker);
  }

  #tellObserver(what: 'trackOpened' | 'trackClosed', track: SpeakerTrack): void {
    try {
      this.#parts.observer?.[what](this, track);
    } catch (cause) {
      this.#parts.onError(cause);
    }
  }

  #trackSays(track: SpeakerTrack, event: TrackEvent): void {
    // What a thread had already heard of somebody who has withdrawn since.
    if (!this.#tracks.has(track)) return;
    const { speaker, role } = track.description;
    const { id: trackId } = track;
    this.#emit({ ...event, trackId, speaker });
    if (event.type === 'gap') this.#summariser.addGap(speaker, event.startMs, event.endMs);
    if (event.type !== 'emotion') return;
    if (event.of === 'segment') this.#summariser.addSegment(speaker, event);
    for (const alert of this.#alerts.hear({ ...event, speaker, trackId }, role)) {
      this.#summariser.addAlert();
      this.#emit({ type: 'alert', mediaMs: alert.endMs, ...alert });
    }
  }

  #emit(event: OmitBase<LiveEvent>): void {
    const arrivedAtMs = this.#parts.clock();
    this.events.emit({ ...event, sessionId: this.id, sequence: ++this.#sequence, arrivedAtMs });
  }
}

function sessionEnded(): UndertoneError {
  return new UndertoneError('SESSION_ENDED', {
    subject: 'session',
    problem: 'is over',
    remedy: 'Open a new one.',
  });
}

function consentMissing(reason: ConsentRefusal): UndertoneError {
  return new UndertoneError('CONSENT_MISSING', {
    subject: 'track',
    problem: `cannot be opened: the speaker may not be heard (${reason})`,
    remedy: 'Ask the speaker for consent, or give the notice that the consent mode asks for, then open it again.',
  });
}
