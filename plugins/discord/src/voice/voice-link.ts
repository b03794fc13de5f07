import {
  entersState,
  joinVoiceChannel,
  VoiceConnectionStatus,
  type DiscordGatewayAdapterCreator,
  type VoiceConnection,
  type VoiceConnectionState,
} from '@discordjs/voice';
import { guardSockets } from './guards.ts';
import { playOpus } from './play-opus.ts';
import type { SpeakerHealth, UnknownSources } from './speaker-health.ts';
import { VoiceReception, type VoiceReceptionParts } from './voice-reception.ts';

/** How a link is: the state that `status` shows. */
export type LinkStatus = 'connecting' | 'ready' | 'reconnecting' | 'ended';

/** What a link needs of its surroundings. */
export interface VoiceLinkParts extends Pick<VoiceReceptionParts, 'log' | 'clock' | 'others' | 'onPacket'> {
  readonly guildId: string;
  channelId: string;
  /** The bot's own id: links of several bots in one process are kept apart by it. */
  readonly botId: string;
  readonly adapterCreator: DiscordGatewayAdapterCreator;
  /** Whether the gateway can be told to join. */
  isGatewayUp(): boolean;
  onStatus(status: LinkStatus, reason: string): void;
}

const READY_MS = 15_000;
/** So long a move to another server may take before the bot joins anew. */
const MOVE_MS = 2_000;
const CHECK_MS = 1_000;
const MOST_RECOVERIES = 5;
/** A connection that lasted so long was one: failures are counted anew. */
const STABLE_MS = 60_000;
/**
 * The library would tear the stream down after as many packets that cannot be decrypted; this link sees to that itself, and
 * later: such bursts belong to every change of the group.
 */
const TOLERANCE = 100_000;

/**
 * The bot's connection to one voice channel: keeps it up, whatever happens to it, as long as there is hope. What comes in
 * over it is the matter of its {@link VoiceReception}.
 */
export class VoiceLink {
  readonly #parts: VoiceLinkParts;
  readonly #reception: VoiceReception;
  #connection: VoiceConnection | undefined;
  #status: LinkStatus = 'connecting';
  #recoveries = 0;
  #reconnects = 0;
  #faults = 0;
  #readyAtMs = 0;
  #ownLeaves = 0;
  #deadline: NodeJS.Timeout | undefined;
  #check: NodeJS.Timeout | undefined;

  constructor(parts: VoiceLinkParts) {
    this.#parts = parts;
    this.#reception = new VoiceReception({
      ...{ log: parts.log, clock: parts.clock },
      others: () => parts.others(),
      onPacket: (speaker, packet, source) => {
        parts.onPacket(speaker, packet, source);
      },
      onFault: (what, cause) => {
        this.#fault(what, cause);
      },
      onLost: (reason) => {
        this.#recover(reason);
      },
    });
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
    return this.#reception.speakers;
  }

  /** Packets of which nobody said who sent them. */
  get unknown(): Pick<UnknownSources, 'packets'> {
    return this.#reception.unknown;
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
    this.#reception.listen(speaker);
  }

  /** Listens to somebody no more. */
  ignore(speaker: string): void {
    this.#reception.ignore(speaker);
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
    this.#reception.attach(connection);
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
    this.#reception.detach();
    if (!connection || connection.state.status === VoiceConnectionStatus.Destroyed) return;
    const isTold = this.#parts.isGatewayUp();
    if (isTold && this.#status !== 'ended') this.#ownLeaves++;
    connection.destroy(isTold);
  }

  /** Once a second. */
  #look(): void {
    if (this.#status !== 'ready') return;
    if (this.#parts.clock() - this.#readyAtMs > STABLE_MS) this.#recoveries = 0;
    this.#reception.look();
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
