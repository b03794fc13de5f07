import { damaged } from './audio-errors.ts';
import type { OpenContainer, OpenContext } from './container.ts';
import { MAX_HEAD_BYTES, readHead, type EbmlHead } from './ebml.ts';
import { readBlock } from './matroska-blocks.ts';
import { findAudioTrack } from './matroska-tracks.ts';
import { openPacketRecording } from './packet-recording.ts';
import type { PacketBatch } from './packet-sound.ts';

/** Identifiers of RFC 9559 section 5.1. */
const SEGMENT = 0x18538067;
const TRACKS = 0x1654ae6b;
const CLUSTER = 0x1f43b675;
const BLOCK_GROUP = 0xa0;
const BLOCK = 0xa1;
const SIMPLE_BLOCK = 0xa3;
const DISCARD_PADDING = 0x75a2;

/** What encloses other elements is walked through as if it did not, so that sizes left open do no harm. */
const ENCLOSING = new Set([SEGMENT, CLUSTER, BLOCK_GROUP]);

/** What may stand in a Segment, a Cluster or a BlockGroup and is of no interest: index, tags, times, voids. */
const PASSED_OVER = new Set([
  0x1a45dfa3,
  0x114d9b74,
  0x1549a966,
  0x1c53bb6b,
  0x1043a770,
  0x1254c367,
  0x1941a469,
  0xec,
  0xbf,
  0xe7,
  0x5854,
  0xa7,
  0xab,
  0x9b,
  0xfb,
  0xfd,
  0x75a1,
  0xfa,
  0xa4,
  0x8e,
  TRACKS,
]);

/** The longest body that is looked into; what is only passed over may be longer. */
const MAX_BODY_BYTES = 4 * 2 ** 20;

/** Packets decoded at a time: enough to make a chunk's fixed costs vanish. */
const BATCH_PACKETS = 32;

/** WebM and Matroska (RFC 9559), read from front to back. */
export const openWebm: OpenContainer = async (context) => {
  const { reader } = context;
  for (;;) {
    const head = await nextHead(context);
    if (head === undefined || head.id === CLUSTER)
      throw damaged(reader.name, 'ends or is damaged before its list of tracks');
    reader.consume(head.bytes);
    if (head.id === TRACKS && head.size <= MAX_BODY_BYTES) {
      await reader.demand(head.size, 'its list of tracks');
      const track = findAudioTrack(reader.bytes.subarray(0, head.size), reader.name);
      reader.consume(head.size);
      return openPacketRecording(context, 'webm', track, packetBatches(context, track.number));
    }
    if (!ENCLOSING.has(head.id) && !(await reader.skip(head.size))) {
      throw damaged(reader.name, 'ends before its list of tracks');
    }
  }
};

/** The head of the next element; passes over what is none, to the next cluster. */
async function nextHead({ reader, warn }: OpenContext): Promise<EbmlHead | undefined> {
  while ((await reader.require(MAX_HEAD_BYTES)) || reader.bytes.length > 0) {
    const head = readHead(reader.bytes, 0);
    if (head !== undefined && isKnown(head)) return head;
    warn('damaged', 'Some of the recording is damaged and was left out.');
    const next = clusterAt(reader.bytes);
    reader.consume(next > 0 ? next : Math.max(1, reader.bytes.length - 3));
  }
  return undefined;
}

function isKnown({ id, size }: EbmlHead): boolean {
  return ENCLOSING.has(id) || (isSound(id) && size <= MAX_BODY_BYTES) || (PASSED_OVER.has(id) && size !== Infinity);
}

function isSound(id: number): boolean {
  return id === BLOCK || id === SIMPLE_BLOCK || id === DISCARD_PADDING;
}

function clusterAt(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(0x1f, 1); at >= 0; at = bytes.indexOf(0x1f, at + 1)) {
    if (bytes[at + 1] === 0x43 && bytes[at + 2] === 0xb6 && bytes[at + 3] === 0x75) return at;
  }
  return -1;
}

async function* packetBatches(context: OpenContext, track: number): AsyncGenerator<PacketBatch, void> {
  const { reader, warn } = context;
  let packets: Uint8Array[] = [];
  for (let head = await nextHead(context); head !== undefined; head = await nextHead(context)) {
    reader.consume(head.bytes);
    if (ENCLOSING.has(head.id)) continue;
    const whole = isSound(head.id) ? await reader.require(head.size) : await reader.skip(head.size);
    if (!whole) {
      warn('truncated', 'The file ends before the recording does.');
      break;
    }
    if (!isSound(head.id)) continue;
    const body = reader.bytes.subarray(0, head.size);
    reader.consume(head.size);
    if (head.id === DISCARD_PADDING) {
      // It belongs to the block that came just before it.
      yield { packets, discardSeconds: Number(signed(body)) / 1e9 };
      packets = [];
      continue;
    }
    const block = readBlock(body);
    if (block === undefined) warn('damaged', 'Some of the recording is damaged and was left out.');
    if (block?.track !== track) continue;
    if (packets.length >= BATCH_PACKETS) {
      yield { packets, discardSeconds: 0 };
      packets = [];
    }
    for (const packet of block.packets) packets.push(packet.slice());
  }
  if (packets.length > 0) yield { packets, discardSeconds: 0 };
}

/** A signed number of up to 8 bytes. */
function signed(body: Uint8Array): bigint {
  const value = body.subarray(0, 8).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return BigInt.asIntN(8 * Math.min(8, body.length), value);
}
