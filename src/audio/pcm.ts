import type { ByteReader } from './byte-reader.ts';
import type { OpenContext, PlanarChunk } from './container.ts';
import { decodeAlaw, decodeMulaw } from './g711.ts';

/** How one sample is stored. */
export type PcmEncoding = 'u8' | 's8' | 's16' | 's24' | 's32' | 'f32' | 'f64' | 'mulaw' | 'alaw';

/** How interleaved samples are stored. */
export interface PcmLayout {
  readonly encoding: PcmEncoding;
  readonly littleEndian: boolean;
  readonly channels: number;
}

/** More channels than any format in use has; bounds what a lying header can cost. */
export const MAX_CHANNELS = 255;

/** Reads every `stride`-th byte position from `at` on as a sample, until `out` is full. */
type Kernel = (view: DataView, at: number, stride: number, little: boolean, out: Float32Array) => void;

const EVERY_CODE = Uint8Array.from({ length: 256 }, (_, code) => code);

function tableKernel(table: Float32Array): Kernel {
  return (view, at, stride, _little, out) => {
    for (let i = 0; i < out.length; i++, at += stride) out[i] = table[view.getUint8(at)]!;
  };
}

const KERNELS: Record<PcmEncoding, readonly [bytes: number, kernel: Kernel]> = {
  u8: [1, tableKernel(Float32Array.from(EVERY_CODE, (code) => (code - 128) / 128))],
  s8: [1, tableKernel(Float32Array.from(EVERY_CODE, (code) => ((code << 24) >> 24) / 128))],
  mulaw: [1, tableKernel(decodeMulaw(EVERY_CODE))],
  alaw: [1, tableKernel(decodeAlaw(EVERY_CODE))],
  s16: [
    2,
    (view, at, stride, little, out) => {
      for (let i = 0; i < out.length; i++, at += stride) out[i] = view.getInt16(at, little) / 32768;
    },
  ],
  s24: [
    3,
    (view, at, stride, little, out) => {
      const high = little ? 1 : 0;
      const low = little ? 0 : 2;
      for (let i = 0; i < out.length; i++, at += stride) {
        out[i] = (view.getInt16(at + high, little) * 256 + view.getUint8(at + low)) / 2 ** 23;
      }
    },
  ],
  s32: [
    4,
    (view, at, stride, little, out) => {
      for (let i = 0; i < out.length; i++, at += stride) out[i] = view.getInt32(at, little) / 2 ** 31;
    },
  ],
  f32: [
    4,
    (view, at, stride, little, out) => {
      for (let i = 0; i < out.length; i++, at += stride) out[i] = view.getFloat32(at, little);
    },
  ],
  f64: [
    8,
    (view, at, stride, little, out) => {
      for (let i = 0; i < out.length; i++, at += stride) out[i] = view.getFloat64(at, little);
    },
  ],
};

/** The usual short name of a layout: `pcm_s16le`, `pcm_mulaw`. */
export function pcmCodecName({ encoding, littleEndian }: PcmLayout): string {
  const ordered = KERNELS[encoding][0] > 1;
  return `pcm_${encoding}${ordered ? (littleEndian ? 'le' : 'be') : ''}`;
}

/** The bytes that one sample of every channel takes. */
export function pcmFrameBytes({ encoding, channels }: PcmLayout): number {
  return KERNELS[encoding][0] * channels;
}

/**
 * Takes interleaved samples apart.
 *
 * @param bytes whole frames: at least as many as each array of `out` has samples
 * @param out one array per channel, filled with samples within -1..1 (floats as they are stored)
 */
export function deinterleave(bytes: Uint8Array, layout: PcmLayout, out: PlanarChunk): void {
  const [sampleBytes, kernel] = KERNELS[layout.encoding];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stride = pcmFrameBytes(layout);
  for (let c = 0; c < out.length; c++) kernel(view, c * sampleBytes, stride, layout.littleEndian, out[c]!);
}

/** Big enough to make a chunk's fixed costs vanish. */
const CHUNK_BYTES = 128 * 1024;

/**
 * Reads `byteLength` bytes of interleaved samples, or all there are when it is `Infinity`, chunk by chunk. Warns when
 * the source ends before `byteLength`.
 */
export async function* readPcm(
  { reader, warn }: OpenContext,
  layout: PcmLayout,
  byteLength: number,
): AsyncGenerator<PlanarChunk, void> {
  const frameBytes = pcmFrameBytes(layout);
  const capacity = Math.ceil(CHUNK_BYTES / frameBytes);
  const buffers = Array.from({ length: layout.channels }, () => new Float32Array(capacity));
  let left = byteLength;
  while (left >= frameBytes) {
    const frames = await framesAtHand(reader, frameBytes, Math.min(left, capacity * frameBytes));
    if (frames === 0) {
      if (left !== Infinity) warn('truncated', 'The file ends before the sound that its header announces.');
      return;
    }
    const chunk = frames === capacity ? buffers : buffers.map((buffer) => buffer.subarray(0, frames));
    deinterleave(reader.bytes, layout, chunk);
    reader.consume(frames * frameBytes);
    left -= frames * frameBytes;
    yield chunk;
  }
}

async function framesAtHand(reader: ByteReader, frameBytes: number, wanted: number): Promise<number> {
  await reader.require(wanted);
  return Math.floor(Math.min(reader.bytes.length, wanted) / frameBytes);
}
