import { EndBehaviorType, type VoiceConnection } from '@discordjs/voice';
import type { HostLog } from 'undertone';
import { isStillEncrypted, rtpHeader, type ReceivedChunk, type RtpHeader, type VoicePacket } from './packets.ts';
import { SpeakerHealth, UnknownSources } from './speaker-health.ts';

/** What {@link VoiceReception} needs of its surroundings. */
export interface VoiceReceptionParts {
  readonly log: HostLog;
  readonly clock: () => number;
  /** Who is in the channel beside the bot. */
  others(): readonly string[];
  onPacket(speaker: string, packet: VoicePacket, source: RtpHeader | undefined): void;
  /** The library could not handle something. */
  onFault(what: string, cause: unknown): void;
  /** Only joining anew can help. */
  onLost(reason: string): void;
}

/** Nothing of anybody could be decrypted for so long: the encryption is out of step. */
const DEAF_MS = 5_000;

/**
 * What comes in over a voice connection: hands on each packet of the speakers that were asked for, finds out whose a source
 * is where nobody said so, and counts what could not be used. Nothing of anybody else is decrypted.
 */
export class VoiceReception {
  readonly unknown = new UnknownSources();
  readonly #parts: VoiceReceptionParts;
  readonly #speakers = new Map<string, SpeakerHealth>();
  #connection: VoiceConnection | undefined;
  /** The packet that the library is handling. */
  #arriving: RtpHeader | undefined;
  /** Packets that came out of the library. */
  #delivered = 0;
  #undecryptable = 0;
  #wasFailing = false;

  constructor(parts: VoiceReceptionParts) {
    this.#parts = parts;
  }

  /** Who is listened to, and how that goes. */
  get speakers(): ReadonlyMap<string, SpeakerHealth> {
    return this.#speakers;
  }

  /** Receives from this connection. It must be new: the library's socket binds what it finds when it is made. */
  attach(connection: VoiceConnection): void {
    this.#connection = connection;
    const { receiver } = connection;
    const deliver = receiver.onUdpMessage.bind(receiver);
    receiver.onUdpMessage = (datagram) => {
      this.#datagram(connection, datagram, deliver);
    };
    for (const [speaker, health] of this.#speakers) {
      health.reconnected();
      this.#subscribe(speaker);
    }
  }

  /** Receives from none. */
  detach(): void {
    this.#connection = undefined;
  }

  listen(speaker: string): void {
    if (this.#speakers.has(speaker)) return;
    this.#speakers.set(speaker, new SpeakerHealth());
    this.#subscribe(speaker);
  }

  ignore(speaker: string): void {
    if (!this.#speakers.delete(speaker)) return;
    this.#connection?.receiver.subscriptions.get(speaker)?.destroy();
  }

  /** To be called once a second while the connection is ready: does anybody speak whom nobody hears? */
  look(): void {
    const connection = this.#connection;
    if (!connection) return;
    const nowMs = this.#parts.clock();
    this.#nameUnknown(connection, nowMs);
    this.#sayUndecryptable();
    if (connection !== this.#connection) return;
    const talking = [...this.#speakers.values()].filter((health) => health.isTalking(nowMs));
    if (talking.length > 0 && talking.every((health) => health.isDeafFor(nowMs) > DEAF_MS)) {
      this.#parts.onLost('nothing of anybody could be decrypted');
    }
  }

  #subscribe(speaker: string): void {
    const connection = this.#connection;
    if (!connection) return;
    const stream = connection.receiver.subscribe(speaker, { end: { behavior: EndBehaviorType.Manual } });
    stream.on('data', (chunk: ReceivedChunk) => {
      this.#take(speaker, chunk);
    });
    // One bad packet ends the library's stream: it costs that packet.
    stream.on('error', () => undefined);
    stream.once('close', () => {
      if (connection === this.#connection && this.#speakers.has(speaker)) this.#subscribe(speaker);
    });
  }

  #datagram(connection: VoiceConnection, datagram: Buffer, deliver: (datagram: Buffer) => void): void {
    const header = rtpHeader(datagram);
    if (!header || connection !== this.#connection) return;
    const { ssrcMap } = connection.receiver;
    const speaker = ssrcMap.get(header.ssrc)?.userId;
    if (speaker === undefined) {
      const nowMs = this.#parts.clock();
      if (this.unknown.heard(header.ssrc, nowMs)) this.#nameUnknown(connection, nowMs);
      return;
    }
    this.#arriving = header;
    const before = this.#delivered;
    try {
      deliver(datagram);
    } catch (cause) {
      this.#parts.onFault('packet', cause);
    }
    this.#arriving = undefined;
    if (this.#delivered === before) this.#speakers.get(speaker)?.failed(this.#parts.clock());
  }

  #take(speaker: string, chunk: ReceivedChunk): void {
    const health = this.#speakers.get(speaker);
    const isBare = chunk instanceof Uint8Array;
    const payload = isBare ? chunk : chunk.payload;
    // A stream that held packets back would give them without their headers.
    const header = isBare ? this.#arriving : chunk;
    if (!health || isStillEncrypted(payload)) return;
    this.#delivered++;
    const nowMs = this.#parts.clock();
    health.heard(nowMs);
    this.#parts.onPacket(speaker, header ? { payload, ...health.line.place(header, nowMs) } : { payload }, header);
  }

  /** Says when packets begin to be useless, and when that is over. */
  #sayUndecryptable(): void {
    const failed = [...this.#speakers.values()].reduce((sum, { undecryptable }) => sum + undecryptable, 0);
    const isFailing = failed > this.#undecryptable;
    if (isFailing && !this.#wasFailing) this.#parts.log.warn('voice: packets cannot be decrypted', { packets: failed });
    if (!isFailing && this.#wasFailing) this.#parts.log.info('voice: packets can be decrypted again', { lost: failed });
    this.#wasFailing = isFailing;
    this.#undecryptable = failed;
  }

  /**
   * The voice server says whose a source is; where it never did, the one of whom no source is known must be it. With
   * end-to-end encryption, a wrong guess decrypts nothing.
   */
  #nameUnknown({ receiver: { ssrcMap } }: VoiceConnection, nowMs: number): void {
    for (const ssrc of this.unknown.current(nowMs)) {
      const others = this.#parts.others();
      const unnamed = others.filter((speaker) => !ssrcMap.get(speaker));
      const candidates = unnamed.length === 0 && others.length === 1 ? others : unnamed;
      if (candidates.length === 1) {
        if (unnamed.length === 0) ssrcMap.delete(candidates[0]!);
        ssrcMap.update({ userId: candidates[0]!, audioSSRC: ssrc });
        this.unknown.named(ssrc);
        this.#parts.log.warn('the voice server did not say who speaks: found out by who else is there');
      } else if (this.unknown.shouldRejoin(nowMs)) {
        this.#parts.onLost('the voice server did not say who speaks');
        return;
      }
    }
  }
}
