import {
  EndBehaviorType,
  entersState,
  joinVoiceChannel,
  VoiceConnectionStatus,
  type DiscordGatewayAdapterCreator,
  type VoiceConnection,
  type VoiceConnectionState,
} from '@discordjs/voice';
import type { HostLog } from 'undertone';
import { guardSockets } from './guards.ts';
import { playOpus } from './play-opus.ts';
import { isStillEncrypted, rtpHeader, type ReceivedChunk, type RtpHeader, type VoicePacket } from './packets.ts';
import { SpeakerHealth, UnknownSources } from './speaker-health.ts';

/** How a link is: the state that `status` shows. */
export type LinkStatus = 'connecting' | 'ready' | 'reconnecting' | 'ended';

/** What a link needs of its surroundings. */
export interface VoiceLinkParts {
  readonly guildId: string;
  channelId: string;
  /** The bot's own id: links of several bots in one process are kept apart by it. */
  readonly botId: string;
  readonly adapterCreator: DiscordGatewayAdapterCreator;
  readonly log: HostLog;
  readonly clock: () => number;
  /** Whether the gateway can be told to join. */
  isGatewayUp(): boolean;
  /** Who is in the channel beside the bot. */
  others(): readonly string[];
  onPacket(speaker: string, packet: VoicePacket, source: RtpHeader | undefined): void;
  onStatus(status: LinkStatus, reason: string): void;
}

const READY_MS = 15_000;
/** So long a move to another server may take before the bot joins anew. */
const MOVE_MS = 2_000;
const CHECK_MS = 1_000;
const MOST_RECOVERIES = 5;
/** A connection that lasted so long was one: failures are counted anew. */
const STABLE_MS = 60_000;
/** Nothing of anybody could be decrypted for so long: the encryption is out of step. */
const DEAF_MS = 5_000;
/**
 * The library would tear the stream down after as many packets that cannot be decrypted; this link sees to that itself, and
 * later: such bursts belong to every change of the group.
 */
const TOLERANCE = 100_000;

/**
 * The bot's connection to one voice channel, and the one place that knows the voice library. It keeps the connection up,
 * hands on each packet of the speakers that were asked for, and counts what could not be used. Nothing of anybody else is
 * decrypted.
 */
export class VoiceLink {
  readonly unknown = new UnknownSources();
  readonly #parts: VoiceLinkParts;
  readonly #speakers = new Map<string, SpeakerHealth>();
  #connection: VoiceConnection | undefined;
  #status: LinkStatus = 'connecting';
  #recoveries = 0;
  #reconnects = 0;
  #faults = 0;
  #readyAtMs = 0;
  #ownLeaves = 0;
  #deadline: NodeJS.Timeout | undefined;
  #check: NodeJS.Timeout | undefined;
  /** The packet that the library is handling. */
  #arriving: RtpHeader | undefined;
  /** Packets that came out of the library. */
  #delivered = 0;
  #undecryptable = 0;
  #wasFailing = false;

  constructor(parts: VoiceLinkParts) {
    this.#parts = parts;
  }

  get status(): LinkStatus {
    return this.#status;
  }

  /** Connections after the first. */
  get reconnects(): number {
    return this.#reconnects;
  }

  /** Messages and packets that the library could not handle. */
  get faults(): number {
    return this.#faults;
  }

  /** Who is listened to, and how that goes. */
  get speakers(): ReadonlyMap<string, SpeakerHealth> {
    return this.#speakers;
  }

  /** Whether media is encrypted end to end; undefined while it is not known. */
  get isPrivate(): boolean | undefined {
    return this.#status === 'ready' ? this.#connection?.voicePrivacyCode !== undefined : undefined;
  }

