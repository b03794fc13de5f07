import { damaged, empty, unsupportedCodec } from './audio-errors.ts';
import type { ByteReader } from './byte-reader.ts';
import type { OpenContainer, OpenContext } from './container.ts';
import { MAX_CHANNELS, pcmCodecName, readPcm, type PcmEncoding, type PcmLayout } from './pcm.ts';

/** The format tags of RFC 2361 that are read. */
const PCM = 1;
const IEEE_FLOAT = 3;
const ALAW = 6;
const MULAW = 7;
const EXTENSIBLE = 0xfffe;

/** What a size field holds when its writer did not know the size, or holds it elsewhere (RF64). */
const UNKNOWN_SIZE = 0xffffffff;

const INTEGERS: Record<number, PcmEncoding> = { 1: 'u8', 2: 's16', 3: 's24', 4: 's32' };
const FLOATS: Record<number, PcmEncoding> = { 4: 'f32', 8: 'f64' };

interface WavFormat extends PcmLayout {
  readonly sampleRateHz: number;
}

/**
 * RIFF, RIFX (big-endian) and RF64/BW64 (EBU Tech 3306) WAVE files: integer PCM of 8 to 32 bits, floats of 32 and 64,
 * mu-law and A-law. Chunks may come in any number before `data`; its size may be wrong or missing, as in streams.
 */
export const openWav: OpenContainer = async (context) => {
  const { reader } = context;
  const form = chunkId(await reader.demand(12, 'its header'), 0);
  const little = form !== 'RIFX';
  reader.consume(12);
  let format: WavFormat | undefined;
  let longSize = Infinity;
  for (;;) {
    const { id, size } = await chunkHeader(reader, little);
    if (id === 'data') {
      if (format === undefined) throw damaged(reader.name, 'has no fmt chunk before its sound');
      return recording(context, format, await dataLength(reader, size, longSize));
    }
    if (id === 'fmt ')
      format = parseFormat(await reader.demand(Math.min(size, 40), 'its fmt chunk'), size, little, reader);
    if (id === 'ds64') longSize = Number(dataView(await reader.demand(16, 'its ds64 chunk')).getBigUint64(8, little));
    await skipChunk(reader, size);
  }
};

function recording(context: OpenContext, format: WavFormat, byteLength: number) {
  const { sampleRateHz, channels } = format;
  const info = { container: 'wav', codec: pcmCodecName(format), sampleRateHz, channels } as const;
  return { info, sampleRateHz, chunks: readPcm(context, format, byteLength) };
}

function dataView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function chunkId(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

async function chunkHeader(reader: ByteReader, little: boolean): Promise<{ id: string; size: number }> {
  if (!(await reader.require(8))) throw damaged(reader.name, 'ends before its sound (there is no data chunk)');
  const id = chunkId(reader.bytes, 0);
  const size = dataView(reader.bytes).getUint32(4, little);
  reader.consume(8);
  return { id, size };
}

/** Chunks of odd length are followed by a zero byte, which some writers forget. */
async function skipChunk(reader: ByteReader, size: number): Promise<void> {
  if (!(await reader.skip(size))) throw damaged(reader.name, 'ends before its sound, inside another chunk');
  if (size % 2 === 1 && (await reader.require(1)) && reader.bytes[0] === 0) reader.consume(1);
}

function parseFormat(bytes: Uint8Array, size: number, little: boolean, reader: ByteReader): WavFormat {
  if (size < 16) throw damaged(reader.name, 'has a fmt chunk that is too short');
  const view = dataView(bytes);
  const channels = view.getUint16(2, little);
  const blockBytes = view.getUint16(12, little);
  const bits = view.getUint16(14, little);
  let tag = view.getUint16(0, little);
  if (tag === EXTENSIBLE && size >= 26) tag = view.getUint16(24, little);
  if (channels === 0 || channels > MAX_CHANNELS) throw damaged(reader.name, `claims to have ${channels} channels`);
  // Samples are stored left-justified in whole bytes, so the container's width decides, not the valid bits.
  const needed = Math.ceil(bits / 8);
  const stored = blockBytes / channels;
  const encoding = encodingOf(tag, Number.isInteger(stored) && stored >= needed && stored <= 8 ? stored : needed);
  if (encoding === undefined) {
    throw unsupportedCodec(
      reader.name,
      `holds WAV format 0x${tag.toString(16)} with ${bits} bits, which cannot be decoded`,
    );
  }
  return { encoding, littleEndian: little, channels, sampleRateHz: view.getUint32(4, little) };
}

function encodingOf(tag: number, sampleBytes: number): PcmEncoding | undefined {
  if (tag === PCM) return INTEGERS[sampleBytes];
  if (tag === IEEE_FLOAT) return FLOATS[sampleBytes];
  return tag === ALAW ? 'alaw' : tag === MULAW ? 'mulaw' : undefined;
}

/** How many bytes of sound to read: to the end of the source when the header does not say. */
async function dataLength(reader: ByteReader, size: number, longSize: number): Promise<number> {
  if (!(await reader.require(1))) throw empty(reader.name, 'has a header and no sound behind it');
  if (size === UNKNOWN_SIZE) return longSize === 0 ? Infinity : longSize;
  if (size !== 0) return size;
  await reader.require(4);
  // A size of 0 is either a stream's "not known yet", or the truth, and then only another chunk can follow.
  if (/^[A-Za-z][A-Za-z0-9 ]{3}$/.test(chunkId(reader.bytes, 0))) throw empty(reader.name, 'has no sound in it');
  return Infinity;
}
