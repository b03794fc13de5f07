import { availableParallelism } from 'node:os';
import { EmotionPredictor } from '../predictor/index.ts';
import { judgeModel, labelledClips, percent, type Condition, type ModelEvaluation } from '../training/index.ts';
import { untilInterrupted } from './interrupt.ts';
import { table } from './output.ts';
import { progressBar } from './progress.ts';
import { warn } from './recording.ts';

/** The options of `evaluate` that are about a finished model. */
export interface ModelOptions {
  readonly model?: string;
  readonly data?: string;
  readonly condition?: Condition;
  readonly threads?: number;
  readonly json?: boolean;
}

/** Judges a finished model on labelled clips and prints what came of it. */
export async function evaluateModel(
  path: string,
  model: string,
  { condition = 'clip', threads = availableParallelism(), json }: ModelOptions,
): Promise<void> {
  const predictor = await EmotionPredictor.load(model, { threads });
  try {
    const evaluation = await untilInterrupted(async (signal) => {
      const scanning = progressBar(undefined, 'recordings scanned');
      const scan = labelledClips(path, { threads, signal, onProgress: scanning.update });
      const manifest = await scan.finally(scanning.stop);
      const { update, stop } = progressBar(manifest.entries.length, 'recordings heard');
      return judgeModel(predictor, manifest, { condition, signal, onProgress: update, onWarning: warn }).finally(stop);
    });
    console.log(json ? JSON.stringify(evaluation) : describe(evaluation));
  } finally {
    await predictor.close();
  }
}

function describe({ model, condition, byCorpus, perClass, ece, ...all }: ModelEvaluation): string {
  const groups = Object.entries({ 'all corpora': all, ...byCorpus }).map(
    ([group, { clips, labels, uar, accuracy }]) => {
      return [group, String(clips), String(labels.length), percent(uar), percent(accuracy)];
    },
  );
  const classes = Object.entries(perClass).map(([label, { precision, recall, f1, support }]) => {
    return [label, String(support), percent(precision), percent(recall), percent(f1)];
  });
  const unscored = Object.entries(all.unscored).map(([label, clips]) => `${clips} ${label}`);
  const lines = [
    `${model} on ${all.clips} clips, condition "${condition}", in per cent`,
    '',
    table([['corpus', 'clips', 'emotions', 'UAR', 'accuracy'], ...groups]),
    '',
    table([['emotion', 'clips', 'precision', 'recall', 'F1'], ...classes]),
    '',
    `expected calibration error ${percent(ece)}`,
  ];
  if (unscored.length > 0) lines.push(`not scored, for the model has no such label: ${unscored.join(', ')}`);
  return lines.join('\n');
}