  /** Joins. Resolves to whether it is connected within 15 s; where not, it has given up. */
  async connect(): Promise<boolean> {
    this.#open();
    this.#check = setInterval(() => {
      this.#look();
    }, CHECK_MS).unref();
    try {
      await entersState(this.#connection!, VoiceConnectionStatus.Ready, READY_MS);
      return true;
    } catch {
      this.leave('the voice server did not answer');
      return false;
    }
  }

  /** Begins to listen to somebody. */
  listen(speaker: string): void {
    if (this.#speakers.has(speaker)) return;
    this.#speakers.set(speaker, new SpeakerHealth());
    this.#subscribe(speaker);
  }

  /** Listens to somebody no more. */
  ignore(speaker: string): void {
    if (!this.#speakers.delete(speaker)) return;
    this.#connection?.receiver.subscriptions.get(speaker)?.destroy();
  }

  /** Plays Opus packets of 20 ms; resolves when they are over, or cannot be played. */
  async play(packets: readonly Uint8Array[]): Promise<void> {
    const connection = this.#connection;
    if (!connection) return;
    await playOpus(connection, packets).catch((cause: unknown) => {
      this.#fault('playing', cause);
    });
  }

  /** Whether the bot's having left voice is this link's own doing, on its way to a new connection. To be asked once. */
  tookLeave(): boolean {
    if (this.#ownLeaves === 0) return false;
    this.#ownLeaves--;
    return true;
  }

  /** A moderator moved the bot. */
  moved(channelId: string): void {
    this.#parts.channelId = channelId;
  }

  /**
   * The gateway can be used again.
   * @param isInVoice whether Discord still has the bot in the channel
   */
  gatewayIsUp(isInVoice: boolean): void {
    if (this.#status === 'reconnecting' && !this.#connection) this.#tryAgain(0);
    else if (this.#connection && !isInVoice) this.#recover('Discord had forgotten that the bot is in voice');
  }

  /** Leaves, for good. */
  leave(reason: string): void {
    if (this.#status === 'ended') return;
    clearInterval(this.#check);
    this.#setStatus('ended', reason);
    this.#close();
  }

  #setStatus(status: LinkStatus, reason: string): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#parts.onStatus(status, reason);
  }

  #open(): void {
    const { guildId, channelId, botId, adapterCreator } = this.#parts;
    const connection = joinVoiceChannel({
      ...{ guildId, channelId, adapterCreator, group: botId, selfDeaf: false, selfMute: false },
      decryptionFailureTolerance: TOLERANCE,
    });
    this.#connection = connection;
    const { receiver } = connection;
    const deliver = receiver.onUdpMessage.bind(receiver);
    // Before the socket is there: the library binds what it finds here.
    receiver.onUdpMessage = (datagram) => {
      this.#datagram(connection, datagram, deliver);
    };
    guardSockets(connection, (cause) => {
      this.#fault('voice gateway', cause);
    });
    connection.on('error', (cause) => {
      this.#fault('voice connection', cause);
    });
    connection.on('stateChange', (_, state) => {
      if (connection === this.#connection) this.#follow(connection, state);
    });
    this.#expect(READY_MS, 'the voice server did not answer');
    for (const speaker of this.#speakers.keys()) this.#subscribe(speaker);
  }

  #follow(connection: VoiceConnection, state: VoiceConnectionState): void {
    switch (state.status) {
      case VoiceConnectionStatus.Ready:
        clearTimeout(this.#deadline);
        this.#deadline = undefined;
        this.#readyAtMs = this.#parts.clock();
        this.#ownLeaves = 0;
        this.#setStatus('ready', 'connected');
        return;
      case VoiceConnectionStatus.Disconnected:
        this.#setStatus('reconnecting', 'disconnected');
        this.#expect(MOVE_MS, 'disconnected');
        return;
      case VoiceConnectionStatus.Destroyed:
        this.#recover('the connection was given up');
        return;
      case VoiceConnectionStatus.Signalling:
      case VoiceConnectionStatus.Connecting:
        if (this.#status === 'ready') this.#setStatus('reconnecting', 'the voice server is being changed');
        // A server that refuses at once would be asked again without a pause.
        if (connection.rejoinAttempts > MOST_RECOVERIES) this.#recover('the voice server refuses the connection');
        else if (this.#deadline === undefined) this.#expect(READY_MS, 'the voice server did not answer');
    }
  }

  /** Unless the connection is ready within a time, it is made anew. */
  #expect(ms: number, reason: string): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => {
      if (this.#connection?.state.status !== VoiceConnectionStatus.Ready) this.#recover(reason);
    }, ms);
  }

  #recover(reason: string): void {
    if (this.#status === 'ended') return;
    if (this.#parts.clock() - this.#readyAtMs > STABLE_MS && this.#status === 'ready') this.#recoveries = 0;
    this.#close();
    this.#setStatus('reconnecting', reason);
    this.#parts.log.warn('voice is being reconnected', { reason, attempt: this.#recoveries + 1 });
    this.#tryAgain(500 * (2 ** this.#recoveries - 1));
  }

  #tryAgain(afterMs: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => {
      this.#deadline = undefined;
      // Without the gateway nobody can join: that is no failure of this connection.
      if (!this.#parts.isGatewayUp()) this.#tryAgain(CHECK_MS);
      else if (this.#recoveries >= MOST_RECOVERIES) this.leave('the voice connection could not be restored');
      else {
        this.#recoveries++;
        this.#reconnects++;
        this.#open();
      }
    }, afterMs);
  }

  #close(): void {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    const connection = this.#connection;
    this.#connection = undefined;
    if (!connection || connection.state.status === VoiceConnectionStatus.Destroyed) return;
    const isTold = this.#parts.isGatewayUp();
    if (isTold && this.#status !== 'ended') this.#ownLeaves++;
    connection.destroy(isTold);
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
      this.#fault('packet', cause);
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

  /** Once a second: whether anybody speaks whom nobody hears. */
  #look(): void {
    const connection = this.#connection;
    if (!connection || this.#status !== 'ready') return;
    const nowMs = this.#parts.clock();
    if (nowMs - this.#readyAtMs > STABLE_MS) this.#recoveries = 0;
    this.#nameUnknown(connection, nowMs);
    this.#sayUndecryptable();
    const talking = [...this.#speakers.values()].filter((health) => health.isTalking(nowMs));
    if (talking.length > 0 && talking.every((health) => health.isDeafFor(nowMs) > DEAF_MS)) {
      this.#recover('nothing of anybody could be decrypted');
    }
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
        this.#recover('the voice server did not say who speaks');
        return;
      }
    }
  }

  #fault(what: string, cause: unknown): void {
    this.#faults++;
    const { name = 'unknown' } = cause instanceof Error ? cause : {};
    // The first few, then ever fewer: a broken sender must not fill the log.
    if ((this.#faults & (this.#faults - 1)) === 0) {
      this.#parts.log.warn('voice: something could not be used', { what, fault: name, times: this.#faults });
    }
  }
}
