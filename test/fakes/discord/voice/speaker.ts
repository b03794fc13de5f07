import { randomInt } from 'node:crypto';
import { SpeakerSession } from '../dave/speaker-session.ts';
import type { MediaPacket, Participant, VoiceRoom } from './voice-room.ts';

const PACKET_MS = 20;
/** Samples of a packet at 48 kHz, the clock of RTP's timestamps. */
const TICKS_A_PACKET = 960;

/** How a speaker's media is spoilt. */
export interface SpeakerFaults {
  /** Nobody is told the SSRC. */
  silentSsrc: boolean;
  /** How many of the next packets nobody can decrypt. */
  undecryptable: number;
}

/** Somebody of the fake's in a call. */
export class Speaker implements Participant {
  readonly userId: string;
  readonly local = true;
  readonly room: VoiceRoom;
  readonly faults: SpeakerFaults;
  readonly #session: SpeakerSession | undefined;
  #ssrc = newSsrc();
  #sequence = randomInt(2 ** 16);
  #timestamp = randomInt(2 ** 32);
  #speaking = false;
  #silentSinceMs: number | undefined;
  /** What is called with each Opus packet that somebody sends, as far as it could be decrypted. */
  readonly #onPacket: (from: Participant, opus: Buffer | undefined) => void;

  constructor(
    userId: string,
    room: VoiceRoom,
    faults: SpeakerFaults,
    onPacket: (from: Participant, opus: Buffer | undefined) => void,
  ) {
    this.userId = userId;
    this.room = room;
    this.faults = faults;
    this.#onPacket = onPacket;
    const { dave } = room;
    if (!dave) return;
    // Answers come after what is being sent to everybody now.
    const later = (answer: () => void): void => {
      queueMicrotask(() => {
        if (room.has(this)) answer();
      });
    };
    this.#session = new SpeakerSession(userId, room.channelId, dave.version, () => room.userIds, {
      keyPackage: (keyPackage) => {
        later(() => {
          dave.keyPackage(userId, keyPackage);
        });
      },
      commitWelcome: (payload) => {
        later(() => {
          dave.commitWelcome(userId, payload);
        });
      },
      transitionReady: (id) => {
        later(() => {
          dave.transitionReady(userId, id);
        });
      },
    });
  }

  get ssrc(): number {
    return this.#ssrc;
  }

  get announced(): boolean {
    return !this.faults.silentSsrc;
  }

  get speaking(): boolean {
    return this.#speaking;
  }

  /** Whether its media is or can be heard by the others. */
  get settled(): boolean {
    return this.room.dave?.settledFor(this.userId) ?? true;
  }

  async synced(): Promise<void> {
    // A speaker reads at once.
  }

  /** Begins to speak; the pause before it is one in the stream's time as well. */
  start(): void {
    const pauseMs = this.#silentSinceMs === undefined ? 0 : performance.now() - this.#silentSinceMs;
    this.#timestamp += Math.round(pauseMs / PACKET_MS) * TICKS_A_PACKET;
    this.#speaking = true;
    this.room.announce(this);
  }

  end(): void {
    this.#speaking = false;
    this.#silentSinceMs = performance.now();
  }

  changeSsrc(announce: boolean): void {
    this.#ssrc = newSsrc();
    this.#sequence = randomInt(2 ** 16);
    this.#timestamp = randomInt(2 ** 32);
    if (announce && this.#speaking) this.room.announce(this);
  }

  /** The next packet of the stream; `undefined` while there are no keys for it. */
  pack(opus: Uint8Array): MediaPacket | undefined {
    this.#timestamp = (this.#timestamp + TICKS_A_PACKET) % 2 ** 32;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const plain = Buffer.from(opus);
    const payload = this.#session ? this.#session.encrypt(plain) : plain;
    if (!payload) return undefined;
    const spoil = this.faults.undecryptable > 0;
    if (spoil) this.faults.undecryptable--;
    const encrypted = payload !== plain;
    // The frame's tag no longer fits, but its marker at the end still says that it is encrypted.
    if (spoil && encrypted) payload[0]! ^= 0xff;
    return { sequence: this.#sequence, timestamp: this.#timestamp, payload, corrupt: spoil && !encrypted };
  }

  hear(from: Participant, { payload }: MediaPacket): void {
    let opus: Buffer | undefined;
    try {
      opus = this.#session ? this.#session.decrypt(from.userId, payload) : payload;
    } catch {
      opus = undefined;
    }
    this.#onPacket(from, opus);
  }

  send(op: number, data: object): void {
    this.#session?.receive(op, data);
  }

  sendBinary(op: number, payload: Uint8Array): void {
    this.#session?.receiveBinary(op, Buffer.from(payload));
  }
}

const newSsrc = (): number => randomInt(1, 2 ** 31);
