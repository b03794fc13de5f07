import { createAacDecoder, probeAac, type AacOptions } from './aac.ts';
import { damaged, unsupportedCodec } from './audio-errors.ts';
import type { OpenContext, PlanarChunk } from './container.ts';
import { createFlacDecoder, parseStreamInfo, STREAM_INFO_BYTES } from './flac-decoder.ts';
import { OPUS_CLOCK_HZ, opusRate, OpusSound, parseOpusHead } from './opus-sound.ts';
import { quietly } from './quietly.ts';
import { deinterleave, pcmCodecName, pcmFrameBytes, type PcmEncoding, type PcmLayout } from './pcm.ts';

/** What a container that holds packets of many codecs says about its sound track. */
export interface PacketTrack {
  /** The codec in the names of WebCodecs' registry. */
  readonly codec: string;
  readonly channels: number;
  readonly sampleRateHz: number;
  /** The codec's own configuration. */
  readonly description: Uint8Array | undefined;
  /** The stretch of the decoded sound that is meant to be heard, in seconds, where the container says so. */
  readonly heard: { start: number; duration: number } | undefined;
}

/** Some packets, one after the other. */
export interface PacketBatch {
  readonly packets: Uint8Array[];
  /** How much of the end of their sound the container wants left out, in seconds. */
  readonly discardSeconds: number;
}

/** Decodes packets in their order. */
export interface PacketDecoder {
  /** The channels are valid until the next call; none, or empty ones, when the packets gave no sound. */
  decode(packets: Uint8Array[]): PlanarChunk | Promise<PlanarChunk>;
  free(): void;
}

/** A track that can be decoded. */
export interface PacketSound {
  readonly codec: string;
  readonly channels: number;
  /** The recording's own rate, and that of the samples delivered, in Hz. */
  readonly ownRateHz: number;
  readonly sampleRateHz: number;
  readonly start: () => PacketDecoder | Promise<PacketDecoder>;
}

type Open = (context: OpenContext, track: PacketTrack, opening: Uint8Array[]) => PacketSound | Promise<PacketSound>;

const CODECS: Record<string, Open> = { opus: openOpus, aac: openAac, flac: openFlac, mp3: openMp3 };

const PCM: Record<string, readonly [PcmEncoding, littleEndian: boolean]> = {
  'pcm-u8': ['u8', true],
  'pcm-s8': ['s8', true],
  'pcm-s16': ['s16', true],
  'pcm-s16be': ['s16', false],
  'pcm-s24': ['s24', true],
  'pcm-s24be': ['s24', false],
  'pcm-s32': ['s32', true],
  'pcm-s32be': ['s32', false],
  'pcm-f32': ['f32', true],
  'pcm-f32be': ['f32', false],
  'pcm-f64': ['f64', true],
  'pcm-f64be': ['f64', false],
  ulaw: ['mulaw', true],
  alaw: ['alaw', true],
};

/**
 * Finds the decoder of a track.
 *
 * @param opening the first packets, for codecs whose configuration does not tell all
 * @throws UndertoneError AUDIO_UNSUPPORTED_CODEC, AUDIO_DAMAGED (the codec's configuration)
 */
export async function openPacketSound(
  context: OpenContext,
  track: PacketTrack,
  opening: Uint8Array[],
): Promise<PacketSound> {
  const pcm = PCM[track.codec];
  if (pcm !== undefined) return openPcm(track, { encoding: pcm[0], littleEndian: pcm[1], channels: track.channels });
  const open = CODECS[track.codec];
  if (open === undefined) throw unsupportedCodec(context.reader.name, `holds ${track.codec}, which cannot be decoded`);
  return open(context, track, opening);
}

function openOpus({ reader, wantedRateHz, warn }: OpenContext, { description, channels }: PacketTrack): PacketSound {
  const plain = { channels: channels === 1 ? 1 : 2, preSkip: 0, gain: 1 } as const;
  const head = description === undefined ? plain : parseOpusHead(description, reader.name);
  const sampleRateHz = opusRate(wantedRateHz);
  const start = (): PacketDecoder => {
    const sound = new OpusSound(head, head.channels, sampleRateHz);
    const decode = (packets: Uint8Array[]) => {
      for (const packet of packets) {
        try {
          sound.push(packet);
        } catch {
          warn('damaged', 'Some of the recording is damaged and was left out.');
        }
      }
      return sound.take();
    };
    const free = () => {
      sound.free();
    };
    return { decode, free };
  };
  return { codec: 'opus', channels: head.channels, ownRateHz: OPUS_CLOCK_HZ, sampleRateHz, start };
}

async function openAac({ reader, warn }: OpenContext, track: PacketTrack, opening: Uint8Array[]): Promise<PacketSound> {
  const { name } = reader;
  if (track.description === undefined) throw damaged(name, 'has no configuration for its AAC track');
  const options: AacOptions = {
    asc: track.description,
    ...(track.heard === undefined ? {} : { gapless: track.heard }),
  };
  const probed = await probeAac(name, opening, track.description);
  const { sampleRateHz, channels } = probed ?? track;
  const start = async (): Promise<PacketDecoder> => {
    const decoder = await createAacDecoder(name, options);
    const decode = (packets: Uint8Array[]) => {
      const chunk = decoder.decode(packets);
      if (decoder.damaged) warn('damaged', 'Some of the recording is damaged and was left out.');
      return chunk;
    };
    return {
      decode,
      free: () => {
        decoder.free();
      },
    };
  };
  return { codec: 'aac', channels, ownRateHz: sampleRateHz, sampleRateHz, start };
}

function openFlac({ reader }: OpenContext, { description }: PacketTrack): PacketSound {
  // "fLaC", a block's header of 4 bytes, STREAMINFO.
  if (description === undefined || description.length < 8 + STREAM_INFO_BYTES) {
    throw damaged(reader.name, 'has no configuration for its FLAC track');
  }
  const info = parseStreamInfo(description.subarray(8));
  const { sampleRateHz, channels } = info;
  return { codec: 'flac', channels, ownRateHz: sampleRateHz, sampleRateHz, start: () => createFlacDecoder(info) };
}

function openMp3(_context: OpenContext, { channels, sampleRateHz }: PacketTrack): PacketSound {
  const start = async (): Promise<PacketDecoder> => {
    const { MPEGDecoder } = await import('mpg123-decoder');
    const decoder = new MPEGDecoder();
    await decoder.ready;
    const decode = (packets: Uint8Array[]) =>
      quietly(() => decoder.decodeFrames(packets)).channelData.slice(0, channels);
    return {
      decode,
      free: () => {
        decoder.free();
      },
    };
  };
  return { codec: 'mp3', channels, ownRateHz: sampleRateHz, sampleRateHz, start };
}

function openPcm({ channels, sampleRateHz }: PacketTrack, layout: PcmLayout): PacketSound {
  const decode = (packets: Uint8Array[]): PlanarChunk => {
    const bytes = Buffer.concat(packets);
    const frames = Math.floor(bytes.length / pcmFrameBytes(layout));
    const chunk = Array.from({ length: channels }, () => new Float32Array(frames));
    deinterleave(bytes, layout, chunk);
    return chunk;
  };
  const start = () => ({ decode, free: () => undefined });
  return { codec: pcmCodecName(layout), channels, ownRateHz: sampleRateHz, sampleRateHz, start };
}
