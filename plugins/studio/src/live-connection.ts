import { UndertoneError, type HostSession, type PluginHost, type PluginSocket, type SpeakerTrack } from 'undertone';
import { parsePageMessage } from './page-messages.ts';
import { decodePacket, PACKET_MS, type SoundPacket, type StartMessage, type StudioMessage } from './protocol.ts';

/** All sessions of the studio are in one space: a consent holds for all of them. */
const SPACE = 'studio';
/** https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
const POLICY_VIOLATION = 1008;
const INTERNAL_ERROR = 1011;
/** A recording may come so many times as fast as it was spoken, after so much sound at once. */
const FASTEST = 30;
const BURST_MS = 5000;
/** Where the page is too fast, or hearing lags behind, the socket is not read for so long. */
const REST_MS = 40;
/** A session may not be longer: somebody forgot the microphone. */
const LONGEST_MS = 4 * 3_600_000;

/** A session, and what is being heard in it. */
interface Live {
  readonly session: HostSession;
  readonly source: StartMessage['source'];
  readonly rateHz: number;
  readonly tracks: readonly SpeakerTrack[];
  /** Speakers whose first packet came. */
  readonly begun: Set<number>;
}

/** One page: what it says becomes a session, what the session says goes back to it. */
export class LiveConnection {
  readonly socket: PluginSocket;
  readonly #host: PluginHost;
  /** Whom this page brought: it may have them forgotten. */
  readonly #speakers = new Set<string>();
  #starting = false;
  #live: Live | undefined;
  /** Sound that may come at once, in milliseconds, and when that was counted. */
  #allowanceMs = BURST_MS;
  #countedAtMs: number;

  constructor(socket: PluginSocket, host: PluginHost) {
    this.socket = socket;
    this.#host = host;
    this.#countedAtMs = host.clock();
  }

  /** Takes what the page says. */
  take(data: Buffer<ArrayBuffer>, isBinary: boolean): void {
    if (isBinary) {
      const packet = decodePacket(data);
      if (packet) this.#hear(packet);
      else this.#refuse('BAD_PACKET', 'A binary message is no packet of sound.');
      return;
    }
    const message = parsePageMessage(data.toString());
    if (message === null) this.#refuse('BAD_MESSAGE', 'A message is none that the studio knows. Reload the page.');
    else if (message.type === 'start') void this.#start(message);
    else if (message.type === 'stop') void this.end();
    else void this.#forget();
  }

  /** Ends the session that goes on, if any. Never throws. */
  async end(): Promise<void> {
    const live = this.#live;
    this.#live = undefined;
    await live?.session.end().catch((cause: unknown) => {
      this.#fail(cause);
    });
  }

  async #start(message: StartMessage): Promise<void> {
    if (this.#starting || this.#live) {
      this.#refuse('STARTED_ALREADY', 'A session goes on already: stop it first.');
      return;
    }
    this.#starting = true;
    try {
      const live = await this.#open(message);
      this.#live = live;
      if (!this.socket.isOpen) await this.end();
    } catch (cause) {
      this.#fail(cause);
    } finally {
      this.#starting = false;
    }
  }

  async #open({ source, title, rateHz, speakers }: StartMessage): Promise<Live> {
    const detail =
      source === 'microphone'
        ? 'pressed Start under the notice, for themself'
        : 'dropped a recording under the notice, for all who speak in it';
    for (const { id: speaker } of speakers) {
      await this.#host.consent.grant({ space: SPACE, speaker }, { by: 'studio', detail });
      this.#speakers.add(speaker);
    }
    const session = this.#host.openSession({ space: SPACE, title, metadata: { source } });
    try {
      await session.noticeGiven('studio');
      session.events.subscribe((event) => {
        this.#send({ type: 'event', event });
      });
      const tracks = await Promise.all(
        speakers.map(({ id: speaker, name }) =>
          session.openTrack({ speaker, name, role: 'participant' }, { codec: 'l16', sampleRateHz: rateHz }),
        ),
      );
      this.#send({ type: 'started', sessionId: session.id, model: session.summary().model });
      return { session, source, rateHz, tracks, begun: new Set() };
    } catch (cause) {
      await session.end();
      throw cause;
    }
  }

  #hear({ speaker, sequence, timestamp, payload }: SoundPacket): void {
    const live = this.#live;
    // What was on its way when the session ended.
    if (!live) return;
    const track = live.tracks[speaker];
    if (!track) {
      this.#refuse('BAD_PACKET', 'A packet is of a speaker who is not there.');
      return;
    }
    const { session, source, rateHz, begun } = live;
    const mediaMs = (1000 * timestamp) / rateHz;
    // A recording brings its own time, so that it is heard alike however fast it comes.
    const arrivedAtMs = source === 'recording' ? session.startedAtMs + mediaMs : this.#host.clock();
    if (!begun.has(speaker)) {
      begun.add(speaker);
      this.#send({ type: 'began', speaker, atMs: arrivedAtMs - session.startedAtMs });
    }
    const result = track.write({ payload, sequence, timestamp, arrivedAtMs });
    if (mediaMs > LONGEST_MS) this.#refuse('TOO_LONG', 'A session may be four hours long. Start a new one.');
    else if (this.#spend((500 * payload.length) / rateHz) || result === 'slow') this.#rest();
  }

  /** Counts sound that came. Says whether it is more than may come by now. */
  #spend(ms: number): boolean {
    const nowMs = this.#host.clock();
    this.#allowanceMs = Math.min(BURST_MS, this.#allowanceMs + FASTEST * (nowMs - this.#countedAtMs)) - ms;
    this.#countedAtMs = nowMs;
    return this.#allowanceMs < PACKET_MS;
  }

  /** Lets TCP hold the page back. */
  #rest(): void {
    if (this.socket.isPaused) return;
    this.socket.pause();
    setTimeout(() => {
      this.socket.resume();
    }, REST_MS);
  }

  async #forget(): Promise<void> {
    await this.end();
    try {
      for (const speaker of this.#speakers) {
        const { failed } = await this.#host.consent.purge({ space: SPACE, speaker }, { by: 'studio' });
        if (failed[0]) throw failed[0].error;
        this.#speakers.delete(speaker);
      }
      this.#send({ type: 'forgotten' });
    } catch (cause) {
      this.#fail(cause);
    }
  }

  #send(message: StudioMessage): void {
    this.socket.send(JSON.stringify(message));
  }

  #refuse(code: string, message: string): void {
    this.#send({ type: 'problem', code, message });
    this.socket.close(POLICY_VIOLATION, code);
  }

  #fail(cause: unknown): void {
    const isKnown = cause instanceof UndertoneError;
    const code = isKnown ? cause.code : 'STUDIO_FAILED';
    this.#host.log.error('a page failed', { fault: code });
    this.#send({ type: 'problem', code, message: isKnown ? cause.message : 'The host failed. Try again.' });
    this.socket.close(INTERNAL_ERROR, code);
  }
}
