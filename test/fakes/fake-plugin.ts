// A platform of the tests' own: conversations that are made of recordings, with a webhook and a WebSocket of its own.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Duplex } from 'node:stream';
import {
  acceptWebSocket,
  definePlugin,
  type Annotation,
  type HostSession,
  type MediaPacket,
  type PlatformPlugin,
  type PluginHost,
  type SpeakerDescription,
  type SpeakerTrack,
  type TrackFormat,
} from '../../src/index.ts';

/** Somebody in a conversation, and what they say in it. */
export interface FakeSpeaker extends SpeakerDescription {
  readonly format: TrackFormat;
  /** With `arrivedAtMs` from the beginning of the recording on. */
  readonly packets: readonly Required<MediaPacket>[];
}

/** How signed requests to the plugin look: `x-signature` is the HMAC-SHA256 of the body (of the path, for upgrades). */
export const signatureOf = (secret: string, text: string | Buffer): string =>
  createHmac('sha256', secret).update(text).digest('hex');

/**
 * A plugin that replays recordings, in real time or faster. Whoever joins is heard once they consent; `POST /hang-up`
 * (signed) ends the conversation, a WebSocket (signed) takes packets of whoever has joined last.
 */
export class FakePlugin implements PlatformPlugin {
  readonly name: string;
  readonly capabilities = { live: true, batch: false, perSpeaker: true, edit: false, privateReply: false };
  /** What was posted into the conversation, by key. */
  readonly posted = new Map<string, Annotation>();
  #host: PluginHost | undefined;
  #session: HostSession | undefined;
  readonly #tracks = new Map<string, SpeakerTrack>();

  constructor(name = 'fake') {
    this.name = name;
  }

  start(host: PluginHost): void {
    this.#host = host;
  }

  async stop(): Promise<void> {
    await this.hangUp();
    this.#host = undefined;
  }

  /** Somebody joins: the conversation begins where none goes on. */
  join(): HostSession {
    return (this.#session ??= this.#running.openSession({ space: 'room' }));
  }

  /** Somebody consents. */
  async consent({ speaker }: SpeakerDescription): Promise<void> {
    await this.#running.consent.grant({ space: 'room', speaker }, { by: speaker });
  }

  /** Somebody does not want to be heard any more. */
  async withdraw({ speaker }: SpeakerDescription): Promise<void> {
    await this.#running.consent.withdraw({ space: 'room', speaker }, { by: speaker });
  }

  /**
   * Sends what a speaker says. Who does not consent is not heard, as if nobody spoke.
   * @param speed 1: in real time; Infinity: at once
   */
  async replay(speaker: FakeSpeaker, { speed = Infinity } = {}): Promise<void> {
    const track = await this.#trackOf(speaker);
    if (!track) return;
    const begun = performance.now();
    for (const { payload, sequence, timestamp, arrivedAtMs } of speaker.packets) {
      const wait = arrivedAtMs / speed - (performance.now() - begun);
      if (wait > 1) await sleep(wait);
      track.write({ payload, sequence, timestamp });
    }
  }

  /** Ends the conversation, and has what was heard of it posted. */
  async hangUp(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#tracks.clear();
    if (!session) return;
    const { speechMs } = await session.end();
    session.annotate({ kind: 'summary', content: { speechMs }, ref: { room: 1 }, idempotencyKey: session.id });
  }

  async handleHttp(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const isKnown = request.url === '/hang-up' && request.method === 'POST';
    if (isKnown && this.#isSigned(request, body)) await this.hangUp();
    response.writeHead(!isKnown ? 404 : this.#isSigned(request, body) ? 204 : 403).end();
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    acceptWebSocket(request, socket, head, {
      authorise: () => this.#isSigned(request, request.url ?? ''),
      onMessage: (payload) => [...this.#tracks.values()].at(-1)?.write({ payload }),
    });
  }

  publish(_: unknown, annotation: Annotation, { idempotencyKey }: { readonly idempotencyKey: string }): Promise<void> {
    this.posted.set(idempotencyKey, annotation);
    return Promise.resolve();
  }

  get #running(): PluginHost {
    if (!this.#host) throw new Error('The plugin does not run.');
    return this.#host;
  }

  async #trackOf(speaker: FakeSpeaker): Promise<SpeakerTrack | undefined> {
    const session = this.join();
    if (!session.mayHear(speaker).allowed) {
      this.#tracks.delete(speaker.speaker);
      return undefined;
    }
    let track = this.#tracks.get(speaker.speaker);
    if (!track || !session.tracks.has(track)) {
      track = await session.openTrack(speaker, speaker.format);
      this.#tracks.set(speaker.speaker, track);
    }
    return track;
  }

  #isSigned({ headers }: IncomingMessage, text: string | Buffer): boolean {
    const given = Buffer.from(String(headers['x-signature']));
    const right = Buffer.from(signatureOf(this.#running.config.secret('key') ?? '', text));
    return given.length === right.length && timingSafeEqual(given, right);
  }
}

export const fakePlugin = (name?: string): FakePlugin => definePlugin(new FakePlugin(name));
