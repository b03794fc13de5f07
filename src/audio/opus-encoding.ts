import { Encoder } from '@evan/opus/wasm/index.mjs';

const RATE_HZ = 48_000;
const FRAME = RATE_HZ / 50;

/**
 * Encodes sound as Opus packets of 20 ms (RFC 6716), as voice platforms send them: for notices and tones.
 * @param samples mono, at 48 kHz, within -1..1; the last packet is filled up with silence
 */
export function encodeOpusPackets(samples: Float32Array): Uint8Array[] {
  const encoder = new Encoder({ sample_rate: RATE_HZ, channels: 1, application: 'audio' });
  try {
    return Array.from({ length: Math.ceil(samples.length / FRAME) }, (_, at) => {
      const frame = new Int16Array(FRAME);
      for (let i = 0; i < FRAME; i++) {
        const sample = samples[at * FRAME + i] ?? 0;
        frame[i] = Math.round(32_767 * Math.max(-1, Math.min(1, sample)));
      }
      // What the encoder gives is a view of its own memory.
      return encoder.encode(frame).slice();
    });
  } finally {
    encoder.drop();
  }
}
