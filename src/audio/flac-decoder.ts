import { FLACDecoder } from '@wasm-audio-decoders/flac';
import type { PlanarChunk } from './container.ts';
import { quietly } from './quietly.ts';

/** What a FLAC stream's first metadata block says (RFC 9639 section 8.2). */
export interface FlacStreamInfo {
  readonly maxBlockSize: number;
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly bitsPerSample: number;
  /** Samples per channel; 0 when unknown. */
  readonly totalSamples: number;
  /** The block's 34 bytes. */
  readonly bytes: Uint8Array;
}

/** The length of a STREAMINFO block's body. */
export const STREAM_INFO_BYTES = 34;

/** Reads the body of a STREAMINFO block. */
export function parseStreamInfo(body: Uint8Array): FlacStreamInfo {
  const view = new DataView(body.buffer, body.byteOffset, STREAM_INFO_BYTES);
  const packed = view.getUint32(10);
  return {
    maxBlockSize: view.getUint16(2),
    sampleRateHz: packed >>> 12,
    channels: ((packed >>> 9) & 7) + 1,
    bitsPerSample: ((packed >>> 4) & 31) + 1,
    totalSamples: (packed & 15) * 2 ** 32 + view.getUint32(14),
    bytes: body.slice(0, STREAM_INFO_BYTES),
  };
}

/** Decodes whole FLAC frames. */
export interface FlacFrameDecoder {
  decode(frames: Uint8Array[]): Promise<PlanarChunk>;
  free(): void;
}

/** Starts a decoder for the frames of one stream. */
export async function createFlacDecoder(info: FlacStreamInfo): Promise<FlacFrameDecoder> {
  const decoder = new FLACDecoder();
  await decoder.ready;
  // Frames may leave their rate and depth to STREAMINFO, so the decoder gets a stream's head with that one block.
  const head = new Uint8Array(8 + STREAM_INFO_BYTES);
  head.set([0x66, 0x4c, 0x61, 0x43, 0x80, 0, 0, STREAM_INFO_BYTES]);
  head.set(info.bytes, 8);
  await quietly(() => decoder.decodeFrames([head]));
  return {
    decode: async (frames) => (await quietly(() => decoder.decodeFrames(frames))).channelData,
    free: () => {
      decoder.free();
    },
  };
}
