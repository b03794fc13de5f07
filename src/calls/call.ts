import type { HostSession, PluginHost } from '../host/plugin.ts';
import type {
  Annotation,
  ConsentVerdict,
  LiveEvent,
  MediaPacket,
  SessionSummary,
  SpeakerDescription,
  SpeakerTrack,
  TrackFormat,
  WriteResult,
} from '../live/index.ts';
import { CallReporter, type CallReport } from './call-report.ts';
import type { CallSide } from './stream.ts';

/** What a platform says of a call whose sound comes. */
export interface CallDescription {
  /** The platform's id of the call. */
  readonly callId: string;
  /** The line that was called: consent is given to it. */
  readonly space: string;
  readonly title?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly format: TrackFormat;
  /** Who speaks on which side; a side that nobody is named for is not heard. */
  readonly participants: Readonly<Partial<Record<CallSide, SpeakerDescription>>>;
}

/** Something to tell those who take part in a call. */
export interface CallNews extends Pick<Annotation, 'kind' | 'content'> {
  /** Names it among all that is said of this call. */
  readonly key: string;
  /** Whom it is about; absent: the whole call. */
  readonly speaker?: string;
}

/** Packets that may wait for a track to open: 5 s of 20 ms each. */
const MOST_WAITING = 250;

/** One side of a call. */
interface Side {
  readonly speaker: SpeakerDescription;
  track?: SpeakerTrack;
  /** What came since the track was asked for. */
  waiting?: MediaPacket[];
}

/**
 * One call as it is heard: packets of its sides in, news out, a report at its end. A side is heard from the moment on at
 * which its speaker may be, and no packet from before is kept.
 */
export class Call {
  readonly callId: string;
  readonly session: HostSession;
  readonly #format: TrackFormat;
  readonly #sides = new Map<CallSide, Side>();
  readonly #reporter: CallReporter;
  readonly #log: PluginHost['log'];
  #ending: Promise<CallReport> | undefined;

  /**
   * @param onNews told of what is new, as it is heard; the last is the summary, where anybody was heard
   */
  constructor(
    host: Pick<PluginHost, 'openSession' | 'log'>,
    { callId, format, participants, ...meta }: CallDescription,
    onNews: (news: CallNews) => void,
  ) {
    this.callId = callId;
    this.#format = format;
    this.#log = host.log;
    for (const side of ['inbound', 'outbound'] as const) {
      const speaker = participants[side];
      if (speaker) this.#sides.set(side, { speaker });
    }
    this.session = host.openSession(meta);
    this.#reporter = new CallReporter(callId, this.session, onNews);
    this.session.events.subscribe((event: LiveEvent) => {
      this.#reporter.hear(event);
    });
  }

  /** As `LiveSession.noticeGiven`; then whoever may be heard now is. */
  async noticeGiven(by: string): Promise<void> {
    await this.session.noticeGiven(by);
    await this.listen();
  }

  /**
   * Begins to hear each side whose speaker may be heard and is not yet: at the start, and again after a consent.
   * @returns of each side, whether its speaker may be heard
   */
  async listen(): Promise<ReadonlyMap<CallSide, ConsentVerdict>> {
    const verdicts = new Map<CallSide, ConsentVerdict>();
    const opening: Promise<void>[] = [];
    for (const [name, side] of this.#sides) {
      const verdict = this.session.mayHear(side.speaker);
      verdicts.set(name, verdict);
      const isHeard = side.waiting !== undefined || (side.track && this.session.tracks.has(side.track));
      if (verdict.allowed && !isHeard && !this.#ending) opening.push(this.#open(side));
    }
    await Promise.all(opening);
    return verdicts;
  }

  /** Takes a packet of a side, as `SpeakerTrack.write`. */
  write(side: CallSide, packet: MediaPacket): WriteResult {
    const { track, waiting } = this.#sides.get(side) ?? {};
    if (waiting === undefined) return track?.write(packet) ?? 'dropped';
    if (waiting.length >= MOST_WAITING) return 'dropped';
    waiting.push(packet);
    return 'ok';
  }

  /** Ends the call: hears what is left, and says the summary. */
  end(): Promise<CallReport> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #open(side: Side): Promise<void> {
    const waiting: MediaPacket[] = (side.waiting = []);
    try {
      side.track = await this.session.openTrack(side.speaker, this.#format);
      for (const packet of waiting) side.track.write(packet);
    } catch (cause) {
      // Consent may have been withdrawn, or the call have ended, in between.
      if (this.session.mayHear(side.speaker).allowed && !this.#ending) throw cause;
      this.#log.info('a side of a call is not heard');
    } finally {
      delete side.waiting;
    }
  }

  async #end(): Promise<CallReport> {
    const summary: SessionSummary = await this.session.end();
    return this.#reporter.end(summary);
  }
}
