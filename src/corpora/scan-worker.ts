import { createHash } from 'node:crypto';
import { decodeAudio } from '../audio/index.ts';
import { UndertoneError } from '../errors.ts';
import type { WorkerBatch } from '../workers.ts';

/** What is heard in a file, or why nothing is. */
export type ClipSound =
  | {
      readonly durationMs: number;
      /** The largest magnitude of its samples. */
      readonly peak: number;
      /** SHA-256 of its samples at 16 kHz, in hex. */
      readonly content: string;
      readonly warnings: readonly string[];
    }
  | { readonly error: string };

const SAMPLE_RATE_HZ = 16_000;

/** Runs in a worker thread: decodes files. A bad file costs that file alone. */
export async function hearClips({ items }: WorkerBatch<string>): Promise<ClipSound[]> {
  const sounds: ClipSound[] = [];
  for (const file of items) {
    try {
      const { samples, warnings } = await decodeAudio(file, { sampleRateHz: SAMPLE_RATE_HZ });
      let peak = 0;
      for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
      sounds.push({
        durationMs: (1_000 * samples.length) / SAMPLE_RATE_HZ,
        peak,
        content: createHash('sha256').update(samples).digest('hex'),
        warnings: warnings.map(({ message }) => message),
      });
    } catch (error) {
      if (!(error instanceof UndertoneError)) throw error;
      sounds.push({ error: error.problem });
    }
  }
  return sounds;
}
