// The WASM build, always: the native one decodes all threads' packets into one buffer, and they overwrite each other.
import { Decoder } from '@evan/opus/wasm/index.mjs';
import { UndertoneError } from '../errors.ts';
import { allocateSamples, type AllocateSamples } from './allocate-samples.ts';

/** The rates that an Opus decoder can deliver, whatever the packets were recorded at (RFC 6716 section 2). */
export const OPUS_RATES_HZ = [8_000, 12_000, 16_000, 24_000, 48_000] as const;

/** One of {@link OPUS_RATES_HZ}. */
export type OpusRateHz = (typeof OPUS_RATES_HZ)[number];

/** What the decoder of a stream delivers. */
export interface OpusPacketFormat {
  /** Default 16,000: the decoder resamples by itself, at no cost. */
  readonly sampleRateHz?: OpusRateHz;
  /** 2 gives interleaved samples; 1, the default, the mean of a stereo packet's channels. */
  readonly channels?: 1 | 2;
}

/** The decoder of one stream of Opus packets. It holds about 20 KB outside the heap until it is freed. */
export interface OpusPacketDecoder {
  readonly sampleRateHz: OpusRateHz;
  readonly channels: 1 | 2;
  /**
   * Decodes the next packet: 2.5 to 120 ms of samples within -1..1. A packet carries no checksum: random bytes may well
   * decode, to noise. A packet that is refused leaves the decoder as it was.
   *
   * @param allocate gives an array of a length, to be filled and returned. Default: a new one
   * @throws UndertoneError AUDIO_DAMAGED for a packet that is empty, too large or malformed (RFC 6716 section 3.4)
   */
  decode(packet: Uint8Array, allocate?: AllocateSamples): Float32Array;
  /**
   * Stands in for a packet that never came, with the decoder's own guess (RFC 6716 section 4.4): as many samples as
   * the last packet had, fading when repeated. It also keeps the next packet from clicking. Empty before the first packet.
   */
  conceal(): Float32Array;
  /** Gives the decoder's memory back at once; without it, the garbage collector does some day. Use it no more after. */
  free(): void;
}

/**
 * Creates the decoder of a stream of Opus packets (RFC 6716), without a container: those of RTP, Discord or a demuxer.
 *
 * @throws UndertoneError AUDIO_INVALID_RATE
 */
export function createOpusPacketDecoder(format: OpusPacketFormat = {}): OpusPacketDecoder {
  const { sampleRateHz = 16_000, channels = 1 } = format;
  if (!OPUS_RATES_HZ.includes(sampleRateHz)) throw invalidRate(sampleRateHz);
  const decoder = new Decoder({ sample_rate: sampleRateHz, channels });
  // A packet of nothing but its first byte says that its frame was lost; from that byte the decoder takes the length.
  const lost = new Uint8Array(1);
  let lastLength = 0;

  function decode(packet: Uint8Array, allocate?: AllocateSamples): Float32Array {
    // The library would conceal 120 ms and more instead.
    if (packet.length === 0) throw damagedPacket('is empty');
    let samples: Float32Array;
    try {
      samples = toFloat(decoder.decode(packet), allocate);
    } catch (cause) {
      throw damagedPacket('is malformed', cause);
    }
    lost[0] = packet[0]! & SINGLE_FRAME;
    lastLength = samples.length;
    return samples;
  }

  function conceal(): Float32Array {
    const samples = new Float32Array(lastLength);
    for (let filled = 0; filled < lastLength;) {
      const frame = toFloat(decoder.decode(lost));
      samples.set(frame, filled);
      filled += frame.length;
    }
    return samples;
  }

  const free = (): void => {
    decoder.drop();
  };
  return { sampleRateHz, channels, decode, conceal, free };
}

/** Samples at 48 kHz of a frame, by the configuration in a packet's first byte (RFC 6716, table 2). */
const SILK_FRAMES = [480, 960, 1_920, 2_880];
const HYBRID_FRAMES = [480, 960];
const CELT_FRAMES = [120, 240, 480, 960];
/** No packet is longer: 120 ms. */
const LONGEST_PACKET = 5_760;

/** How long the sound of a packet is, in samples at 48 kHz, by its header alone; 0 where it is no Opus packet. */
export function opusPacketDuration(packet: Uint8Array): number {
  const first = packet[0];
  if (first === undefined) return 0;
  const config = first >> 3;
  const frame =
    config < 12 ? SILK_FRAMES[config & 3]! : config < 16 ? HYBRID_FRAMES[config & 1]! : CELT_FRAMES[config & 3]!;
  const code = first & 3;
  const frames = code === 0 ? 1 : code < 3 ? 2 : (packet[1] ?? 0) & 0x3f;
  const duration = frames * frame;
  return duration > LONGEST_PACKET ? 0 : duration;
}

/** Keeps a first byte's configuration and stereo bit, and sets its frame count to one (RFC 6716 section 3.1). */
const SINGLE_FRAME = 0xfc;

/** 16-bit samples as floats where 1 is full scale. The library's arrays begin at their buffer's beginning. */
function toFloat(pcm: Uint8Array, allocate = allocateSamples): Float32Array {
  const integers = new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length / 2);
  const samples = allocate(integers.length);
  for (let i = 0; i < samples.length; i++) samples[i] = integers[i]! / 32_768;
  return samples;
}

function damagedPacket(problem: string, cause?: unknown): UndertoneError {
  return new UndertoneError('AUDIO_DAMAGED', {
    subject: 'Opus packet',
    problem,
    remedy: 'Drop it; the packets after it decode as before.',
    cause,
  });
}

function invalidRate(rateHz: number): UndertoneError {
  return new UndertoneError('AUDIO_INVALID_RATE', {
    subject: `${rateHz} Hz`,
    problem: 'is no rate that Opus decodes to',
    remedy: `Ask for one of ${OPUS_RATES_HZ.join(', ')} Hz and resample from there.`,
  });
}
