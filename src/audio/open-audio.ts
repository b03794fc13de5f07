import { UndertoneError } from '../errors.ts';
import { audioError } from './audio-errors.ts';
import { ByteReader } from './byte-reader.ts';
import { openByteSource, sourceName, type ByteSource } from './byte-source.ts';
import type { OpenContainer } from './container.ts';
import { monoChunks } from './mono-chunks.ts';
import { createResampler, MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ } from './resample.ts';
import { sniffContainer } from './sniff.ts';
import type { AudioContainer, AudioSource, AudioStream, AudioWarning, DecodedAudio, DecodeOptions } from './types.ts';

/** Containers are loaded when the first recording of their kind comes: each brings its own decoder. */
const OPENERS: Record<AudioContainer, () => Promise<OpenContainer>> = {
  wav: async () => (await import('./wav.ts')).openWav,
  aiff: async () => (await import('./aiff.ts')).openAiff,
  flac: async () => (await import('./flac.ts')).openFlac,
  mp3: async () => (await import('./mp3.ts')).openMp3,
  ogg: async () => (await import('./ogg.ts')).openOgg,
  webm: async () => (await import('./webm.ts')).openWebm,
  mp4: async () => (await import('./mp4.ts')).openMp4,
  adts: async () => (await import('./adts.ts')).openAdts,
};

/** The rate that {@link DecodeOptions} deliver when they name none: enough for all that speech features look at. */
const DEFAULT_SAMPLE_RATE_HZ = 16_000;

/**
 * Opens a recording and decodes it chunk by chunk, in memory that does not grow with its length: WAV, AIFF, FLAC, MP3,
 * Ogg (Opus, Vorbis, FLAC), WebM and Matroska, M4A and MP4, ADTS. The channels are mixed down to their mean unless
 * one is asked for; samples that are no finite numbers become 0. An MP4 that comes as a stream is collected in memory first, because
 * its index may come last.
 *
 * A recording whose beginning is sound is decoded as far as it goes, with a warning. Whoever does not read the
 * stream to its end, or break out of its loop, calls `close`.
 *
 * @returns mono samples at `options.sampleRateHz`, in chunks of any size that are the caller's to keep
 * @throws UndertoneError every AUDIO_ code, here or while the stream is read; the signal's reason when it is aborted
 */
export async function openAudio(source: AudioSource, options: DecodeOptions = {}): Promise<AudioStream> {
  options.signal?.throwIfAborted();
  const name = options.name ?? sourceName(source);
  const bytes = await openByteSource(source, name, options.signal);
  try {
    return await openStream(bytes, name, options);
  } catch (cause) {
    await bytes.close();
    throw audioError(cause, name, options.signal);
  }
}

async function openStream(bytes: ByteSource, name: string, options: DecodeOptions): Promise<AudioStream> {
  const { signal, channel, sampleRateHz: wantedRateHz = DEFAULT_SAMPLE_RATE_HZ, maxDurationMs = Infinity } = options;
  const warnings: AudioWarning[] = [];
  const warn = (code: AudioWarning['code'], message: string) => {
    if (!warnings.some((warning) => warning.message === message)) warnings.push({ code, message });
  };
  const reader = new ByteReader(bytes, name, signal);
  const open = await OPENERS[await sniffContainer(reader)]();
  const recording = await open({ reader, wantedRateHz, warn });
  requireRate(name, recording.info.sampleRateHz);
  if (channel !== undefined) requireChannel(name, channel, recording.info.channels);
  const sampleRateHz = wantedRateHz === 'native' ? recording.sampleRateHz : wantedRateHz;
  const resampler = createResampler(recording.sampleRateHz, sampleRateHz);
  const chunks = monoChunks(recording, { name, channel, resampler, maxDurationMs, warnings, warn, signal, bytes });
  const close = async () => {
    await chunks.return();
    // A generator that was never started does not clean up.
    await bytes.close();
  };
  return { info: recording.info, sampleRateHz, warnings, [Symbol.asyncIterator]: () => chunks, close };
}

function requireRate(name: string, rateHz: number): void {
  if (rateHz >= MIN_SAMPLE_RATE_HZ && rateHz <= MAX_SAMPLE_RATE_HZ) return;
  throw new UndertoneError('AUDIO_INVALID_RATE', {
    subject: name,
    problem: `claims a sample rate of ${rateHz} Hz`,
    remedy: `Convert it to a rate from ${MIN_SAMPLE_RATE_HZ} to ${MAX_SAMPLE_RATE_HZ} Hz first.`,
  });
}

function requireChannel(name: string, channel: number, channels: number): void {
  if (Number.isInteger(channel) && channel >= 0 && channel < channels) return;
  throw new UndertoneError('AUDIO_NO_SUCH_CHANNEL', {
    subject: name,
    problem: `has ${channels === 1 ? 'one channel' : `${channels} channels`}, and none with the number ${channel}`,
    remedy: 'Channels are counted from 0.',
  });
}

/**
 * Decodes a recording whole; see {@link openAudio} for formats, options, warnings and errors.
 *
 * @returns all its mono samples: four bytes for each, and as much again while they are put together
 * @throws UndertoneError every AUDIO_ code; the signal's reason when it is aborted
 */
export async function decodeAudio(source: AudioSource, options: DecodeOptions = {}): Promise<DecodedAudio> {
  const stream = await openAudio(source, options);
  const chunks: Float32Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    length += chunk.length;
  }
  const samples = chunks.length === 1 ? chunks[0]! : new Float32Array(length);
  if (chunks.length !== 1) chunks.reduce((at, chunk) => (samples.set(chunk, at), at + chunk.length), 0);
  return { samples, sampleRateHz: stream.sampleRateHz, info: stream.info, warnings: stream.warnings };
}
