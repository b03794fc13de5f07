import type { ComponentChildren } from 'preact';
import { facts } from './facts.ts';

/**
 * A shape for each emotion beside its colour, so that nobody needs the colour; matched by the word's stem, as the
 * engine's colours are. In a square of 16.
 */
const SHAPES: readonly (readonly [stem: RegExp, path: string])[] = [
  [/^neutral/i, 'M1.5 5h13v6h-13z'],
  [/^calm/i, 'M1.5 9.5q3.2-5 6.5 0t6.5 0v3.5h-13z'],
  [/^(happ|joy)/i, 'M8 2l6.5 11.5h-13z'],
  [/^sad/i, 'M8 14L1.5 2.5h13z'],
  [/^ang/i, 'M8 1l7 7-7 7-7-7z'],
  [
    /^fear/i,
    'M8.0 0.8L9.7 5.1L14.2 4.4L11.4 8.0L14.2 11.6L9.7 10.9L8.0 15.2L6.3 10.9L1.8 11.6L4.6 8.0L1.8 4.4L6.3 5.1z',
  ],
  [/^disgust/i, 'M2.5 2.5h11v11h-11z'],
  [/^surpris/i, 'M8 1.5a6.5 6.5 0 100 13 6.5 6.5 0 000-13zm0 3.7a2.8 2.8 0 110 5.6 2.8 2.8 0 010-5.6z'],
];
const OTHER_SHAPE = 'M8 2a6 6 0 100 12 6 6 0 000-12z';

export const shapeOf = (label: string): string => SHAPES.find(([stem]) => stem.test(label))?.[1] ?? OTHER_SHAPE;

export const colourOf = (label: string): string =>
  facts.value?.emotions.find((emotion) => emotion.label === label)?.colour ?? '#9aa2a9';

/** The emotion's shape in its colour. The word is always near it: it says nothing to a screen reader. */
export function Mark({ label, size = 16 }: { readonly label: string; readonly size?: number }) {
  return (
    <svg class="mark" viewBox="0 0 16 16" width={size} height={size} aria-hidden="true">
      <path d={shapeOf(label)} fill={colourOf(label)} fill-rule="evenodd" />
    </svg>
  );
}

/** Shape and word. */
export function Emotion({ label, children }: { readonly label: string; readonly children?: ComponentChildren }) {
  return (
    <span class="emotion">
      <Mark label={label} /> {label}
      {children}
    </span>
  );
}
