// The WASM build, as for decoding: the native one mixes threads up.
import { Encoder } from '@evan/opus/wasm/index.mjs';
import { toInt16 } from './l16.ts';

/** Requests of opus_encoder_ctl (opus_defines.h). */
const SET_BITRATE = 4_002;
const SET_COMPLEXITY = 4_010;
const PACKETS_A_SECOND = 50;

/** How {@link encodeOpusPackets} encodes; what is not given is libopus' own choice. */
export interface OpusEncoding {
  /** Of the samples; default 48,000. */
  readonly sampleRateHz?: 8_000 | 12_000 | 16_000 | 24_000 | 48_000;
  /** `voip` prefers the speech layer (SILK), `audio` the music layer (CELT); default `audio`. */
  readonly application?: 'voip' | 'audio';
  /** In bits a second; variable, so that this is the mean over long sound. */
  readonly bitrate?: number;
  /** 0..10: what is spent on quality. */
  readonly complexity?: number;
}

/**
 * Encodes sound as Opus packets of 20 ms (RFC 6716), as voice platforms send them.
 * @param samples mono, clipped to -1..1; the last packet is filled up with silence
 */
export function encodeOpusPackets(samples: Float32Array, encoding: OpusEncoding = {}): Uint8Array[] {
  const { sampleRateHz = 48_000, application = 'audio', bitrate, complexity } = encoding;
  const encoder = new Encoder({ sample_rate: sampleRateHz, channels: 1, application });
  try {
    if (bitrate !== undefined) encoder.ctl(SET_BITRATE, bitrate);
    if (complexity !== undefined) encoder.ctl(SET_COMPLEXITY, complexity);
    const frame = new Int16Array(sampleRateHz / PACKETS_A_SECOND);
    return Array.from({ length: Math.ceil(samples.length / frame.length) }, (_, packet) => {
      for (let i = 0; i < frame.length; i++) {
        frame[i] = toInt16(samples[packet * frame.length + i] ?? 0);
      }
      // What the encoder gives is a view of its own memory.
      return encoder.encode(frame).slice();
    });
  } finally {
    encoder.drop();
  }
}
