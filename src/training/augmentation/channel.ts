import {
  createOpusPacketDecoder,
  decodeAlaw,
  decodeMulaw,
  encodeAlaw,
  encodeMulaw,
  encodeOpusPackets,
  resample,
} from '../../audio/index.ts';
import { butterworth } from './filters.ts';

const SAMPLE_RATE_HZ = 16_000;
const TELEPHONE_RATE_HZ = 8_000;
const TELEPHONE_BAND_HZ = { low: 300, high: 3_400 };

/** The channels that can be asked for by name: exact, nothing drawn. */
export const CHANNELS = ['g711', 'telephone', 'opus16', 'opus24', 'opus32'] as const;
/** One of {@link CHANNELS}. */
export type ChannelName = (typeof CHANNELS)[number];

/**
 * Sound as it comes out of a channel: `g711` is mu-law at 8 kHz, `telephone` the same after a 300-3,400 Hz band-pass,
 * `opus16` Opus at 16 kbit/s.
 *
 * @param samples mono, 16 kHz
 * @returns as many samples, aligned with those given to within 1 ms
 */
export function throughChannel(samples: Float32Array, channel: ChannelName): Float32Array {
  switch (channel) {
    case 'g711':
      return throughG711(samples, { law: 'mu', bandPass: false });
    case 'telephone':
      return throughG711(samples, { law: 'mu', bandPass: true });
    case 'opus16':
    case 'opus24':
    case 'opus32':
      return throughOpus(samples, 1_000 * Number(channel.slice(-2)));
  }
}

/** How {@link throughG711} codes. */
export interface G711Settings {
  readonly law: 'mu' | 'a';
  /** Whether the telephone network's filter comes first; it moves sound by up to 1 ms. */
  readonly bandPass: boolean;
}

/** Down to 8 kHz, through G.711 and back to 16 kHz; as long and aligned. 2.5 ms for three seconds. */
export function throughG711(samples: Float32Array, { law, bandPass }: G711Settings): Float32Array {
  const narrow = resample(samples, SAMPLE_RATE_HZ, TELEPHONE_RATE_HZ);
  if (bandPass) {
    butterworth(narrow, 'high-pass', TELEPHONE_BAND_HZ.low, TELEPHONE_RATE_HZ);
    butterworth(narrow, 'low-pass', TELEPHONE_BAND_HZ.high, TELEPHONE_RATE_HZ);
  }
  const decoded = law === 'mu' ? decodeMulaw(encodeMulaw(narrow)) : decodeAlaw(encodeAlaw(narrow));
  return resample(decoded, TELEPHONE_RATE_HZ, SAMPLE_RATE_HZ).subarray(0, samples.length);
}

/** Of 0..10: that of WebRTC on phones. On computers it takes 9, which costs twice as much time. */
const COMPLEXITY = 5;
/** 20 ms. */
const PACKET = 320;
/** What encoder and decoder are late by together at 16 kHz, in samples: 6.5 ms (OPUS_GET_LOOKAHEAD, RFC 7845 section 4.2). */
const OPUS_DELAY = 104;

/**
 * Through Opus as calls use it: packets of 20 ms, the application `voip`, at 16 kHz; clipped to -1..1, as long and
 * aligned. 25 ms for three seconds: far dearer than all else that may happen to a copy.
 *
 * @param bitrate in bits a second; variable, so that this is the mean over long speech
 */
export function throughOpus(samples: Float32Array, bitrate: number): Float32Array {
  const packets = Math.ceil((samples.length + OPUS_DELAY) / PACKET);
  // Silence after the end pushes the last samples out.
  const out = new Float32Array(packets * PACKET);
  out.set(samples);
  const encoded = encodeOpusPackets(out, {
    sampleRateHz: SAMPLE_RATE_HZ,
    application: 'voip',
    bitrate,
    complexity: COMPLEXITY,
  });
  const decoder = createOpusPacketDecoder({ sampleRateHz: SAMPLE_RATE_HZ });
  encoded.forEach((packet, at) => {
    out.set(decoder.decode(packet), at * PACKET);
  });
  decoder.free();
  return out.subarray(OPUS_DELAY, OPUS_DELAY + samples.length);
}
