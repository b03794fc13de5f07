import { UndertoneError, type ErrorCode } from '../errors.ts';
import { EmotionPredictor, type FilePrediction } from '../predictor/index.ts';
import type { WorkerBatch } from '../workers.ts';

/** How files are heard. */
export interface PredictSettings {
  readonly model: string;
  readonly adapt: boolean;
  readonly voiceCheck: boolean;
}

/** What became of one file: what was heard in it, or why nothing. */
export type PredictedFile =
  | { readonly file: string; readonly prediction: FilePrediction }
  | { readonly file: string; readonly error: { code: ErrorCode; message: string; retryable: boolean } };

/** Runs in a worker thread: hears the emotions in files. A bad file costs that file alone. */
export async function predictFiles({
  items: files,
  settings: { model, adapt, voiceCheck },
}: WorkerBatch<string, PredictSettings>): Promise<PredictedFile[]> {
  const predictor = await EmotionPredictor.load(model);
  const predicted: PredictedFile[] = [];
  for (const file of files) {
    try {
      predicted.push({ file, prediction: await predictor.predictFile(file, { adapt, voiceCheck }) });
    } catch (error) {
      if (!(error instanceof UndertoneError)) throw error;
      const { code, message, retryable } = error;
      predicted.push({ file, error: { code, message, retryable } });
    }
  }
  await predictor.close();
  return predicted;
}
