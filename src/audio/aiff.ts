import { damaged, empty, unsupportedCodec } from './audio-errors.ts';
import type { ByteReader } from './byte-reader.ts';
import type { OpenContainer } from './container.ts';
import { MAX_CHANNELS, pcmCodecName, pcmFrameBytes, readPcm, type PcmEncoding, type PcmLayout } from './pcm.ts';

const INTEGERS: Record<number, PcmEncoding> = { 1: 's8', 2: 's16', 3: 's24', 4: 's32' };

/** Compression types of AIFF-C whose samples have one fixed encoding. */
const ENCODINGS: Record<string, PcmEncoding> = {
  'raw ': 'u8',
  fl32: 'f32',
  fl64: 'f64',
  in24: 's24',
  in32: 's32',
  ulaw: 'mulaw',
  alaw: 'alaw',
};

interface AiffFormat extends PcmLayout {
  readonly sampleRateHz: number;
  readonly frames: number;
}

/** AIFF 1.3 and AIFF-C (1991 draft): integer PCM, `sowt` (little-endian), floats, mu-law and A-law. */
export const openAiff: OpenContainer = async (context) => {
  const { reader } = context;
  await reader.demand(12, 'its header');
  reader.consume(12);
  let format: AiffFormat | undefined;
  for (;;) {
    if (!(await reader.require(8))) throw damaged(reader.name, 'ends before its sound (there is no SSND chunk)');
    const id = String.fromCharCode(...reader.bytes.subarray(0, 4));
    const size = dataView(reader.bytes).getUint32(4);
    reader.consume(8);
    if (id === 'COMM') format = parseCommon(await reader.demand(Math.min(size, 22), 'its COMM chunk'), size, reader);
    if (id === 'SSND') {
      if (format === undefined) throw damaged(reader.name, 'has no COMM chunk before its sound');
      const byteLength = await soundLength(reader, size, format);
      const { sampleRateHz, channels } = format;
      const info = { container: 'aiff', codec: pcmCodecName(format), sampleRateHz, channels } as const;
      return { info, sampleRateHz, chunks: readPcm(context, format, byteLength) };
    }
    if (!(await reader.skip(size + (size % 2))))
      throw damaged(reader.name, 'ends before its sound, inside another chunk');
  }
};

function dataView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function parseCommon(bytes: Uint8Array, size: number, reader: ByteReader): AiffFormat {
  if (size < 18) throw damaged(reader.name, 'has a COMM chunk that is too short');
  const view = dataView(bytes);
  const channels = view.getUint16(0);
  if (channels === 0 || channels > MAX_CHANNELS) throw damaged(reader.name, `claims to have ${channels} channels`);
  const compression = size < 22 ? 'NONE' : String.fromCharCode(...bytes.subarray(18, 22));
  const bits = view.getUint16(6);
  const encoding = ['NONE', 'twos', 'sowt'].includes(compression)
    ? INTEGERS[Math.ceil(bits / 8)]
    : (ENCODINGS[compression] ?? ENCODINGS[compression.toLowerCase()]);
  if (encoding === undefined) {
    const problem = `holds AIFF-C compression "${compression}" with ${bits} bits, which cannot be decoded`;
    throw unsupportedCodec(reader.name, problem);
  }
  const sampleRateHz = Math.round(extended(view, 8));
  return { encoding, littleEndian: compression === 'sowt', channels, sampleRateHz, frames: view.getUint32(2) };
}

/** An 80-bit IEEE 754 extended number: sign and exponent in 16 bits, then a mantissa with its leading 1 written out. */
function extended(view: DataView, at: number): number {
  const exponent = (view.getUint16(at) & 0x7fff) - 16383;
  return (view.getUint32(at + 2) * 2 ** 32 + view.getUint32(at + 6)) * 2 ** (exponent - 63);
}

/** Moves to the first sample and returns the bytes of sound: what COMM counts, within what SSND holds. */
async function soundLength(reader: ByteReader, size: number, format: AiffFormat): Promise<number> {
  await reader.demand(8, 'its SSND chunk');
  const offset = dataView(reader.bytes).getUint32(0);
  if (!(await reader.skip(8 + offset))) throw damaged(reader.name, 'ends before its sound');
  const counted = format.frames * pcmFrameBytes(format);
  const held = size - 8 - offset;
  const length = held > 0 && counted > 0 ? Math.min(held, counted) : Math.max(held, counted);
  if (length <= 0 || !(await reader.require(1))) throw empty(reader.name, 'has a header and no sound behind it');
  return length;
}
