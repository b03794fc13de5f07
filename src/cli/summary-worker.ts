import { decodeAudio } from '../audio/index.ts';
import { UndertoneError } from '../errors.ts';
import { FeatureExtractor, timeMeans, type FeatureConfigInput } from '../features/index.ts';
import type { WorkerBatch } from '../workers.ts';

/** What to compute of files. */
export interface SummarySettings {
  readonly sampleRateHz: number;
  readonly config: FeatureConfigInput;
}

/** What became of one file: its length and the time means of its features, or why there are none. */
export type FileSummary =
  | {
      readonly file: string;
      readonly durationMs: number;
      readonly means: Float64Array;
      readonly warnings: readonly string[];
    }
  | { readonly file: string; readonly error: string };

/** Runs in a worker thread: decodes files to features. A bad file costs that file alone. */
export async function summarizeFiles({
  items: files,
  settings: { sampleRateHz, config },
}: WorkerBatch<string, SummarySettings>): Promise<FileSummary[]> {
  const extractor = FeatureExtractor.fromConfig(config);
  const summaries: FileSummary[] = [];
  for (const file of files) {
    try {
      const { samples, warnings } = await decodeAudio(file, { sampleRateHz });
      const means = timeMeans(extractor.extract(samples));
      const messages = warnings.map(({ message }) => message);
      summaries.push({ file, durationMs: (1_000 * samples.length) / sampleRateHz, means, warnings: messages });
    } catch (error) {
      if (!(error instanceof UndertoneError)) throw error;
      summaries.push({ file, error: error.message });
    }
  }
  return summaries;
}
