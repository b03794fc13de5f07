import { readVint } from './ebml.ts';

/** The track a block belongs to and its packets (RFC 9559 section 10), as views into it. */
export interface Block {
  readonly track: number;
  readonly packets: Uint8Array[];
}

/** Reads the body of a Block or SimpleBlock; `undefined` when it makes no sense. */
export function readBlock(body: Uint8Array): Block | undefined {
  const track = readVint(body, 0);
  if (track === undefined || track.bytes + 3 > body.length) return undefined;
  // A time of two bytes, then flags, of which two bits say how packets share the block.
  const flags = body[track.bytes + 2]!;
  const content = body.subarray(track.bytes + 3);
  const packets = (flags & 6) === 0 ? [content] : unlace(content, (flags >> 1) & 3);
  return packets === undefined ? undefined : { track: track.value, packets };
}

const XIPH = 1;
const EBML = 3;

function unlace(content: Uint8Array, lacing: number): Uint8Array[] | undefined {
  const count = (content[0] ?? 0) + 1;
  const laced = lacing === XIPH ? xiphSizes(content, count) : lacing === EBML ? ebmlSizes(content, count) : undefined;
  const sizes = laced?.sizes ?? new Array<number>(count - 1).fill(Math.floor((content.length - 1) / count));
  const packets: Uint8Array[] = [];
  let at = laced?.end ?? 1;
  for (const size of sizes) {
    if (!(size >= 0) || at + size > content.length) return undefined;
    packets.push(content.subarray(at, at + size));
    at += size;
  }
  packets.push(content.subarray(at));
  return packets;
}

interface Lacing {
  /** The sizes of all packets but the last. */
  readonly sizes: number[];
  /** Where the first packet begins. */
  readonly end: number;
}

/** Sizes as sums of bytes, of which all but the last are 255. */
function xiphSizes(content: Uint8Array, count: number): Lacing {
  const sizes: number[] = [];
  let at = 1;
  while (sizes.length < count - 1) {
    let size = 0;
    while (content[at] === 255) size += content[at++]!;
    sizes.push(size + (content[at++] ?? NaN));
  }
  return { sizes, end: at };
}

/** The first size, then differences, each as a number of variable length; differences are offset to be signed. */
function ebmlSizes(content: Uint8Array, count: number): Lacing {
  const sizes: number[] = [];
  let at = 1;
  while (sizes.length < count - 1) {
    const vint = readVint(content, at);
    if (vint === undefined) return { sizes: [NaN], end: at };
    const offset = sizes.length === 0 ? 0 : 2 ** (7 * vint.bytes - 1) - 1;
    sizes.push((sizes.at(-1) ?? 0) + vint.value - offset);
    at += vint.bytes;
  }
  return { sizes, end: at };
}
