import { unsupportedCodec } from './audio-errors.ts';

/** Decodes AAC access units or ADTS frames. */
export interface AacDecoder {
  /**
   * @param data one or more whole ADTS frames, or an array of raw access units when a configuration was given
   * @returns the channels: none, or empty ones, when there is no sound in `data`
   */
  decode(data: Uint8Array | Uint8Array[]): Float32Array[];
  /** Whether a frame could not be decoded so far. */
  readonly damaged: boolean;
  free(): void;
}

/** What a container knows about its AAC (or Apple Lossless) track. */
export interface AacOptions {
  /** The AudioSpecificConfig of ISO/IEC 14496-3; without it, ADTS is expected. */
  readonly asc?: Uint8Array;
  /** The stretch of the decoded sound that is meant to be heard, in seconds. */
  readonly gapless?: { start: number; duration?: number };
}

/**
 * Loads the AAC decoder, which is an optional dependency because of its licence (FAAD2, GPL-2.0).
 *
 * @throws UndertoneError AUDIO_UNSUPPORTED_CODEC where it is not installed
 */
export async function createAacDecoder(name: string, options?: AacOptions): Promise<AacDecoder> {
  const decoder = await (await loadLibrary(name)).decoder(options);
  // The very first frame only starts the decoder, which the library counts as one that failed.
  let failures = -1;
  return {
    decode: (data) => {
      const { channelData, errors = 0 }: { channelData: Float32Array[]; errors?: number } = decoder.decode(data);
      failures += errors;
      return channelData;
    },
    get damaged() {
      return failures > 0;
    },
    free: () => {
      decoder.free();
    },
  };
}

/** The rate and channels that come out, which with HE-AAC are not those that the header names. */
export async function probeAac(
  name: string,
  data: Uint8Array | Uint8Array[],
  asc?: Uint8Array,
): Promise<{ sampleRateHz: number; channels: number } | undefined> {
  const decoder = await (await loadLibrary(name)).decoder(asc === undefined ? undefined : { asc });
  try {
    const { channelData, sampleRate } = decoder.decode(data);
    return channelData.length === 0 ? undefined : { sampleRateHz: sampleRate, channels: channelData.length };
  } finally {
    decoder.free();
  }
}

async function loadLibrary(name: string) {
  return import('@audio/decode-aac').catch((cause: unknown) => {
    const remedy =
      'Add the decoder with "npm install @audio/decode-aac" (mind its licence, GPL-2.0), ' +
      'or convert the recording: ffmpeg -i <file> -c:a flac <file>.flac';
    throw unsupportedCodec(name, 'holds AAC, whose decoder is not installed', remedy, cause);
  });
}
