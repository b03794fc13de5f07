import type { ManifestEntry } from '../corpora/manifest.ts';
import type { ClipPredictor, PredictedClip } from './clip-predictor.ts';
import { confusionMatrix, mean, scoresOf } from './evaluation/metrics.ts';
import { decide, judge, scoreWithLabels, type CompetingLabels, type JudgedClip } from './evaluation/scoring.ts';
import type { EpochRecord } from './evaluation/index.ts';

/** Conditions under which epochs are judged: a model must serve an unknown voice and a known one. */
const JUDGED = ['clip', 'adapted-all'] as const;

/** Mean over corpora, so that no epoch is chosen for one corpus at the others' cost. */
function uarOf(clips: readonly JudgedClip[], labels: readonly string[]): number {
  const byCorpus = Map.groupBy(decide(clips, labels), ({ entry }) => entry.corpus);
  return mean([...byCorpus.values()].map((some) => scoresOf(confusionMatrix(some, labels.length), labels).uar));
}

function lossOf(clips: readonly JudgedClip[], labels: readonly string[]): number {
  const ofClip = ({ logits, competing, truth }: JudgedClip): number =>
    -Math.log(Math.max(Number.MIN_VALUE, scoreWithLabels(logits, labels, competing)[truth]!));
  return mean(clips.map(ofClip));
}

/** How an epoch's weights do on the validation part: loss and UAR as means over the conditions. */
export async function validateEpoch(
  predictor: ClipPredictor,
  clips: readonly PredictedClip[],
  entries: readonly ManifestEntry[],
  { labels, competing }: { readonly labels: readonly string[]; readonly competing: CompetingLabels },
): Promise<Required<Pick<EpochRecord, 'validationLoss' | 'validationUar'>>> {
  const losses: number[] = [];
  const uars: number[] = [];
  for (const condition of JUDGED) {
    const judged = judge(entries, await predictor.predict(clips, condition), labels, competing);
    losses.push(lossOf(judged, labels));
    uars.push(uarOf(judged, labels));
  }
  return { validationLoss: mean(losses), validationUar: mean(uars) };
}
