import { empty, unsupportedCodec } from './audio-errors.ts';
import { floatOf, readChildren, uintOf } from './ebml.ts';
import type { PacketTrack } from './packet-sound.ts';

/** Identifiers of RFC 9559 section 5.1.4. */
const TRACK_ENTRY = 0xae;
const TRACK_NUMBER = 0xd7;
const TRACK_TYPE = 0x83;
const CODEC_ID = 0x86;
const CODEC_PRIVATE = 0x63a2;
const CONTENT_ENCODINGS = 0x6d80;
const AUDIO = 0xe1;
const SAMPLING_FREQUENCY = 0xb5;
const CHANNELS = 0x9f;
const BIT_DEPTH = 0x6264;

const AUDIO_TRACK = 2;

/** A sound track of a Matroska file. */
export interface MatroskaTrack extends PacketTrack {
  readonly number: number;
}

/**
 * Finds the first sound track in the body of a Tracks element.
 *
 * @throws UndertoneError AUDIO_EMPTY, AUDIO_UNSUPPORTED_CODEC
 */
export function findAudioTrack(tracks: Uint8Array, name: string): MatroskaTrack {
  for (const { id, body } of readChildren(tracks)) {
    if (id !== TRACK_ENTRY) continue;
    const entry = new Map(readChildren(body).map((child) => [child.id, child.body]));
    if (uintOf(entry.get(TRACK_TYPE), 0) !== AUDIO_TRACK) continue;
    if (entry.has(CONTENT_ENCODINGS)) throw unsupportedCodec(name, 'holds a sound track that is packed or encrypted');
    const audio = new Map(readChildren(entry.get(AUDIO) ?? new Uint8Array(0)).map((child) => [child.id, child.body]));
    const codecId = String.fromCharCode(...(entry.get(CODEC_ID) ?? []));
    return {
      number: uintOf(entry.get(TRACK_NUMBER), 1),
      codec: codecOf(codecId.replace(/\0+$/, ''), uintOf(audio.get(BIT_DEPTH), 16)),
      channels: uintOf(audio.get(CHANNELS), 1),
      sampleRateHz: Math.round(floatOf(audio.get(SAMPLING_FREQUENCY), 8000)),
      description: entry.get(CODEC_PRIVATE)?.slice(),
      heard: undefined,
    };
  }
  throw empty(name, 'has no sound track');
}

/** The names of the Matroska codec registry, as WebCodecs calls them; unknown ones stay as they are. */
function codecOf(codecId: string, bits: number): string {
  switch (codecId) {
    case 'A_OPUS':
      return 'opus';
    case 'A_FLAC':
      return 'flac';
    case 'A_MPEG/L3':
      return 'mp3';
    case 'A_PCM/INT/LIT':
      return bits === 8 ? 'pcm-u8' : `pcm-s${bits}`;
    case 'A_PCM/INT/BIG':
      return bits === 8 ? 'pcm-u8' : `pcm-s${bits}be`;
    case 'A_PCM/FLOAT/IEEE':
      return `pcm-f${bits}`;
    default:
      return codecId.startsWith('A_AAC') ? 'aac' : codecId;
  }
}
