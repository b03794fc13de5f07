// RTP (RFC 3550) as Discord's voice servers send it: one header extension (RFC 8285), whose content is encrypted.
const OPUS_PAYLOAD_TYPE = 0x78;
const VERSION_2 = 0x80;
const EXTENSION = 0x10;
const PADDING = 0x20;
const ONE_BYTE_EXTENSIONS = 0xbede;

/** The audio level, as one element of a one-byte header extension. */
const AUDIO_LEVEL = Buffer.from([0x10, 0xff, 0, 0]);

export const SILENCE_FRAME: Uint8Array = new Uint8Array([0xf8, 0xff, 0xfe]);
export const isSilence = (packet: Uint8Array): boolean => Buffer.compare(packet, SILENCE_FRAME) === 0;

/** Where a packet stands in its stream. */
export interface RtpPosition {
  readonly ssrc: number;
  readonly sequence: number;
  readonly timestamp: number;
}

/** The header as far as it is not encrypted, and what is to be encrypted after it. */
export function writeRtp({ ssrc, sequence, timestamp }: RtpPosition, payload: Uint8Array): [Buffer, Buffer] {
  const header = Buffer.alloc(16);
  header[0] = VERSION_2 | EXTENSION;
  header[1] = OPUS_PAYLOAD_TYPE;
  header.writeUInt16BE(sequence & 0xffff, 2);
  header.writeUInt32BE(timestamp >>> 0, 4);
  header.writeUInt32BE(ssrc, 8);
  header.writeUInt16BE(ONE_BYTE_EXTENSIONS, 12);
  header.writeUInt16BE(AUDIO_LEVEL.length / 4, 14);
  return [header, Buffer.concat([AUDIO_LEVEL, payload])];
}

export interface RtpHeader extends RtpPosition {
  /** How many bytes are not encrypted. */
  readonly bytes: number;
  /** Finds the payload in what was encrypted. */
  readonly payload: (content: Buffer) => Buffer;
}

/** The header of a packet with Opus in it; `undefined` for anything else. */
export function readRtp(packet: Buffer): RtpHeader | undefined {
  if (packet.length < 32 || packet[0]! >> 6 !== 2 || (packet[1]! & 0x7f) !== OPUS_PAYLOAD_TYPE) return undefined;
  const extended = (packet[0]! & EXTENSION) !== 0;
  const padded = (packet[0]! & PADDING) !== 0;
  const extensionBytes = extended ? 4 * packet.readUInt16BE(14) : 0;
  return {
    sequence: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    ssrc: packet.readUInt32BE(8),
    bytes: extended ? 16 : 12,
    payload: (content) => content.subarray(extensionBytes, padded ? content.length - content.at(-1)! : content.length),
  };
}
