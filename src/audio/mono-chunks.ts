import { UndertoneError } from '../errors.ts';
import { audioError, damaged, empty } from './audio-errors.ts';
import type { ByteSource } from './byte-source.ts';
import type { OpenContext, Recording } from './container.ts';
import { mixdown, replaceInvalidSamples } from './mixdown.ts';
import type { Resampler } from './resample.ts';
import type { AudioWarning } from './types.ts';

/** How {@link monoChunks} delivers. */
export interface Delivery {
  readonly name: string;
  /** The one to deliver; undefined: the mean of all. */
  readonly channel: number | undefined;
  readonly resampler: Resampler;
  readonly maxDurationMs: number;
  readonly warnings: readonly AudioWarning[];
  readonly warn: OpenContext['warn'];
  readonly signal: AbortSignal | undefined;
  /** Closed when the generator ends, however it ends. */
  readonly bytes: ByteSource;
}

/** Mixes a recording down, repairs its samples and brings them to the resampler's rate. */
export async function* monoChunks(recording: Recording, delivery: Delivery): AsyncGenerator<Float32Array, void> {
  const { resampler, signal, bytes } = delivery;
  try {
    for await (const mono of soundMono(recording, delivery)) {
      signal?.throwIfAborted();
      const out = resampler.process(mono);
      if (out.length > 0) yield out;
    }
    const rest = resampler.flush();
    if (rest.length > 0) yield rest;
  } catch (cause) {
    throw audioError(cause, delivery.name, signal);
  } finally {
    await bytes.close();
  }
}

/** Each chunk is valid until the next one is asked for: an hour of fresh ones would pile up as garbage. */
async function* soundMono(recording: Recording, delivery: Delivery): AsyncGenerator<Float32Array, void> {
  const { name, channel, maxDurationMs, warn, signal } = delivery;
  const limit = (maxDurationMs / 1000) * recording.sampleRateHz;
  let frames = 0;
  let space = new Float32Array(0);
  try {
    for await (const channels of recording.chunks) {
      const { length } = channels[0]!;
      if (space.length < length) space = new Float32Array(length);
      const mono = space.subarray(0, length);
      if (channel === undefined) mixdown(channels, mono);
      else mono.set(channels[channel]!);
      frames += mono.length;
      if (frames > limit) throw tooLong(name, maxDurationMs);
      if (replaceInvalidSamples(mono) > 0) {
        warn('invalid-samples', 'Some samples were no finite numbers and were replaced by silence.');
      }
      yield mono;
    }
  } catch (cause) {
    // A decoder that gives up in the middle has still delivered the beginning.
    if (frames === 0 || cause instanceof UndertoneError || signal?.aborted === true) throw cause;
    warn('damaged', 'The recording is damaged; what follows the damage could not be decoded.');
  }
  if (frames > 0) return;
  throw delivery.warnings.length > 0
    ? damaged(name, 'holds nothing that can be decoded')
    : empty(name, 'has no sound in it');
}

function tooLong(name: string, maxDurationMs: number): UndertoneError {
  return new UndertoneError('AUDIO_TOO_LARGE', {
    subject: name,
    problem: `is longer than the ${maxDurationMs} ms allowed`,
    remedy: 'Cut it into shorter recordings, or raise maxDurationMs.',
  });
}
