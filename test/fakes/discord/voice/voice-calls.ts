import { randomBytes } from 'node:crypto';
import type { EncryptionMode } from '../api.ts';
import type { Certificate } from '../certificate.ts';
import type { DeliveryOptions } from '../dave/delivery-service.ts';
import type { Channel } from '../state/channel.ts';
import { VoiceRoom } from './voice-room.ts';
import { VoiceServer, type VoiceServerParts } from './voice-server.ts';
import type { VoiceSession, VoiceTicket } from './voice-session.ts';

export interface VoiceCallsParts {
  readonly certificate: Certificate;
  readonly modes: readonly EncryptionMode[];
  readonly dave: Omit<DeliveryOptions, 'channelId'> | undefined;
  readonly away: () => boolean;
  readonly changed: () => void;
  readonly log: (line: string) => void;
}

/** What a ticket's session says to the guild that it is for. */
export interface TicketHolder {
  readonly ticket: VoiceTicket;
  passes(): boolean;
  onMedia(authentic: boolean): void;
  onSession(session: VoiceSession, how: 'identified' | 'resumed'): void;
}

/** The calls in all voice channels, and the servers that carry them. */
export class VoiceCalls {
  readonly #parts: VoiceCallsParts;
  readonly #rooms = new Map<string, VoiceRoom>();
  readonly #holders = new Map<string, TicketHolder>();
  readonly #servers: VoiceServer[] = [];

  private constructor(parts: VoiceCallsParts) {
    this.#parts = parts;
  }

  static async start(parts: VoiceCallsParts): Promise<VoiceCalls> {
    const calls = new VoiceCalls(parts);
    await calls.addServer();
    return calls;
  }

  /** The server on which calls begin. */
  get firstServer(): VoiceServer {
    return this.#servers[0]!;
  }

  async addServer(): Promise<VoiceServer> {
    const parts: VoiceServerParts = {
      ...this.#parts,
      ticket: (token) => this.#holders.get(token)?.ticket,
      media: ({ token }) => this.#holders.get(token)!,
      onSession: (session, how) => {
        this.#holders.get(session.ticket.token)!.onSession(session, how);
      },
    };
    const server = await VoiceServer.listen(parts);
    this.#servers.push(server);
    return server;
  }

  /** The call in a channel, also while nobody is there. */
  room(channel: Channel): VoiceRoom {
    const room = this.#rooms.get(channel.id) ?? new VoiceRoom(channel.id, this.#parts.dave);
    this.#rooms.set(channel.id, room);
    return room;
  }

  /** Ends the calls in which nobody is left, nor expected. */
  tidy(): void {
    const expected = new Set([...this.#holders.values()].map(({ ticket }) => ticket.room));
    for (const [id, room] of this.#rooms) {
      if (room.size > 0 || expected.has(room)) continue;
      room.close();
      this.#rooms.delete(id);
    }
  }

  newToken(): string {
    return randomBytes(16).toString('hex');
  }

  admit(holder: TicketHolder): void {
    this.#holders.set(holder.ticket.token, holder);
  }

  revoke(token: string): void {
    this.#holders.delete(token);
  }

  cut(): void {
    for (const server of this.#servers) server.cut();
  }

  async close(): Promise<void> {
    for (const room of this.#rooms.values()) room.close();
    await Promise.all(this.#servers.map((server) => server.close()));
  }
}
