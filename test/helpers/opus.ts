import { Encoder } from '@evan/opus/wasm/index.mjs';

/** OPUS_SET_BITRATE of opus_defines.h. */
const SET_BITRATE = 4_002;

/** How {@link encodeOpus} encodes. */
export interface OpusEncoding {
  readonly sampleRateHz?: 8_000 | 12_000 | 16_000 | 24_000 | 48_000;
  readonly channels?: 1 | 2;
  /** One of the lengths of an Opus frame: 2.5, 5, 10, 20, 40 or 60. */
  readonly frameMs?: number;
  readonly bitrate?: number;
  /** `voip` prefers the speech layer (SILK), `audio` the music layer (CELT). */
  readonly application?: 'voip' | 'audio';
}

/** Encodes interleaved samples within -1..1 as Opus packets; an incomplete last frame is left out. */
export function encodeOpus(samples: Float32Array, encoding: OpusEncoding = {}): Uint8Array[] {
  const { sampleRateHz = 48_000, channels = 1, frameMs = 20, bitrate = 64_000, application = 'audio' } = encoding;
  const encoder = new Encoder({ sample_rate: sampleRateHz, channels, application });
  encoder.ctl(SET_BITRATE, bitrate);
  const frame = ((sampleRateHz * frameMs) / 1000) * channels;
  const pcm = Int16Array.from(samples, (x) => Math.max(-32_768, Math.min(32_767, Math.round(x * 32_768))));
  const packets: Uint8Array[] = [];
  for (let at = 0; at + frame <= pcm.length; at += frame) packets.push(encoder.encode(pcm.subarray(at, at + frame)));
  encoder.drop();
  return packets;
}
