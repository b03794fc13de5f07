import { addProposal, divideCommit, ExternalSender, removeProposal, uint, vector } from './mls.ts';

/** Opcodes of the voice gateway for end-to-end encryption (daveprotocol.com). */
export const DaveOpcode = {
  prepareTransition: 21,
  executeTransition: 22,
  transitionReady: 23,
  prepareEpoch: 24,
  externalSender: 25,
  keyPackage: 26,
  proposals: 27,
  commitWelcome: 28,
  announceCommit: 29,
  welcome: 30,
  invalidCommitWelcome: 31,
} as const;

/** A member of a call, as the delivery service talks to it. */
export interface DaveClient {
  readonly userId: string;
  /** Whether it lives in this process, as speakers do. */
  readonly local: boolean;
  send(op: number, data: object): void;
  sendBinary(op: number, payload: Uint8Array): void;
}

export interface DeliveryOptions {
  readonly channelId: string;
  readonly firstTransition: 'zero' | 'counted';
  readonly committer: 'speaker' | 'bot';
  readonly changed: () => void;
  readonly log: (line: string) => void;
}

/** A change of the group that members were asked to commit. */
interface Proposed {
  readonly to: readonly string[];
  readonly adds: readonly string[];
  readonly removes: readonly number[];
  /** What they sent, by who sent it. */
  readonly offers: Map<string, Buffer>;
}

interface Transition {
  readonly id: number;
  readonly waiting: Set<string>;
  readonly timer: NodeJS.Timeout;
}

/** How long a transition waits for those who do not confirm it. */
const TRANSITION_PATIENCE_MS = 5_000;
const APPEND = 0;

/**
 * The delivery service of a call's MLS group: collects key packages, proposes whom to add and remove, picks a commit,
 * announces it, and has everybody change keys at once. One change at a time; what comes meanwhile waits.
 */
