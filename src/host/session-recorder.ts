import type { EngineObserver, LiveEvent, LiveSession, SpeakerTrack } from '../live/index.ts';
import type { WriteBehind } from '../store/index.ts';

/** Keeps what live sessions say: segments, not windows; gaps, alerts, and the summary at the end. */
export class SessionRecorder implements EngineObserver {
  readonly #writes: WriteBehind;
  readonly #model: string;
  readonly #clock: () => number;
  #notSpeechMs = 0;

  /** @param model the id of the model that hears */
  constructor(writes: WriteBehind, model: string, clock: () => number) {
    this.#writes = writes;
    this.#model = model;
    this.#clock = clock;
  }

  /** How long music, noise and tones lasted that were no speech, in milliseconds. */
  get notSpeechMs(): number {
    return this.#notSpeechMs;
  }

  sessionOpened({ id, description, startedAtMs, events }: LiveSession): void {
    const { platform, space, title = null, metadata = {} } = description;
    this.#writes.write({
      type: 'session',
      session: { id, platform, space, title, metadata, model: this.#model, startedAtMs },
    });
    events.subscribe((event) => {
      this.#record(event);
    });
  }

  trackOpened(session: LiveSession, { id, description }: SpeakerTrack): void {
    const { speaker, role, name = speaker } = description;
    const track = { id, sessionId: session.id, speaker, name, role, openedAtMs: this.#clock() };
    this.#writes.write({ type: 'track', track });
  }

  trackClosed(_: LiveSession, { id }: SpeakerTrack): void {
    this.#writes.write({ type: 'trackEnd', trackId: id, closedAtMs: this.#clock() });
  }

  #record(event: LiveEvent): void {
    const { sessionId, arrivedAtMs } = event;
    switch (event.type) {
      case 'emotion': {
        if (event.of === 'window') return;
        const { trackId, startMs, endMs, label, confidence, uncertain, scores } = event;
        const segment = { trackId, sessionId, startMs, endMs, label, confidence, uncertain, scores };
        this.#writes.write({ type: 'segment', segment });
        return;
      }
      case 'gap': {
        const { trackId, startMs, endMs, reason } = event;
        this.#writes.write({ type: 'gap', gap: { trackId, startMs, endMs, reason } });
        return;
      }
      case 'alert': {
        const { speaker, trackId, rule, message, startMs, endMs, sequence } = event;
        const id = `${sessionId}-${sequence}`;
        const alert = { id, sessionId, speaker, trackId, rule, message, startMs, endMs, atMs: arrivedAtMs };
        this.#writes.write({ type: 'alert', alert });
        return;
      }
      case 'summary':
        if (!event.isFinal) return;
        this.#writes.write({ type: 'sessionEnd', sessionId, endedAtMs: arrivedAtMs, summary: event.summary });
        return;
      case 'notSpeech':
        this.#notSpeechMs += event.endMs - event.startMs;
        return;
      case 'speechStart':
      case 'speechEnd':
    }
  }
}
