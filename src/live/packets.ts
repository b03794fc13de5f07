import { UndertoneError } from '../errors.ts';

const L16_RATES_HZ = [8_000, 12_000, 16_000, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000] as const;

/** Rates at which linear samples may come: those that telephone systems have. */
export type L16RateHz = (typeof L16_RATES_HZ)[number];

/** How a track's packets carry sound. */
export type TrackFormat =
  | { readonly codec: 'opus' }
  | { readonly codec: 'mulaw' | 'alaw' }
  | {
      /** 16-bit linear samples. */
      readonly codec: 'l16';
      readonly sampleRateHz: L16RateHz;
      /** Interleaved. Default 1. */
      readonly channels?: 1 | 2;
      /** Default true; RTP's own L16 is big-endian (RFC 3551). */
      readonly littleEndian?: boolean;
    };

/** One packet of a speaker's sound. The engine keeps `payload` until it is decoded: do not reuse its memory. */
export interface MediaPacket {
  readonly payload: Uint8Array;
  /** Counts the packets, modulo 2^16. Without it, time that is missing between packets counts as lost. */
  readonly sequence?: number;
  /**
   * When the packet's first sample was spoken, in ticks of the format's clock, modulo 2^32: 48,000 a second for Opus, one a
   * sample for the others. Without it, packets follow one another as they arrive.
   */
  readonly timestamp?: number;
  /** When it came, in milliseconds on the engine's clock. Default now. */
  readonly arrivedAtMs?: number;
}

/** What became of a packet: taken; taken, but predictions lag behind; or not used. */
export type WriteResult = 'ok' | 'slow' | 'dropped';

const G711_CLOCK_HZ = 8_000;
const OPUS_CLOCK_HZ = 48_000;

/** Ticks a second of a format's clock. */
export function clockHz(format: TrackFormat): number {
  if (format.codec === 'opus') return OPUS_CLOCK_HZ;
  return format.codec === 'l16' ? format.sampleRateHz : G711_CLOCK_HZ;
}

/**
 * Checks a format that a plugin gave, which need not be TypeScript.
 * @throws UndertoneError TRACK_FORMAT_UNSUPPORTED
 */
export function requireFormat(format: TrackFormat): void {
  const { codec } = format;
  const isKnown = codec === 'opus' || codec === 'mulaw' || codec === 'alaw';
  if (isKnown || (L16_RATES_HZ as readonly number[]).includes((format as { sampleRateHz?: number }).sampleRateHz ?? 0))
    return;
  throw new UndertoneError('TRACK_FORMAT_UNSUPPORTED', {
    subject: codec,
    problem: 'is no format that tracks have',
    remedy: `Use opus, mulaw, alaw, or l16 at ${L16_RATES_HZ.join(', ')} Hz.`,
  });
}
