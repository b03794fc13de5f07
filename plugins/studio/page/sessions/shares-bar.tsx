import type { EmotionShares } from 'undertone';
import { colourOf } from '../emotion.tsx';
import { facts } from '../facts.ts';
import { percent } from '../words.ts';

/** The model's labels first, in its order; then those of other models. */
export function labelsOf(shares: EmotionShares): string[] {
  return [...new Set([...(facts.value?.emotions.map(({ label }) => label) ?? []), ...Object.keys(shares)])];
}

/** Shares of emotions in one bar. The words for it are beside it, or for screen readers alone. */
export function SharesBar({ shares }: { readonly shares: EmotionShares }) {
  const parts = labelsOf(shares).filter((label) => (shares[label] ?? 0) > 0.005);
  const words = parts.map((label) => `${label} ${percent(shares[label]!)}`).join(', ');
  return (
    <span class="shares" role="img" aria-label={words || 'no speech'} title={words}>
      {parts.map((label) => (
        <span key={label} style={{ flexGrow: shares[label]!, background: colourOf(label) }} />
      ))}
    </span>
  );
}
