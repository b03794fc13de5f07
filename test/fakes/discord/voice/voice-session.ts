import { randomInt } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { EncryptionMode } from '../api.ts';
import { DaveOpcode } from '../dave/delivery-service.ts';
import { uint } from '../dave/mls.ts';
import { readRtp, writeRtp } from './rtp.ts';
import { TransportCipher } from './transport-cipher.ts';
import { VoiceOpcode, type MediaPacket, type Participant, type VoiceRoom } from './voice-room.ts';

/** Close codes of the voice gateway. */
export const VoiceCloseCode = {
  unknownOpcode: 4001,
  undecodable: 4002,
  notAuthenticated: 4003,
  authenticationFailed: 4004,
  alreadyAuthenticated: 4005,
  sessionNoLongerValid: 4006,
  serverNotFound: 4011,
  disconnected: 4014,
  serverCrashed: 4015,
  unknownEncryptionMode: 4016,
  encryptionRequired: 4017,
} as const;

/** The right to connect that VOICE_SERVER_UPDATE hands out. */
export interface VoiceTicket {
  readonly token: string;
  readonly guildId: string;
  readonly userId: string;
  readonly sessionId: string;
  readonly room: VoiceRoom;
}

export interface SessionParts {
  readonly ticket: VoiceTicket;
  readonly modes: readonly EncryptionMode[];
  readonly udpPort: number;
  readonly sendUdp: (ssrc: number, packet: Uint8Array) => void;
  /** Whether a packet to the client gets through. */
  readonly passes: () => boolean;
  /** A packet came from the client; `false` if it was not authentic. */
  readonly onMedia: (authentic: boolean) => void;
  readonly changed: () => void;
}

/** A message that a client may ask for again when it resumes. */
interface Sent {
  readonly sequence: number;
  readonly message: string | Buffer;
}

const KEPT_MESSAGES = 500;
const SYNC_PATIENCE_MS = 1_000;

