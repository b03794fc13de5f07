import Davey from '@snazzah/davey';
import { DaveOpcode } from './delivery-service.ts';

/** How a speaker answers the delivery service. */
export interface DaveAnswers {
  keyPackage(keyPackage: Buffer): void;
  commitWelcome(payload: Buffer): void;
  transitionReady(transitionId: number): void;
}

/**
 * A speaker's end of the group. As in Discord's clients, media changes keys when the transition is executed, not when the
 * commit is known: whoever has not heard of it yet must still be able to listen.
 */
export class SpeakerSession {
  readonly #userId: string;
  readonly #channelId: string;
  readonly #answers: DaveAnswers;
  readonly #recognised: () => string[];
  /** Whose keys are in use; `undefined` before there are any. */
  #media: Davey.DAVESession | undefined;
  /** The session that takes part in the group; another one than the media's while a group is made anew. */
  #member: Davey.DAVESession;
  #plain: boolean;
  #atTransition: (() => void) | undefined;

  /** `version` 0 is a call that is not encrypted now. */
  constructor(userId: string, channelId: string, version: number, recognised: () => string[], answers: DaveAnswers) {
    this.#userId = userId;
    this.#channelId = channelId;
    this.#recognised = recognised;
    this.#answers = answers;
    this.#member = new Davey.DAVESession(1, userId, channelId);
    this.#plain = version === 0;
  }

  /** An Opus packet for the call; `undefined` while there is no key for it. */
  encrypt(packet: Buffer): Buffer | undefined {
    if (this.#plain) return packet;
    return this.#media?.encryptOpus(packet);
  }

  /** The Opus packet in what another member sent; throws where no key fits. */
  decrypt(userId: string, packet: Buffer): Buffer {
    if (this.#plain) return packet;
    if (!this.#media) throw new Error('there are no keys yet');
    return this.#media.decrypt(userId, Davey.MediaType.AUDIO, packet);
  }

  receive(op: number, data: { transition_id?: number; protocol_version?: number; epoch?: number }): void {
    if (op === DaveOpcode.executeTransition) {
      this.#atTransition?.();
      this.#atTransition = undefined;
    } else if (op === DaveOpcode.prepareTransition) {
      this.#prepare(data.transition_id!, () => {
        this.#plain = data.protocol_version === 0;
      });
    } else if (op === DaveOpcode.prepareEpoch && data.epoch === 1) {
      this.#member = new Davey.DAVESession(1, this.#userId, this.#channelId);
    }
  }

  receiveBinary(op: number, payload: Buffer): void {
    if (op === DaveOpcode.externalSender) {
      this.#member.setExternalSender(payload);
      this.#answers.keyPackage(this.#member.getSerializedKeyPackage());
    } else if (op === DaveOpcode.proposals) {
      const { commit, welcome } = this.#member.processProposals(
        Davey.ProposalsOperationType.APPEND,
        payload.subarray(1),
        this.#recognised(),
      );
      if (commit) this.#answers.commitWelcome(Buffer.concat([commit, welcome ?? Buffer.alloc(0)]));
    } else if (op === DaveOpcode.announceCommit) {
      this.#prepare(payload.readUInt16BE(0), () => {
        this.#member.processCommit(payload.subarray(2));
        this.#use();
      });
    } else if (op === DaveOpcode.welcome) {
      this.#member.processWelcome(payload.subarray(2));
      this.#prepare(payload.readUInt16BE(0), () => {
        this.#use();
      });
    }
  }

  #use(): void {
    this.#media = this.#member;
    this.#plain = false;
  }

  /** Transition 0 happens at once; others when everybody has confirmed them. */
  #prepare(transitionId: number, change: () => void): void {
    if (transitionId === 0) {
      change();
      return;
    }
    this.#atTransition = change;
    this.#answers.transitionReady(transitionId);
  }
}
