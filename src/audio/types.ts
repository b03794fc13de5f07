/**
 * What `decodeAudio` and `openAudio` read: a file's path or `file:` URL, the bytes of a file, or a stream of them.
 * What the bytes are decides how they are decoded; a name's ending never does.
 */
export type AudioSource = string | URL | Uint8Array | AsyncIterable<Uint8Array>;

/** The containers that Undertone opens. */
export type AudioContainer = 'wav' | 'aiff' | 'flac' | 'mp3' | 'ogg' | 'webm' | 'mp4' | 'adts';

/** What a recording is, as its own header says it. */
export interface AudioInfo {
  readonly container: AudioContainer;
  /** The codec's usual short name: `pcm_s16le`, `pcm_mulaw`, `flac`, `mp3`, `opus`, `vorbis`, `aac`, ... */
  readonly codec: string;
  /** The recording's own sample rate in Hz (before resampling). */
  readonly sampleRateHz: number;
  /** The recording's own number of channels (before mixdown). */
  readonly channels: number;
}

/** Something that was wrong with a recording and did not stop its sound part from being decoded. */
export interface AudioWarning {
  readonly code: 'truncated' | 'damaged' | 'invalid-samples';
  /** One sentence for a person, without the file's name. */
  readonly message: string;
}

/** How to decode. */
export interface DecodeOptions {
  /** The rate to deliver, in Hz; `'native'` keeps the recording's own. Default 16,000. */
  readonly sampleRateHz?: number | 'native';
  /** Deliver this channel alone, counted from 0. Default: the mean of all. */
  readonly channel?: number;
  /** What errors call the source; default its path, or "audio" for bytes and streams. */
  readonly name?: string;
  /** Stops decoding; the iteration then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Refuse recordings that decode to more than this (guards against hostile headers). Default: no limit. */
  readonly maxDurationMs?: number;
}

/** A recording being decoded: mono float samples, chunk by chunk, in memory that does not grow with its length. */
export interface AudioStream extends AsyncIterable<Float32Array> {
  readonly info: AudioInfo;
  /** The rate of the samples delivered, in Hz. */
  readonly sampleRateHz: number;
  /** Grows while the stream is read; complete when it ends. */
  readonly warnings: readonly AudioWarning[];
  /** Frees the decoder and closes the source. Reading to the end or breaking out of the loop does it too. */
  close(): Promise<void>;
}

/** A recording decoded whole. */
export interface DecodedAudio {
  /** Mono samples, nominally within -1..1: the mean of the recording's channels, or the one that was asked for. */
  readonly samples: Float32Array;
  readonly sampleRateHz: number;
  readonly info: AudioInfo;
  readonly warnings: readonly AudioWarning[];
}
