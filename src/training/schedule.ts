/** The course of the learning rate over a training. */
export interface ScheduleSettings {
  /** Highest learning rate. */
  readonly peak: number;
  /** Share of all steps in which the rate rises to its peak, 0..1. */
  readonly warmUp: number;
  readonly decay: 'cosine' | 'linear' | 'constant';
  /** The rate of the last step as a share of the peak. */
  readonly final: number;
}

/** Share of the peak at which the warm-up begins, as in one-cycle (Smith and Topin 2018). */
const FIRST = 0.04;

const halfCosine = (share: number): number => (1 - Math.cos(Math.PI * share)) / 2;

/**
 * The learning rate of step `step` (0..steps - 1): a half cosine up to the peak, then the decay to the last step. With
 * `cosine` this is the one-cycle policy.
 */
export function learningRate(step: number, steps: number, { peak, warmUp, decay, final }: ScheduleSettings): number {
  const rising = Math.round(warmUp * steps);
  if (step < rising) return peak * (FIRST + (1 - FIRST) * halfCosine(step / rising));
  if (decay === 'constant') return peak;
  const share = (step - rising) / Math.max(1, steps - 1 - rising);
  return peak * (1 - (1 - final) * (decay === 'linear' ? share : halfCosine(share)));
}
