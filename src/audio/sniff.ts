import { UndertoneError } from '../errors.ts';
import { damaged, empty } from './audio-errors.ts';
import type { ByteReader } from './byte-reader.ts';
import { findFrame } from './sync-frames.ts';
import { readAdtsHeader, readMpegHeader } from './sync-headers.ts';
import type { AudioContainer } from './types.ts';

/** How far junk before the first frame of an MP3 or AAC file is tolerated. */
const SEARCH_BYTES = 64 * 1024;

type Signature = readonly [text: string, at: number, text2?: string, at2?: number];

const CONTAINERS: readonly (readonly [AudioContainer, ...Signature])[] = [
  ['wav', 'RIFF', 0, 'WAVE', 8],
  ['wav', 'RIFX', 0, 'WAVE', 8],
  ['wav', 'RF64', 0, 'WAVE', 8],
  ['wav', 'BW64', 0, 'WAVE', 8],
  ['aiff', 'FORM', 0, 'AIFF', 8],
  ['aiff', 'FORM', 0, 'AIFC', 8],
  ['flac', 'fLaC', 0],
  ['ogg', 'OggS', 0],
  ['webm', '\x1a\x45\xdf\xa3', 0],
  ['mp4', 'ftyp', 4],
  ['mp4', 'moov', 4],
  ['mp4', 'mdat', 4],
  ['mp4', 'wide', 4],
];

const OTHERS: readonly (readonly [what: string, ...Signature])[] = [
  ['a PNG image', '\x89PNG', 0],
  ['a JPEG image', '\xff\xd8\xff', 0],
  ['a GIF image', 'GIF8', 0],
  ['a WebP image', 'RIFF', 0, 'WEBP', 8],
  ['an AVI video', 'RIFF', 0, 'AVI ', 8],
  ['a PDF document', '%PDF', 0],
  ['a ZIP archive', 'PK\x03\x04', 0],
  ['a gzip archive', '\x1f\x8b', 0],
  ['a MIDI score (notes, not sound)', 'MThd', 0],
  ['an AMR recording', '#!AMR', 0],
  ['a Windows Media file', '\x30\x26\xb2\x75', 0],
  ['a NIST SPHERE recording', 'NIST_1A', 0],
  ['a CAF recording', 'caff', 0],
  ['a Sun audio file', '.snd', 0],
];

function has(bytes: Uint8Array, text: string, at: number): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

function matches(bytes: Uint8Array, [text, at, text2 = '', at2 = 0]: Signature): boolean {
  return has(bytes, text, at) && has(bytes, text2, at2);
}

/**
 * Finds out from a source's first bytes which container it is, and moves the reader to where that begins (behind ID3
 * tags and junk).
 *
 * @throws UndertoneError AUDIO_EMPTY, AUDIO_UNKNOWN_FORMAT, AUDIO_DAMAGED (ends inside an ID3 tag)
 */
export async function sniffContainer(reader: ByteReader): Promise<AudioContainer> {
  if (!(await reader.require(1))) throw empty(reader.name);
  await reader.require(12);
  await skipId3(reader);
  for (const [container, ...signature] of CONTAINERS) if (matches(reader.bytes, signature)) return container;
  const other = OTHERS.find(([, ...signature]) => matches(reader.bytes, signature));
  if (other === undefined) {
    const container = await findFrames(reader);
    if (container !== undefined) return container;
  }
  throw new UndertoneError('AUDIO_UNKNOWN_FORMAT', {
    subject: reader.name,
    problem: `is ${other?.[0] ?? describe(reader.bytes)}, not a recording that can be opened`,
    remedy: 'Give a WAV, AIFF, FLAC, MP3, Ogg, WebM, M4A or AAC file, or convert it to one.',
  });
}

/** ID3v2 tags: ten bytes, the last four of which are a size of 7 bits a byte (ID3v2.4 section 3.1). */
async function skipId3(reader: ByteReader): Promise<void> {
  while (has(reader.bytes, 'ID3', 0) && reader.bytes.length >= 10) {
    const size = reader.bytes.subarray(6, 10).reduce((sum, byte) => (sum << 7) | (byte & 0x7f), 0);
    const footer = (reader.bytes[5]! & 0x10) === 0 ? 0 : 10;
    if (!(await reader.skip(10 + size + footer))) throw damaged(reader.name, 'ends inside its ID3 tag');
    await reader.require(12);
    if (reader.bytes.length === 0) throw empty(reader.name, 'has an ID3 tag and no sound behind it');
  }
}

async function findFrames(reader: ByteReader): Promise<'mp3' | 'adts' | undefined> {
  await reader.require(SEARCH_BYTES);
  const head = reader.bytes.subarray(0, SEARCH_BYTES);
  const mpeg = findFrame(head, 0, readMpegHeader);
  const adts = findFrame(head, 0, readAdtsHeader);
  // Near the end of what was searched a single header counts as a frame: believable at the very beginning only.
  const believable = (at: number) => at === 0 || (at > 0 && at < head.length - 4096);
  const useMpeg = believable(mpeg) && (adts < 0 || mpeg <= adts);
  const useAdts = believable(adts) && !useMpeg;
  if (!useMpeg && !useAdts) return undefined;
  reader.consume(useMpeg ? mpeg : adts);
  return useMpeg ? 'mp3' : 'adts';
}

function describe(bytes: Uint8Array): string {
  const head = bytes.subarray(0, 512);
  const printable = head.every((byte) => byte >= 0x20 || byte === 9 || byte === 10 || byte === 13);
  return printable ? 'a text file' : 'in an unknown format';
}
