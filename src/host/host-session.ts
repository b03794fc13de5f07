import { randomUUID } from 'node:crypto';
import type { ConsentSubject, LiveSession, SpeakerDescription, SpeakerTrack, TrackFormat } from '../live/index.ts';
import type { FrameStatisticsData } from '../predictor/index.ts';
import type { WriteBehind } from '../store/index.ts';
import { faultOf, type HostLog } from './host-log.ts';
import type { HostAnnotation, HostSession } from './plugin.ts';

/** What a conversation needs of its host. */
export interface ConversationParts {
  readonly plugin: string;
  readonly writes: WriteBehind;
  readonly clock: () => number;
  knownVoice(subject: ConsentSubject): Promise<FrameStatisticsData | undefined>;
  readonly log: HostLog;
}

/** A live session with what the host adds to it: voices that are known, annotations that are kept. */
export class Conversation implements HostSession {
  readonly #session: LiveSession;
  readonly #parts: ConversationParts;

  constructor(session: LiveSession, parts: ConversationParts) {
    this.#session = session;
    this.#parts = parts;
  }

  get id(): string {
    return this.#session.id;
  }

  get description(): LiveSession['description'] {
    return this.#session.description;
  }

  get startedAtMs(): number {
    return this.#session.startedAtMs;
  }

  get events(): LiveSession['events'] {
    return this.#session.events;
  }

  get tracks(): LiveSession['tracks'] {
    return this.#session.tracks;
  }

  noticeGiven(by: string): Promise<void> {
    return this.#session.noticeGiven(by);
  }

  mayHear(speaker: SpeakerDescription): ReturnType<LiveSession['mayHear']> {
    return this.#session.mayHear(speaker);
  }

  async openTrack(description: SpeakerDescription, format: TrackFormat): Promise<SpeakerTrack> {
    const { platform, space } = this.#session.description;
    let voice: FrameStatisticsData | undefined;
    // Of somebody who may not be heard, nothing is looked up.
    if (this.mayHear(description).allowed) {
      try {
        voice = await this.#parts.knownVoice({ platform, space, speaker: description.speaker });
      } catch (cause) {
        this.#parts.log.warn('a voice is heard as a new one: the store cannot be used', { fault: faultOf(cause) });
      }
    }
    return this.#session.openTrack(description, format, voice);
  }

  closeTrack(track: SpeakerTrack): Promise<void> {
    return this.#session.closeTrack(track);
  }

  summary(): ReturnType<LiveSession['summary']> {
    return this.#session.summary();
  }

  end(): ReturnType<LiveSession['end']> {
    return this.#session.end();
  }

  annotate({ kind, content, ref, speaker, idempotencyKey }: HostAnnotation): void {
    // A customer is refused for nothing but a lack of consent.
    if (speaker !== undefined && !this.mayHear({ speaker, role: 'customer' }).allowed) return;
    const { plugin, writes, clock } = this.#parts;
    const annotation = { id: randomUUID(), sessionId: this.id, speaker: speaker ?? null, kind, content, plugin, ref };
    // Keys are unique among all plugins.
    const key = `${plugin}:${idempotencyKey}`;
    writes.write({ type: 'annotation', annotation: { ...annotation, idempotencyKey: key, nextAttemptAtMs: clock() } });
  }
}
