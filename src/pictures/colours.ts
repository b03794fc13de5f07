import { interpolateCividis, interpolateMagma, interpolateRdBu, interpolateViridis } from 'd3-scale-chromatic';

/**
 * Colour maps that keep their order for colour-blind readers: `magma`, `viridis` and `cividis` (perceptually uniform)
 * for levels, `diverging` (blue - white - red) for values on both sides of a centre.
 */
export type ColourMap = 'magma' | 'viridis' | 'cividis' | 'diverging';

/** The ink of a figure: dark enough to read on white, light enough where it must step back. */
export const INK = {
  text: '#212529',
  muted: '#5c636a',
  frame: '#868e96',
  grid: '#e3e6e9',
  missing: '#f1f3f5',
} as const;

/** Line colours that colour-blind readers can tell apart (Okabe and Ito, "Color Universal Design", 2008). */
export const LINE_COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#000000'] as const;

/** How many levels a {@link colourTable} has. */
export const COLOUR_LEVELS = 255;

const MAPS: Readonly<Record<ColourMap, (share: number) => string>> = {
  magma: interpolateMagma,
  viridis: interpolateViridis,
  cividis: interpolateCividis,
  diverging: (share) => interpolateRdBu(1 - share),
};

/** The palette of an indexed image, as [red, green, blue, alpha] of 0..255: entry 0 is transparent, 1..255 the map. */
export function colourTable(map: ColourMap): number[][] {
  const levels = Array.from({ length: COLOUR_LEVELS }, (_, level) => [
    ...channels(MAPS[map](level / (COLOUR_LEVELS - 1))),
    255,
  ]);
  return [[255, 255, 255, 0], ...levels];
}

/** Reads the two forms in which d3-scale-chromatic writes a colour: `#rrggbb` and `rgb(r, g, b)`. */
function channels(colour: string): number[] {
  if (colour.startsWith('#')) return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return Array.from(colour.matchAll(/\d+/g), ([digits]) => Number(digits));
}
