import { createSocket, type Socket } from 'node:dgram';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import type { EncryptionMode } from '../api.ts';
import type { Certificate } from '../certificate.ts';
import { VoiceOpcode } from './voice-room.ts';
import { VoiceCloseCode, VoiceSession, type SessionParts, type VoiceTicket } from './voice-session.ts';

const HEARTBEAT_MS = 13_750;
const DISCOVERY_REQUEST = 1;
const DISCOVERY_RESPONSE = 2;
const DISCOVERY_BYTES = 74;
const KEEPALIVE_BYTES = 8;

/** What a voice server asks those who know the guilds. */
export interface VoiceServerParts {
  readonly certificate: Certificate;
  readonly modes: readonly EncryptionMode[];
  readonly away: () => boolean;
  /** Whom a token was given to; `undefined` once it is no longer valid. */
  readonly ticket: (token: string) => VoiceTicket | undefined;
  readonly media: (ticket: VoiceTicket) => Pick<SessionParts, 'passes' | 'onMedia'>;
  readonly onSession: (session: VoiceSession, how: 'identified' | 'resumed') => void;
  readonly changed: () => void;
  readonly log: (line: string) => void;
}

/** A voice server: the voice gateway, version 8, over TLS, and media by UDP. */
export class VoiceServer {
  readonly #parts: VoiceServerParts;
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #udp: Socket;
  readonly #sessions = new Map<string, VoiceSession>();
  /** Where each SSRC's client is reached; known from its discovery. */
  readonly #addresses = new Map<number, { readonly address: string; readonly port: number }>();

  private constructor(parts: VoiceServerParts) {
    this.#parts = parts;
    this.#server = createServer({ key: parts.certificate.key, cert: parts.certificate.cert });
    this.#server.on('connection', (socket) => {
      if (parts.away()) socket.destroy();
    });
    this.#sockets = new WebSocketServer({ server: this.#server });
    this.#sockets.on('connection', (socket, request) => {
      this.#accept(socket, new URL(request.url!, 'wss://localhost').searchParams.get('v'));
    });
    // Addresses are numbers already: looking each up again would be most of the work of sending.
    const lookup = (
      address: string,
      _options: object,
      done: (error: null, address: string, family: number) => void,
    ) => {
      done(null, address, 4);
    };
    this.#udp = createSocket({ type: 'udp4', lookup });
    this.#udp.on('message', (packet, { address, port }) => {
      if (!parts.away()) this.#receive(packet, address, port);
    });
  }

  static async listen(parts: VoiceServerParts): Promise<VoiceServer> {
    const server = new VoiceServer(parts);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    await new Promise<void>((resolve) => server.#udp.bind(0, '127.0.0.1', resolve));
    return server;
  }

  /** As VOICE_SERVER_UPDATE says it. */
  get endpoint(): string {
    return `localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends all connections at once, as a network does that fails. */
  cut(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
  }

  async close(): Promise<void> {
    this.cut();
    this.#udp.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  forget(session: VoiceSession): void {
    this.#sessions.delete(session.ticket.token);
    this.#addresses.delete(session.ssrc);
  }

  #accept(socket: WebSocket, version: string | null): void {
    if (version !== '8') {
      socket.close(VoiceCloseCode.undecodable, 'this gateway speaks version 8');
      return;
    }
    let session: VoiceSession | undefined;
    const fail = (code: number, why: string): void => {
      this.#parts.log(`voice gateway: closed with ${code}, ${why}`);
      socket.close(code, why);
    };
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => {
      session?.detach(socket);
      this.#parts.changed();
    });
    socket.on('message', (data: RawData, binary) => {
      const bytes = data as Buffer;
      if (binary) {
        if (session) session.receiveBinary(bytes[0]!, bytes.subarray(1));
        else fail(VoiceCloseCode.notAuthenticated, 'not identified');
        return;
      }
      const { op, d } = parse(bytes);
      if (session) {
        const code = session.receive(op, d);
        if (code !== undefined) fail(code, `after op ${op}`);
        return;
      }
      const answer = this.#admit(socket, op, d);
      if (typeof answer === 'number') fail(answer, `after op ${op}`);
      else session = answer;
    });
    socket.send(JSON.stringify({ op: VoiceOpcode.hello, d: { v: 8, heartbeat_interval: HEARTBEAT_MS } }));
  }

  /** Identify or Resume: the session, or the code to close with. */
  #admit(socket: WebSocket, op: number, d: Record<string, unknown>): VoiceSession | number {
    if (op !== VoiceOpcode.identify && op !== VoiceOpcode.resume) return VoiceCloseCode.notAuthenticated;
    const ticket = this.#parts.ticket(String(d.token));
    if (!ticket) return VoiceCloseCode.sessionNoLongerValid;
    if (d.server_id !== ticket.guildId) return VoiceCloseCode.serverNotFound;
    if (d.session_id !== ticket.sessionId) return VoiceCloseCode.sessionNoLongerValid;
    if (op === VoiceOpcode.resume) {
      const session = this.#sessions.get(ticket.token);
      if (!session) return VoiceCloseCode.sessionNoLongerValid;
      this.#parts.onSession(session, 'resumed');
      session.resume(socket, Number(d.seq_ack));
      return session;
    }
    if (d.user_id !== ticket.userId) return VoiceCloseCode.authenticationFailed;
    if (ticket.room.dave && Number(d.max_dave_protocol_version ?? 0) === 0) return VoiceCloseCode.encryptionRequired;
    const session = new VoiceSession({
      ticket,
      modes: this.#parts.modes,
      udpPort: this.#udp.address().port,
      sendUdp: (ssrc, packet) => {
        const to = this.#addresses.get(ssrc);
        if (to && !this.#parts.away()) this.#udp.send(packet, to.port, to.address);
      },
      changed: this.#parts.changed,
      ...this.#parts.media(ticket),
    });
    this.#sessions.set(ticket.token, session);
    this.#parts.onSession(session, 'identified');
    session.begin(socket);
    return session;
  }

  #receive(packet: Buffer, address: string, port: number): void {
    if (packet.length === KEEPALIVE_BYTES) {
      this.#udp.send(packet, port, address);
    } else if (packet.length === DISCOVERY_BYTES && packet.readUInt16BE(0) === DISCOVERY_REQUEST) {
      const ssrc = packet.readUInt32BE(4);
      this.#addresses.set(ssrc, { address, port });
      const answer = Buffer.alloc(DISCOVERY_BYTES);
      answer.writeUInt16BE(DISCOVERY_RESPONSE, 0);
      answer.writeUInt16BE(DISCOVERY_BYTES - 4, 2);
      answer.writeUInt32BE(ssrc, 4);
      answer.write(address, 8);
      answer.writeUInt16BE(port, DISCOVERY_BYTES - 2);
      this.#udp.send(answer, port, address);
    } else if (packet.length > 12) {
      const ssrc = packet.readUInt32BE(8);
      for (const session of this.#sessions.values()) if (session.ssrc === ssrc) session.receiveRtp(packet);
    }
  }
}

function parse(bytes: Buffer): { op: number; d: Record<string, unknown> } {
  try {
    const { op, d } = JSON.parse(bytes.toString()) as { op: number; d: Record<string, unknown> | null };
    return { op, d: d ?? {} };
  } catch {
    return { op: -1, d: {} };
  }
}
