/**
 * Frame headers of the formats that are mere rows of frames: MPEG audio (ISO/IEC 11172-3 2.4.2.3 and 13818-3) and
 * ADTS (ISO/IEC 13818-7 6.2).
 */

/** What a frame's header says. */
export interface SyncHeader {
  /** The whole frame's length in bytes. */
  readonly bytes: number;
  readonly sampleRateHz: number;
  readonly channels: number;
  /** Samples per channel. */
  readonly samples: number;
}

/** Reads a frame's header at `at`; `undefined` where there is none. Needs {@link SYNC_HEADER_BYTES} bytes. */
export type SyncHeaderReader = (bytes: Uint8Array, at: number) => SyncHeader | undefined;

/** The most bytes that a header reader looks at. */
export const SYNC_HEADER_BYTES = 7;

const MPEG1_LAYER3 = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const MPEG1_LAYER2 = [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384];
const MPEG2_LAYER23 = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const MPEG_RATES_HZ = [44100, 48000, 32000];

/** Layers II and III of MPEG-1, 2 and 2.5; "free format" frames do not say their length and are not taken. */
export const readMpegHeader: SyncHeaderReader = (bytes, at) => {
  const [a, b, c, d] = [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!];
  if (a !== 0xff || (b & 0xe0) !== 0xe0) return undefined;
  const version = (b >> 3) & 3;
  const layer = 4 - ((b >> 1) & 3);
  const rate = MPEG_RATES_HZ[(c >> 2) & 3];
  if (version === 1 || layer === 4 || layer === 1 || rate === undefined || (d & 3) === 2) return undefined;
  const kbps = (version !== 3 ? MPEG2_LAYER23 : layer === 3 ? MPEG1_LAYER3 : MPEG1_LAYER2)[(c >> 4) - 1];
  if (kbps === undefined) return undefined;
  const sampleRateHz = rate >> (version === 3 ? 0 : version === 2 ? 1 : 2);
  const samples = version !== 3 && layer === 3 ? 576 : 1152;
  const length = Math.floor((samples * 125 * kbps) / sampleRateHz) + ((c >> 1) & 1);
  return { bytes: length, sampleRateHz, channels: d >> 6 === 3 ? 1 : 2, samples };
};

const ADTS_RATES_HZ = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];

/** AAC frames with an ADTS header. */
export const readAdtsHeader: SyncHeaderReader = (bytes, at) => {
  if (bytes[at] !== 0xff || (bytes[at + 1]! & 0xf6) !== 0xf0) return undefined;
  const sampleRateHz = ADTS_RATES_HZ[(bytes[at + 2]! >> 2) & 15];
  const length = ((bytes[at + 3]! & 3) << 11) | (bytes[at + 4]! << 3) | (bytes[at + 5]! >> 5);
  if (sampleRateHz === undefined || length < SYNC_HEADER_BYTES) return undefined;
  const configuration = ((bytes[at + 2]! & 1) << 2) | (bytes[at + 3]! >> 6);
  const channels = configuration === 7 ? 8 : Math.max(1, configuration);
  return { bytes: length, sampleRateHz, channels, samples: 1024 * ((bytes[at + 6]! & 3) + 1) };
};
