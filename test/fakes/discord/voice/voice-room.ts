import { DeliveryService, type DaveClient, type DeliveryOptions } from '../dave/delivery-service.ts';

/** Opcodes of the voice gateway, version 8. */
export const VoiceOpcode = {
  identify: 0,
  selectProtocol: 1,
  ready: 2,
  heartbeat: 3,
  sessionDescription: 4,
  speaking: 5,
  heartbeatAck: 6,
  resume: 7,
  hello: 8,
  resumed: 9,
  clientsConnect: 11,
  clientDisconnect: 13,
  clientFlags: 18,
  clientPlatform: 20,
} as const;

/** Somebody in a call: the bot by its connection, or a speaker of the fake. */
export interface Participant extends DaveClient {
  readonly ssrc: number;
  /** Whether op 5 tells the others which SSRC is whose. */
  readonly announced: boolean;
  /** Whether it sends media now. */
  readonly speaking: boolean;
  /** Resolves when it has read what it was sent so far. */
  synced(): Promise<void>;
  /** An Opus packet of somebody else's. */
  hear(from: Participant, packet: MediaPacket): void;
}

/** A packet on its way through the voice server: Opus, or what the group's keys made of it. */
export interface MediaPacket {
  readonly sequence: number;
  readonly timestamp: number;
  readonly payload: Buffer;
  /** Spoils the transport's encryption. */
  readonly corrupt?: boolean;
}

/** The call in one voice channel. */
export class VoiceRoom {
  readonly channelId: string;
  readonly #participants = new Map<string, Participant>();
  /** The keys of the call; `undefined` where Discord does not encrypt end to end. */
  readonly dave: DeliveryService | undefined;

  constructor(channelId: string, dave: Omit<DeliveryOptions, 'channelId'> | undefined) {
    this.channelId = channelId;
    this.dave = dave && new DeliveryService({ ...dave, channelId });
  }

  get size(): number {
    return this.#participants.size;
  }

  get userIds(): string[] {
    return [...this.#participants.keys()];
  }

  others(userId: string): Participant[] {
    return [...this.#participants.values()].filter((other) => other.userId !== userId);
  }

  has(participant: Participant): boolean {
    return this.#participants.get(participant.userId) === participant;
  }

  join(participant: Participant): void {
    for (const other of this.others(participant.userId)) {
      other.send(VoiceOpcode.clientsConnect, { user_ids: [participant.userId] });
      other.send(VoiceOpcode.clientFlags, { user_id: participant.userId, flags: 2 });
      other.send(VoiceOpcode.clientPlatform, { user_id: participant.userId, platform: 0 });
    }
    this.#participants.set(participant.userId, participant);
    this.dave?.join(participant);
  }

  leave(participant: Participant): void {
    if (!this.has(participant)) return;
    this.#participants.delete(participant.userId);
    for (const other of this.others(participant.userId)) {
      other.send(VoiceOpcode.clientDisconnect, { user_id: participant.userId });
    }
    this.dave?.leave(participant.userId);
  }

  /** Says whose SSRC it is, as a client does before it sends. */
  announce(participant: Participant, to: readonly Participant[] = this.others(participant.userId)): void {
    if (!participant.announced) return;
    for (const other of to) {
      other.send(VoiceOpcode.speaking, { user_id: participant.userId, ssrc: participant.ssrc, speaking: 1 });
    }
  }

  /** Resolves when everybody has read what they were sent so far. */
  async synced(): Promise<void> {
    await Promise.all([...this.#participants.values()].map((participant) => participant.synced()));
  }

  send(from: Participant, packet: MediaPacket): void {
    for (const other of this.#participants.values()) {
      // Speakers do not listen to each other: nobody asks what they hear.
      if (other !== from && !(other.local && from.local)) other.hear(from, packet);
    }
  }

  close(): void {
    this.dave?.close();
  }
}
