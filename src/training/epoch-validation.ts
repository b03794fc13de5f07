import type { ManifestEntry } from '../corpora/manifest.ts';
import type { ClipPredictor, PredictedClip } from './clip-predictor.ts';
import type { ClipPrediction, EpochRecord } from './evaluation/index.ts';
import type { Targets } from './targets.ts';

/** Conditions under which epochs are judged: a model must serve an unknown voice and a known one. */
const JUDGED = ['clip', 'adapted-all'] as const;

/** Log-probability of the true label among those that compete, and whether it is the most probable. */
function judge(logits: ArrayLike<number>, allowed: Float32Array, truth: number): { loss: number; isHeard: boolean } {
  let sum = 0;
  let best = truth;
  for (let label = 0; label < allowed.length; label++) {
    if (allowed[label] === 0) continue;
    if (logits[label]! > logits[best]!) best = label;
    sum += Math.exp(logits[label]! - logits[truth]!);
  }
  return { loss: Math.log(sum), isHeard: best === truth };
}

/** Loss and UAR of predictions; the UAR is the mean over corpora, so that none is chosen for at the others' cost. */
function score(
  predictions: readonly ClipPrediction[],
  entries: readonly ManifestEntry[],
  targets: Targets,
): { loss: number; uar: number } {
  let loss = 0;
  const heard = new Map<string, Map<string, number[]>>();
  for (const { index, logits } of predictions) {
    const { corpus, emotion } = entries[index]!;
    const judged = judge(logits, targets.allowed(corpus), targets.labels.indexOf(emotion));
    loss += judged.loss / predictions.length;
    const ofCorpus = heard.get(corpus) ?? new Map<string, number[]>();
    heard.set(corpus, ofCorpus.set(emotion, [...(ofCorpus.get(emotion) ?? []), judged.isHeard ? 1 : 0]));
  }
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value / values.length, 0);
  const uars = [...heard.values()].map((ofCorpus) => mean([...ofCorpus.values()].map(mean)));
  return { loss, uar: mean(uars) };
}

/** How an epoch's weights do on the validation part: loss on the clip alone; UAR as a mean over corpora and conditions. */
export async function validateEpoch(
  predictor: ClipPredictor,
  clips: readonly PredictedClip[],
  entries: readonly ManifestEntry[],
  targets: Targets,
): Promise<Required<Pick<EpochRecord, 'validationLoss' | 'validationUar'>>> {
  const [alone, adapted] = [
    score(await predictor.predict(clips, JUDGED[0]), entries, targets),
    score(await predictor.predict(clips, JUDGED[1]), entries, targets),
  ];
  return { validationLoss: alone.loss, validationUar: (alone.uar + adapted.uar) / 2 };
}
