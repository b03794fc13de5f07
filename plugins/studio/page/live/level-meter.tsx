import { useComputed } from '@preact/signals';
import type { Voice } from './voice.ts';

/** Silence, in decibels below the loudest that there is. */
const FLOOR_DB = -60;

/** How loud a voice is now. */
export function LevelMeter({ voice }: { readonly voice: Voice }) {
  const level = useComputed(() => {
    const db = 20 * Math.log10(Math.max(voice.peak.value, 1e-6));
    return Math.max(0, Math.min(100, Math.round(100 * (1 - db / FLOOR_DB))));
  });
  return (
    <div class="level">
      <span class="level-name">{voice.name}</span>
      <meter value={level} min={0} max={100} low={20} high={97} optimum={60} aria-label={`Level of ${voice.name}`} />
    </div>
  );
}
