import { INK, LINE_COLOURS } from './colours.ts';

/**
 * One colour an emotion, everywhere: Okabe and Ito's, which colour-blind readers can tell apart ("Color Universal
 * Design", 2008), with grey for what is neutral. Names are matched by their stem, for corpora say `fear` or `fearful`.
 */
const EMOTION_COLOURS: readonly (readonly [RegExp, string])[] = [
  [/^neutral/i, '#9aa2a9'],
  [/^calm/i, '#56b4e9'],
  [/^(happ|joy)/i, '#e69f00'],
  [/^sad/i, '#0072b2'],
  [/^ang/i, '#d55e00'],
  [/^fear/i, '#cc79a7'],
  [/^disgust/i, '#009e73'],
  [/^surpris/i, '#f0e442'],
];

/** The colour of an emotion, as `#rrggbb`. A label that is no known emotion takes one by its place among the labels. */
export function emotionColour(label: string, labels: readonly string[]): string {
  const known = EMOTION_COLOURS.find(([stem]) => stem.test(label));
  return known?.[1] ?? LINE_COLOURS[Math.max(0, labels.indexOf(label)) % LINE_COLOURS.length]!;
}

/** An ink that can be read on a colour: by its relative luminance (WCAG 2, without the gamma's last digit). */
export function inkOn(colour: string): string {
  const [red, green, blue] = [1, 3, 5].map((at) => (Number.parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue! > 0.22 ? INK.text : '#ffffff';
}