export class DeliveryService {
  readonly #options: DeliveryOptions;
  readonly #sender = new ExternalSender();
  readonly #clients = new Map<string, DaveClient>();
  /** Key packages of those who are not in the group yet. */
  readonly #packages = new Map<string, Buffer>();
  /** The group's tree, by leaf (RFC 9420, section 7.7: an addition takes the leftmost free leaf). */
  #leaves: (string | undefined)[] = [];
  #epoch = 0n;
  #version = 1;
  #transitions = 0;
  #firstTransition: 'zero' | 'counted';
  /** Who must send a new key package before the group is made anew. */
  readonly #gathering = new Set<string>();
  #proposed: Proposed | undefined;
  #transition: Transition | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#firstTransition = options.firstTransition;
  }

  /** 1 while media is end-to-end encrypted, 0 while it is not. */
  get version(): number {
    return this.#version;
  }

  get epoch(): bigint {
    return this.#epoch;
  }

  /** Whether the user is in the group (or encryption is off), and no change is under way. */
  settledFor(userId: string): boolean {
    const idle = !this.#proposed && !this.#transition && this.#gathering.size === 0;
    const alone = this.#clients.size === 1 && this.#packages.has(userId);
    return idle && (this.#version === 0 || alone || this.#leaves.includes(userId));
  }

  join(client: DaveClient): void {
    this.#clients.set(client.userId, client);
    if (this.#version > 0) client.sendBinary(DaveOpcode.externalSender, this.#sender.encoded);
    this.#advance();
  }

  leave(userId: string): void {
    this.#clients.delete(userId);
    this.#packages.delete(userId);
    this.#gathering.delete(userId);
    if (this.#proposed && !this.#proposed.to.some((id) => this.#clients.has(id))) this.#proposed = undefined;
    this.#chooseCommit();
    this.#confirm(userId);
    this.#advance();
  }

  keyPackage(userId: string, keyPackage: Buffer): void {
    this.#packages.set(userId, keyPackage);
    this.#gathering.delete(userId);
    this.#advance();
  }

  /** A commit (and welcome) that a member made of the proposals. */
  commitWelcome(userId: string, payload: Buffer): void {
    this.#proposed?.offers.set(userId, payload);
    this.#chooseCommit();
  }

  transitionReady(userId: string, transitionId: number): void {
    if (this.#transition?.id === transitionId) this.#confirm(userId);
  }

  /** A member could not follow: it is removed, and added again with the key package that it sends next. */
  invalidCommitWelcome(userId: string): void {
    this.#options.log(`dave: ${userId} could not follow`);
    this.#confirm(userId);
  }

  /** The group is made anew, everybody with new keys; also how encryption begins again. */
  newGroup(): void {
    this.#version = 1;
    this.#firstTransition = 'counted';
    this.#forgetGroup();
    this.#askForKeys([...this.#clients.keys()], this.#transitions + 1);
  }

  downgrade(): void {
    const everybody = [...this.#clients.keys()];
    this.#forgetGroup();
    this.#version = 0;
    this.#await(++this.#transitions, everybody);
    this.#toEach(everybody, (to) => {
      to.send(DaveOpcode.prepareTransition, { transition_id: this.#transitions, protocol_version: 0 });
    });
  }

  close(): void {
    clearTimeout(this.#transition?.timer);
  }

  #forgetGroup(): void {
    clearTimeout(this.#transition?.timer);
    this.#transition = undefined;
    this.#proposed = undefined;
    this.#leaves = [];
    this.#epoch = 0n;
    this.#packages.clear();
  }

  /** Members of the group who are still in the call, and have not begun anew. */
  #members(): string[] {
    return this.#leaves.filter(
      (id): id is string => id !== undefined && this.#clients.has(id) && !this.#packages.has(id),
    );
  }

  /** The first commit of the preferred kind of member wins; where there is none of that kind, the first of the others. */
  #chooseCommit(): void {
    const proposed = this.#proposed;
    if (!proposed) return;
    const preferLocal = this.#options.committer === 'speaker';
    const able = proposed.to.filter((id) => this.#clients.has(id));
    const preferred = able.filter((id) => this.#clients.get(id)!.local === preferLocal);
    const winner = [...proposed.offers.keys()].find((id) => (preferred.length > 0 ? preferred : able).includes(id));
    if (winner !== undefined) this.#announce(proposed, winner);
  }

  #announce(proposed: Proposed, winner: string): void {
    const { commit, welcome } = divideCommit(proposed.offers.get(winner)!);
    this.#proposed = undefined;
    this.#leaves = plantLeaves(this.#leaves.length > 0 ? this.#leaves : [winner], proposed);
    for (const id of [...proposed.adds, winner]) this.#packages.delete(id);

    const atOnce = this.#epoch === 0n && this.#firstTransition === 'zero';
    const transition = atOnce ? 0 : ++this.#transitions;
    this.#epoch += 1n;
    this.#options.log(`dave: epoch ${this.#epoch}, transition ${transition}`);
    if (transition > 0) this.#await(transition, [...proposed.to, ...proposed.adds]);
    this.#toEach(proposed.to, (to) => {
      to.sendBinary(DaveOpcode.announceCommit, Buffer.concat([uint(2, transition), commit]));
    });
    this.#toEach(proposed.adds, (to) => {
      to.sendBinary(DaveOpcode.welcome, Buffer.concat([uint(2, transition), welcome!]));
    });
    this.#advance();
  }

  /** Who makes the group while there is none. */
  #founder(): string | undefined {
    const preferLocal = this.#options.committer === 'speaker';
    const ids = [...this.#packages.keys()];
    return ids.find((id) => this.#clients.get(id)?.local === preferLocal) ?? ids[0];
  }

  /** Proposes the next change of the group, if there is one to make and none under way. */
  #advance(): void {
    this.#options.changed();
    if (this.#version === 0 || this.#proposed || this.#transition || this.#gathering.size > 0) return;
    if (this.#leaves.length === 0) {
      const founder = this.#founder();
      const adds = [...this.#packages.keys()].filter((id) => id !== founder);
      if (founder !== undefined && adds.length > 0) this.#propose([founder], adds, []);
      return;
    }
    const members = this.#members();
    const removes = this.#leaves.flatMap((id, leaf) => (id === undefined || members.includes(id) ? [] : [leaf]));
    const adds = [...this.#packages.keys()];
    if (members.length === 0) this.#restart([]);
    else if (members.length === 1 && removes.length > 0 && adds.length === 0) this.#restart(members);
    else if (removes.length + adds.length > 0) this.#propose(members, adds, removes);
  }

  /** Nobody is left with whom to share keys: the sole member waits in a group of its own. */
  #restart(members: readonly string[]): void {
    const rejoining = [...this.#packages];
    this.#forgetGroup();
    for (const [id, keyPackage] of rejoining) this.#packages.set(id, keyPackage);
    this.#askForKeys(members, 0);
    if (members.length === 0) this.#advance();
  }

  #askForKeys(members: readonly string[], transitionId: number): void {
    for (const id of members) this.#gathering.add(id);
    this.#toEach(members, (to) => {
      to.send(DaveOpcode.prepareEpoch, { transition_id: transitionId, epoch: 1, protocol_version: 1 });
      to.sendBinary(DaveOpcode.externalSender, this.#sender.encoded);
    });
  }

  #propose(to: readonly string[], adds: readonly string[], removes: readonly number[]): void {
    this.#proposed = { to, adds, removes, offers: new Map() };
    const proposals = [
      ...removes.map((leaf) => removeProposal(leaf)),
      ...adds.map((id) => addProposal(this.#packages.get(id)!)),
    ].map((proposal) => this.#sender.propose(BigInt(this.#options.channelId), this.#epoch, proposal));
    const payload = Buffer.concat([uint(1, APPEND), vector(...proposals)]);
    this.#toEach(to, (client) => {
      client.sendBinary(DaveOpcode.proposals, payload);
    });
  }

  #await(id: number, users: readonly string[]): void {
    const timer = setTimeout(() => {
      this.#execute();
    }, TRANSITION_PATIENCE_MS);
    this.#transition = { id, waiting: new Set(users), timer };
  }

  #confirm(userId: string): void {
    const transition = this.#transition;
    if (transition?.waiting.delete(userId) && transition.waiting.size === 0) this.#execute();
  }

  #execute(): void {
    const transition = this.#transition!;
    clearTimeout(transition.timer);
    this.#transition = undefined;
    this.#toEach([...this.#clients.keys()], (to) => {
      to.send(DaveOpcode.executeTransition, { transition_id: transition.id });
    });
    this.#advance();
  }

  #toEach(users: readonly string[], send: (client: DaveClient) => void): void {
    for (const id of users) {
      const client = this.#clients.get(id);
      if (client) send(client);
    }
  }
}

/** The leaves after a commit: removals first, then each addition into the leftmost free leaf. */
function plantLeaves(
  leaves: readonly (string | undefined)[],
  { adds, removes }: Pick<Proposed, 'adds' | 'removes'>,
): (string | undefined)[] {
  const after = leaves.map((id, leaf) => (removes.includes(leaf) ? undefined : id));
  for (const id of adds) {
    const free = after.indexOf(undefined);
    if (free < 0) after.push(id);
    else after[free] = id;
  }
  return after;
}
