import { UndertoneError } from '../errors.ts';
import { empty } from './audio-errors.ts';
import { ByteReader } from './byte-reader.ts';
import { openByteSource, sourceName } from './byte-source.ts';
import type { OpenContainer, Recording } from './container.ts';
import { mixdown, replaceInvalidSamples } from './mixdown.ts';
import { createResampler, MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ } from './resample.ts';
import { sniffContainer } from './sniff.ts';
import type { AudioContainer, AudioSource, AudioStream, AudioWarning, DecodeOptions } from './types.ts';

/** Containers are loaded when the first recording of their kind comes: each brings its own decoder. */
const OPENERS: Record<AudioContainer, () => Promise<OpenContainer>> = {
  wav: async () => (await import('./wav.ts')).openWav,
  aiff: async () => (await import('./aiff.ts')).openAiff,
  flac: async () => (await import('./flac.ts')).openFlac,
  mp3: async () => (await import('./mp3.ts')).openMp3,
  ogg: async () => (await import('./ogg.ts')).openOgg,
  webm: async () => (await import('./demuxed.ts')).openWebm,
  mp4: async () => (await import('./demuxed.ts')).openMp4,
  adts: async () => (await import('./adts.ts')).openAdts,
};

/** The rate that {@link DecodeOptions} deliver when they name none: enough for all that speech features look at. */
const DEFAULT_SAMPLE_RATE_HZ = 16_000;

/**
 * Opens a recording and decodes it chunk by chunk, in memory that does not grow with its length: WAV, AIFF, FLAC, MP3,
 * Ogg (Opus, Vorbis, FLAC), WebM and Matroska, M4A and MP4, ADTS. The channels are mixed down to their mean; samples
 * that are no finite numbers become 0. WebM and MP4 that come as a stream are collected in memory first, because
 * their parts may lie in any order.
 *
 * A recording whose beginning is sound is decoded as far as it goes, with a warning. Whoever does not read the
 * stream to its end, or break out of its loop, calls `close`.
 *
 * @returns mono samples at `options.sampleRateHz`, in chunks of any size that are the caller's to keep
 * @throws UndertoneError every AUDIO_ code, here or while the stream is read; the signal's reason when it is aborted
 */
export async function openAudio(source: AudioSource, options: DecodeOptions = {}): Promise<AudioStream> {
  const { signal, sampleRateHz: wantedRateHz = DEFAULT_SAMPLE_RATE_HZ } = options;
  signal?.throwIfAborted();
  const name = options.name ?? sourceName(source);
  const bytes = await openByteSource(source, name, signal);
  const warnings: AudioWarning[] = [];
  const warn = (code: AudioWarning['code'], message: string) => {
    if (!warnings.some((warning) => warning.message === message)) warnings.push({ code, message });
  };
  try {
    const reader = new ByteReader(bytes, name, signal);
    const container = await sniffContainer(reader);
    const open = await OPENERS[container]();
    const recording = await open({ reader, wantedRateHz, warn });
    requireRate(name, recording.info.sampleRateHz);
    const sampleRateHz = wantedRateHz === 'native' ? recording.sampleRateHz : wantedRateHz;
    const delivery = { name, sampleRateHz, maxDurationMs: options.maxDurationMs ?? Infinity, warn, signal };
    const chunks = guarded(monoChunks(recording, delivery), name, () => bytes.close());
    return {
      info: recording.info,
      sampleRateHz,
      warnings,
      [Symbol.asyncIterator]: () => chunks,
      close: async () => {
        await chunks.return();
        // A generator that was never started runs no `finally`.
        await bytes.close();
      },
    };
  } catch (cause) {
    await bytes.close();
    throw cause;
  }
}

/**
 * Decodes a recording whole; see {@link openAudio} for formats, warnings and errors.
 *
 * @throws UndertoneError every AUDIO_ code; the signal's reason when it is aborted
 */
