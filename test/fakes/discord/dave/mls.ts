// What a delivery service must write and read of MLS (RFC 9420): it proposes members as an external sender, and hands
// commits on. Everything else is the members' own.
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

const MLS10 = 1;
const PUBLIC_MESSAGE = 1;
const SENDER_MEMBER = 1;
const SENDER_EXTERNAL = 2;
const CONTENT_PROPOSAL = 2;
const CONTENT_COMMIT = 3;
const PROPOSAL_ADD = 1;
const PROPOSAL_REMOVE = 3;
const CREDENTIAL_BASIC = 1;
const LEAF_KEY_PACKAGE = 1;
const LEAF_COMMIT = 3;

export function uint(bytes: 1 | 2 | 4, value: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}

export function uint64(value: bigint): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64BE(value);
  return buffer;
}

/** A vector with its length in front (section 2.1.2). */
export function vector(...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const prefix = length < 64 ? uint(1, length) : length < 16_384 ? uint(2, 0x4000 | length) : uint(4, 2 ** 31 + length);
  return Buffer.concat([prefix, content]);
}

const text = (value: string): Buffer => vector(Buffer.from(value));

/** Add (section 12.1.1): `keyPackage` without a message's frame around it. */
export const addProposal = (keyPackage: Uint8Array): Buffer => Buffer.concat([uint(2, PROPOSAL_ADD), keyPackage]);

/** Remove (section 12.1.3): the member at this leaf. */
export const removeProposal = (leaf: number): Buffer => Buffer.concat([uint(2, PROPOSAL_REMOVE), uint(4, leaf)]);

/** Who proposes additions and removals without being a member (section 12.1.8.1). */
export class ExternalSender {
  readonly #privateKey: KeyObject;
  /** The sender as members keep it in the group: signature key and credential. */
  readonly encoded: Buffer;

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#privateKey = privateKey;
    const { x, y } = publicKey.export({ format: 'jwk' });
    const point = Buffer.concat([uint(1, 4), Buffer.from(x!, 'base64url'), Buffer.from(y!, 'base64url')]);
    this.encoded = Buffer.concat([vector(point), uint(2, CREDENTIAL_BASIC), text('fake voice gateway')]);
  }

  /** A signed message that proposes something to the group in this epoch. */
  propose(groupId: bigint, epoch: bigint, proposal: Uint8Array): Buffer {
    const header = Buffer.concat([uint(2, MLS10), uint(2, PUBLIC_MESSAGE)]);
    const content = Buffer.concat([
      vector(uint64(groupId)),
      uint64(epoch),
      uint(1, SENDER_EXTERNAL),
      uint(4, 0),
      vector(),
      uint(1, CONTENT_PROPOSAL),
      proposal,
    ]);
    const signed = Buffer.concat([text('MLS 1.0 FramedContentTBS'), vector(header, content)]);
    const signature = sign('sha256', signed, { key: this.#privateKey, dsaEncoding: 'der' });
    return Buffer.concat([header, content, vector(signature)]);
  }
}

/** Reads what MLS writes, front to back. */
class Reader {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  uint(bytes: 1 | 2 | 4): number {
    this.at += bytes;
    return this.#bytes.readUIntBE(this.at - bytes, bytes);
  }

  skip(bytes: number): void {
    this.at += bytes;
  }

  skipVector(): void {
    const first = this.#bytes.readUInt8(this.at);
    const size = 1 << (first >> 6);
    const length = this.#bytes.readUIntBE(this.at, size) - (first >> 6) * 2 ** (8 * size - 2);
    this.at += size + length;
  }

  skipVectors(count: number): void {
    for (let i = 0; i < count; i++) this.skipVector();
  }
}

/**
 * Divides what a member sends after proposals (op 28): its commit, a PublicMessage, and the Welcome for those whom it adds,
 * which follows without a length.
 */
export function divideCommit(bytes: Buffer): { commit: Buffer; welcome: Buffer | undefined } {
  const reader = new Reader(bytes);
  if (reader.uint(2) !== MLS10 || reader.uint(2) !== PUBLIC_MESSAGE)
    throw new Error('a commit must be a PublicMessage');
  reader.skipVector(); // group id
  reader.skip(8); // epoch
  if (reader.uint(1) !== SENDER_MEMBER) throw new Error('a commit must come from a member');
  reader.skip(4); // the sender's leaf
  reader.skipVector(); // authenticated data
  if (reader.uint(1) !== CONTENT_COMMIT) throw new Error('this message is no commit');
  reader.skipVector(); // proposals
  if (reader.uint(1) === 1) {
    skipLeafNode(reader);
    reader.skipVector(); // the path's nodes
  }
  reader.skipVectors(3); // signature, confirmation tag, membership tag
  const welcome = bytes.subarray(reader.at);
  return { commit: bytes.subarray(0, reader.at), welcome: welcome.length > 0 ? welcome : undefined };
}

/** Section 7.2. */
function skipLeafNode(reader: Reader): void {
  reader.skipVectors(2); // encryption key, signature key
  if (reader.uint(2) !== CREDENTIAL_BASIC) throw new Error('members have basic credentials');
  reader.skipVector(); // identity
  reader.skipVectors(5); // capabilities
  const source = reader.uint(1);
  if (source === LEAF_KEY_PACKAGE) reader.skip(16);
  if (source === LEAF_COMMIT) reader.skipVector(); // parent hash
  reader.skipVectors(2); // extensions, signature
}
