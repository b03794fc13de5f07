import { openAudio, type AudioInfo, type AudioStream, type AudioWarning } from '../audio/index.ts';
import { decodedTime } from './progress.ts';

/** A recording that can be read from its beginning more than once, with progress on the terminal. */
export interface Recording {
  readonly info: AudioInfo;
  /** The rate of its samples, in Hz. */
  readonly sampleRateHz: number;
  /** Complete once the recording was read to its end. */
  readonly warnings: readonly AudioWarning[];
  /** Mono samples from the beginning. A chunk is valid until the next one is asked for. */
  read(): AsyncIterable<Float32Array>;
}

/**
 * Opens a recording for a command.
 * @throws UndertoneError every AUDIO_ code, here or while it is read
 */
export async function openRecording(file: string, sampleRateHz: number | 'native'): Promise<Recording> {
  const first = await openAudio(file, { sampleRateHz });
  let unread: AudioStream | undefined = first;
  return {
    info: first.info,
    sampleRateHz: first.sampleRateHz,
    warnings: first.warnings,
    async *read() {
      const stream = unread ?? (await openAudio(file, { sampleRateHz }));
      unread = undefined;
      const progress = decodedTime();
      let samples = 0;
      try {
        for await (const chunk of stream) {
          samples += chunk.length;
          progress.update(samples / first.sampleRateHz);
          yield chunk;
          // Long before the garbage collector would: it waits for tens of megabytes of such chunks.
          (chunk.buffer as ArrayBuffer).transfer(0);
        }
      } finally {
        progress.stop();
      }
    },
  };
}

/** All samples of a recording, for what cannot be computed in pieces. */
export async function wholeRecording(recording: Recording): Promise<Float32Array> {
  const chunks = await Array.fromAsync(recording.read(), (chunk) => chunk.slice());
  const samples = new Float32Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    samples.set(chunk, at);
    at += chunk.length;
  }
  return samples;
}

/** Prints a warning to the person at the terminal. */
export function warn(message: string): void {
  console.error(`undertone: warning: ${message}`);
}
