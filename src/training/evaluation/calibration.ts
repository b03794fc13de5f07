import { invalid, scoreWithLabels, type DecidedClip, type JudgedClip } from './scoring.ts';
import type { Reliability, RiskCoverage } from './types.ts';

const BINS = 15;
const TEMPERATURE_RANGE = [0.05, 20] as const;
const GOLDEN = (Math.sqrt(5) - 1) / 2;
const SEARCH_STEPS = 40;
/** A curve with more points than this shows nothing more. */
const MOST_POINTS = 100;

/**
 * Fits the temperature under which the true labels are likeliest (Guo et al., "On calibration of modern neural networks",
 * ICML 2017), 0.05..20, by golden section on its logarithm.
 * @param clips validation clips; a temperature fitted on what is then judged would flatter it
 * @throws UndertoneError `EVALUATION_INVALID` without clips
 */
export function fitTemperature(clips: readonly JudgedClip[], labels: readonly string[]): number {
  if (clips.length === 0) throw invalid('Calibration', 'has no validation predictions to fit a temperature on');
  const scores = new Float64Array(labels.length);
  const loss = (logTemperature: number): number => {
    const temperature = Math.exp(logTemperature);
    let total = 0;
    for (const { logits, truth, competing } of clips) {
      const likelihood = scoreWithLabels(logits, labels, competing, temperature, scores)[truth]!;
      total -= Math.log(Math.max(likelihood, Number.MIN_VALUE));
    }
    return total;
  };
  let [low, high] = TEMPERATURE_RANGE.map(Math.log) as [number, number];
  let [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [lossLeft, lossRight] = [loss(left), loss(right)];
  for (let step = 0; step < SEARCH_STEPS; step++) {
    if (lossLeft <= lossRight) {
      [high, right, lossRight] = [right, left, lossLeft];
      left = high - GOLDEN * (high - low);
      lossLeft = loss(left);
    } else {
      [low, left, lossLeft] = [left, right, lossRight];
      right = low + GOLDEN * (high - low);
      lossRight = loss(right);
    }
  }
  return Math.exp((low + high) / 2);
}

/**
 * Compares confidence with accuracy in 15 equally wide bins of confidence; the expected calibration error is the mean
 * distance of the two, weighted by the clips in each bin (Naeini et al., AAAI 2015).
 */
export function reliability(clips: readonly DecidedClip[]): Reliability {
  const groups = Map.groupBy(clips, ({ confidence }) => Math.min(BINS - 1, Math.floor(confidence * BINS)));
  const bins = Array.from({ length: BINS }, (_, bin) => {
    const inside = groups.get(bin) ?? [];
    const count = Math.max(1, inside.length);
    const confidence = inside.reduce((total, clip) => total + clip.confidence, 0) / count;
    const accuracy = inside.filter(isRight).length / count;
    return { low: bin / BINS, high: (bin + 1) / BINS, clips: inside.length, confidence, accuracy };
  });
  const distance = bins.reduce((total, bin) => total + bin.clips * Math.abs(bin.confidence - bin.accuracy), 0);
  return { ece: distance / Math.max(1, clips.length), bins };
}

/**
 * The confidence below which to abstain, so that this share of the clips is answered: found on validation clips.
 * @param coverage above 0, at most 1; 1 answers everything
 */
export function abstentionThreshold(confidences: readonly number[], coverage: number): number {
  if (!(coverage > 0 && coverage <= 1)) throw invalid('coverage', `is ${coverage}, which is not above 0 and at most 1`);
  if (coverage === 1) return 0;
  const sorted = [...confidences].sort((a, b) => b - a);
  return sorted[Math.ceil(coverage * sorted.length) - 1] ?? 0;
}

/**
 * The error rate (risk) among the surest clips, for each share of clips that is answered, and the area under that curve
 * (Geifman and El-Yaniv, "Selective classification for deep neural networks", NeurIPS 2017). Clips of equal confidence
 * share their errors evenly, so that their order does not matter.
 */
export function riskCoverage(clips: readonly DecidedClip[]): RiskCoverage {
  const risks = risksByCount(clips);
  const wanted = Math.min(MOST_POINTS, risks.length);
  const points = Array.from({ length: wanted }, (_, point) => {
    const answered = Math.round(((point + 1) / wanted) * risks.length);
    return { coverage: answered / risks.length, risk: risks[answered - 1]! };
  });
  return { aurc: risks.reduce((total, risk) => total + risk, 0) / Math.max(1, risks.length), points };
}

/** How much accuracy is gained where only this share of clips, the surest, is answered. */
export function selectiveGain(clips: readonly DecidedClip[], coverage: number): number {
  const risks = risksByCount(clips);
  const answered = Math.max(1, Math.round(coverage * risks.length));
  return (risks.at(-1) ?? 0) - (risks[answered - 1] ?? 0);
}

/** The risk where the first, the first two, ... of the surest clips are answered. */
function risksByCount(clips: readonly DecidedClip[]): Float64Array {
  const sorted = [...clips].sort((a, b) => b.confidence - a.confidence);
  const risks = new Float64Array(sorted.length);
  let errors = 0;
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    while (sorted[end]?.confidence === sorted[start]!.confidence) end++;
    const wrong = sorted.slice(start, end).filter((clip) => !isRight(clip)).length;
    for (let at = start; at < end; at++) risks[at] = (errors + (wrong * (at + 1 - start)) / (end - start)) / (at + 1);
    errors += wrong;
  }
  return risks;
}

const isRight = ({ truth, predicted }: DecidedClip): boolean => truth === predicted;