/** The bot's session with the voice gateway: it outlives the connection, and goes on when the client resumes. */
export class VoiceSession implements Participant {
  readonly ticket: VoiceTicket;
  readonly userId: string;
  readonly local = false;
  readonly announced = true;
  readonly speaking = false;
  readonly ssrc = randomInt(1, 2 ** 31);
  readonly #parts: SessionParts;
  #socket: WebSocket | undefined;
  #cipher: TransportCipher | undefined;
  #sequence = 0;
  #sent: Sent[] = [];

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.ticket = parts.ticket;
    this.userId = parts.ticket.userId;
  }

  get mode(): EncryptionMode | undefined {
    return this.#cipher?.mode;
  }

  get connected(): boolean {
    return this.#socket !== undefined;
  }

  /** Whether media can flow in both directions. */
  get ready(): boolean {
    return this.connected && this.#cipher !== undefined && (this.ticket.room.dave?.settledFor(this.userId) ?? true);
  }

  begin(socket: WebSocket): void {
    this.#socket = socket;
    this.#sendUnnumbered(VoiceOpcode.ready, {
      ssrc: this.ssrc,
      ip: '127.0.0.1',
      port: this.#parts.udpPort,
      modes: this.#parts.modes,
    });
  }

  /** Sends again what the client has not seen. */
  resume(socket: WebSocket, lastSeen: number): void {
    this.#socket = socket;
    this.#sendUnnumbered(VoiceOpcode.resumed, null);
    for (const { sequence, message } of this.#sent) if (sequence > lastSeen) socket.send(message);
    this.#parts.changed();
  }

  detach(socket: WebSocket): void {
    if (this.#socket === socket) this.#socket = undefined;
  }

  close(code: number): void {
    this.#socket?.close(code);
    this.#socket = undefined;
  }

  /** What the client sends after it has identified itself; a close code where Discord would end the connection. */
  receive(op: number, data: Record<string, unknown>): number | undefined {
    const { dave } = this.ticket.room;
    if (op === VoiceOpcode.heartbeat) {
      this.#sent = this.#sent.filter(({ sequence }) => sequence > Number(data.seq_ack));
      this.#sendUnnumbered(VoiceOpcode.heartbeatAck, { t: data.t });
    } else if (op === VoiceOpcode.selectProtocol) {
      return this.#selectProtocol(data.data as { mode: EncryptionMode });
    } else if (op === DaveOpcode.transitionReady) {
      dave?.transitionReady(this.userId, Number(data.transition_id));
    } else if (op === DaveOpcode.invalidCommitWelcome) {
      dave?.invalidCommitWelcome(this.userId);
    } else if (op === VoiceOpcode.identify) {
      return VoiceCloseCode.alreadyAuthenticated;
    } else if (op !== VoiceOpcode.speaking) {
      return VoiceCloseCode.unknownOpcode;
    }
    return undefined;
  }

  receiveBinary(op: number, payload: Buffer): void {
    const { dave } = this.ticket.room;
    if (op === DaveOpcode.keyPackage) dave?.keyPackage(this.userId, payload);
    else if (op === DaveOpcode.commitWelcome) dave?.commitWelcome(this.userId, payload);
  }

  #selectProtocol({ mode }: { mode: EncryptionMode }): number | undefined {
    if (!this.#parts.modes.includes(mode)) return VoiceCloseCode.unknownEncryptionMode;
    const { room } = this.ticket;
    this.#cipher = new TransportCipher(mode);
    const others = room.others(this.userId);
    this.send(VoiceOpcode.clientsConnect, { user_ids: others.map((other) => other.userId) });
    this.#sendUnnumbered(VoiceOpcode.sessionDescription, {
      mode,
      secret_key: [...this.#cipher.key],
      dave_protocol_version: room.dave?.version ?? 0,
    });
    room.join(this);
    for (const other of others) if (other.speaking) room.announce(other, [this]);
    this.#parts.changed();
    return undefined;
  }

  /** A client answers a ping in its turn, after what came before. */
  async synced(): Promise<void> {
    const socket = this.#socket;
    if (socket?.readyState !== socket?.OPEN) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        socket!.off('pong', done).off('close', done);
        resolve();
      };
      const timer = setTimeout(done, SYNC_PATIENCE_MS);
      socket!.on('pong', done).on('close', done).ping();
    });
  }

  hear(from: Participant, packet: MediaPacket): void {
    if (!this.#cipher || !this.#parts.passes()) return;
    const [header, content] = writeRtp({ ...packet, ssrc: from.ssrc }, packet.payload);
    const bytes = this.#cipher.encrypt(header, content);
    if (packet.corrupt) bytes[header.length]! ^= 0xff;
    this.#parts.sendUdp(this.ssrc, bytes);
  }

  /** A packet from the client, for the others in the call. */
  receiveRtp(packet: Buffer): void {
    const header = readRtp(packet);
    if (!header || !this.#cipher) return;
    let payload: Buffer;
    try {
      payload = header.payload(this.#cipher.decrypt(packet, header.bytes));
    } catch {
      this.#parts.onMedia(false);
      return;
    }
    this.#parts.onMedia(true);
    this.ticket.room.send(this, { ...header, payload });
  }

  send(op: number, data: object): void {
    const seq = ++this.#sequence;
    this.#keep(seq, JSON.stringify({ op, d: data, seq }));
  }

  sendBinary(op: number, payload: Uint8Array): void {
    const sequence = ++this.#sequence;
    this.#keep(sequence, Buffer.concat([uint(2, sequence & 0xffff), uint(1, op), payload]));
  }

  #keep(sequence: number, message: string | Buffer): void {
    this.#sent.push({ sequence, message });
    if (this.#sent.length > KEPT_MESSAGES) this.#sent.shift();
    this.#socket?.send(message);
  }

  #sendUnnumbered(op: number, d: unknown): void {
    this.#socket?.send(JSON.stringify({ op, d }));
  }
}
