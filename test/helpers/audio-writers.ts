import { encodeAlaw, encodeMulaw } from '../../src/audio/g711.ts';

/** How {@link encodePcm} writes one sample. */
export type WrittenEncoding = 'u8' | 's8' | 's16' | 's24' | 's32' | 'f32' | 'f64' | 'mulaw' | 'alaw';

const BYTES: Record<WrittenEncoding, number> = {
  u8: 1,
  s8: 1,
  s16: 2,
  s24: 3,
  s32: 4,
  f32: 4,
  f64: 8,
  mulaw: 1,
  alaw: 1,
};

function writeSample(view: DataView, at: number, sample: number, encoding: WrittenEncoding, little: boolean): void {
  const integer = (bits: number) =>
    Math.max(-(2 ** (bits - 1)), Math.min(2 ** (bits - 1) - 1, Math.round(sample * 2 ** (bits - 1))));
  switch (encoding) {
    case 'u8':
      view.setUint8(at, integer(8) + 128);
      break;
    case 's8':
      view.setInt8(at, integer(8));
      break;
    case 's16':
      view.setInt16(at, integer(16), little);
      break;
    case 's24': {
      const value = integer(24);
      view.setUint8(at + (little ? 0 : 2), value & 0xff);
      view.setInt16(at + (little ? 1 : 0), value >> 8, little);
      break;
    }
    case 's32':
      view.setInt32(at, integer(32), little);
      break;
    case 'f32':
      view.setFloat32(at, sample, little);
      break;
    case 'f64':
      view.setFloat64(at, sample, little);
      break;
    case 'mulaw':
      view.setUint8(at, encodeMulaw(Float32Array.of(sample))[0]!);
      break;
    case 'alaw':
      view.setUint8(at, encodeAlaw(Float32Array.of(sample))[0]!);
      break;
  }
}

/** Interleaves `channels` as raw PCM. */
export function encodePcm(
  channels: readonly Float32Array[],
  encoding: WrittenEncoding,
  littleEndian = true,
): Uint8Array {
  const frames = channels[0]!.length;
  const size = BYTES[encoding];
  const bytes = new Uint8Array(frames * channels.length * size);
  const view = new DataView(bytes.buffer);
  for (let i = 0, at = 0; i < frames; i++)
    for (const channel of channels) {
      writeSample(view, at, channel[i]!, encoding, littleEndian);
      at += size;
    }
  return bytes;
}

/** Joins strings (one byte a character), numbers of a given width and byte arrays. */
export function bytesOf(...parts: (string | Uint8Array)[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part))),
  );
}

/** An unsigned number of `width` bytes. */
export function uint(value: number, width: 1 | 2 | 4 | 8, littleEndian = true): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  const narrow = bytes.slice(0, width);
  return littleEndian ? narrow : narrow.reverse();
}

/** What {@link encodeWav} can be told; the defaults are an ordinary 16-bit file. */
export interface WavOptions {
  readonly encoding?: WrittenEncoding;
  readonly form?: 'RIFF' | 'RIFX' | 'RF64';
  readonly extensible?: boolean;
  /** Chunks written between `fmt ` and `data`, each as [id, body]; odd bodies are padded. */
  readonly before?: readonly (readonly [string, Uint8Array])[];
  readonly padOddChunks?: boolean;
  /** Chunks written after `data`. */
  readonly after?: readonly (readonly [string, Uint8Array])[];
  /** The size that the header claims for `data`, when it is to lie. */
  readonly claimedBytes?: number;
}

/** A WAV file of the channels given. */
export function encodeWav(
  channels: readonly Float32Array[],
  sampleRateHz: number,
  options: WavOptions = {},
): Uint8Array {
  const { encoding = 's16', form = 'RIFF', extensible = false, before = [], after = [], padOddChunks = true } = options;
  const little = form !== 'RIFX';
  const u = (value: number, width: 1 | 2 | 4 | 8) => uint(value, width, little);
  const data = encodePcm(channels, encoding, little);
  const block = channels.length * BYTES[encoding];
  const tag = { f: 3, m: 7, a: 6 }[encoding[0]!] ?? 1;
  const bits = BYTES[encoding] * 8;
  const common = [u(channels.length, 2), u(sampleRateHz, 4), u(sampleRateHz * block, 4), u(block, 2), u(bits, 2)];
  const guidTail = Uint8Array.of(0, 0, 0, 0, 16, 0, 128, 0, 0, 170, 0, 56, 155, 113);
  const format = extensible
    ? bytesOf(u(0xfffe, 2), ...common, u(22, 2), u(bits, 2), u(0, 4), u(tag, 2), guidTail)
    : bytesOf(u(tag, 2), ...common);
  const chunk = (id: string, body: Uint8Array, claim = body.length) =>
    bytesOf(id, u(claim, 4), body, padOddChunks && body.length % 2 === 1 ? '\0' : '');
  const claim = options.claimedBytes ?? (form === 'RF64' ? 0xffffffff : data.length);
  const ds64 =
    form === 'RF64' ? chunk('ds64', bytesOf(u(data.length + 100, 8), u(data.length, 8), u(0, 8), u(0, 4))) : '';
  const chunks = bytesOf(
    ds64,
    chunk('fmt ', format),
    ...before.map(([id, body]) => chunk(id, body)),
    chunk('data', data, claim),
    ...after.map(([id, body]) => chunk(id, body)),
  );
  return bytesOf(form, u(form === 'RF64' ? 0xffffffff : chunks.length + 4, 4), 'WAVE', chunks);
}

/** An 80-bit IEEE 754 extended number, as AIFF stores its sample rate. */
function extended(value: number): Uint8Array {
  const exponent = Math.floor(Math.log2(value));
  const mantissa = BigInt(Math.round(value * 2 ** (52 - exponent))) << 11n;
  const bytes = new Uint8Array(10);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, exponent + 16383);
  view.setBigUint64(2, mantissa);
  return bytes;
}

/** An AIFF file, or an AIFF-C file when a compression is named. */
export function encodeAiff(
  channels: readonly Float32Array[],
  sampleRateHz: number,
  options: { encoding?: WrittenEncoding; compression?: string; claimedBytes?: number } = {},
): Uint8Array {
  const { encoding = 's16', compression } = options;
  const u = (value: number, width: 2 | 4) => uint(value, width, false);
  const data = encodePcm(channels, encoding, compression === 'sowt');
  const common = bytesOf(
    u(channels.length, 2),
    u(channels[0]!.length, 4),
    u(BYTES[encoding] * 8, 2),
    extended(sampleRateHz),
  );
  const comm = compression === undefined ? common : bytesOf(common, compression, '\x05Hello');
  const pad = data.length % 2 === 1 ? '\0' : '';
  const chunks = bytesOf(
    compression === undefined ? '' : bytesOf('FVER', u(4, 4), u(0xa2805140, 4)),
    'COMM',
    u(comm.length, 4),
    comm,
    'NAME',
    u(3, 4),
    'odd\0',
    'SSND',
    u(options.claimedBytes ?? data.length + 8, 4),
    u(0, 4),
    u(0, 4),
    data,
    pad,
  );
  return bytesOf('FORM', u(chunks.length + 4, 4), compression === undefined ? 'AIFF' : 'AIFC', chunks);
}
