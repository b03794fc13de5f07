import type { ByteReader } from './byte-reader.ts';
import type { AudioInfo, AudioWarning } from './types.ts';

/** Samples of the same stretch of time, one array per channel, all of one length. */
export type PlanarChunk = readonly Float32Array[];

/** Whether there are any samples in a chunk. */
export function hasSound(chunk: PlanarChunk): boolean {
  return chunk.length > 0 && chunk[0]!.length > 0;
}

/** What a container's opener gets to work with. */
export interface OpenContext {
  /** Stands at the first byte of the container. */
  readonly reader: ByteReader;
  /** The rate the caller wants, in Hz, for codecs that can deliver more than one. */
  readonly wantedRateHz: number | 'native';
  /** Notes something that was wrong and did not stop the decoding. */
  readonly warn: (code: AudioWarning['code'], message: string) => void;
}

/** A recording whose header has been read. */
export interface Recording {
  readonly info: AudioInfo;
  /** The rate of the samples in `chunks`, in Hz; a codec may deliver another one than the recording's own. */
  readonly sampleRateHz: number;
  /** The sound; a chunk's arrays are used again for the next one. Returning early frees the decoder. */
  readonly chunks: AsyncIterable<PlanarChunk>;
}

/**
 * Reads a container's header.
 *
 * @throws UndertoneError AUDIO_DAMAGED, AUDIO_EMPTY, AUDIO_UNSUPPORTED_CODEC
 */
export type OpenContainer = (context: OpenContext) => Promise<Recording>;
