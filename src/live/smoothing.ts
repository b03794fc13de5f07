import type { EmotionPrediction } from '../predictor/index.ts';

/** How long speech counts: after so much more of it, a third of its weight is left. */
const MEMORY_MS = 4_000;
/** After a pause so long, nothing of what was before counts. */
const FORGET_AFTER_MS = 30_000;

/**
 * Smooths a speaker's scores over their last few seconds of speech: each prediction counts by the speech that is new in
 * it, and what is older fades.
 */
export class ScoreSmoother {
  readonly #abstainBelow: number;
  #scores: Record<string, number> | undefined;
  #heardUntilMs = -Infinity;

  /** @param abstainBelow smoothed predictions with less confidence are `uncertain`, 0..1 */
  constructor(abstainBelow: number) {
    this.#abstainBelow = abstainBelow;
  }

  /** Takes the prediction for a stretch of speech and gives the smoothed one. */
  add(prediction: EmotionPrediction, startMs: number, endMs: number): EmotionPrediction {
    if (startMs - this.#heardUntilMs > FORGET_AFTER_MS) this.#scores = undefined;
    const newMs = endMs - Math.max(startMs, this.#heardUntilMs);
    this.#heardUntilMs = Math.max(this.#heardUntilMs, endMs);
    const before = this.#scores;
    // Speech that was heard before, in a window, adds nothing; the first of all counts whole.
    const weight = before === undefined ? 1 : newMs <= 0 ? 0 : 1 - Math.exp(-newMs / MEMORY_MS);
    const scores: Record<string, number> = {};
    let label = prediction.label;
    let confidence = -1;
    for (const [name, score] of Object.entries(prediction.scores)) {
      const smoothed = before === undefined ? score : before[name]! + weight * (score - before[name]!);
      scores[name] = smoothed;
      if (smoothed > confidence) {
        confidence = smoothed;
        label = name;
      }
    }
    this.#scores = scores;
    return { label, confidence, scores, uncertain: confidence < this.#abstainBelow };
  }
}
