import { encode } from 'fast-png';
import type { FeatureMatrix } from '../features/index.ts';
import { linearAxis } from './axes.ts';
import { COLOUR_LEVELS, colourTable, INK, type ColourMap } from './colours.ts';
import { CRISP_CLASS, emptyNote, type ColourBar, type Panel } from './figure.ts';
import { reduceFrames, type Reduction } from './matrix.ts';
import { element } from './svg.ts';

/** A matrix as colours: frames along x, dims along y. */
export interface Heatmap extends Omit<Panel, 'draw' | 'colourBar' | 'legend'> {
  readonly matrix: FeatureMatrix;
  /** The x value of the first frame's centre. */
  readonly start: number;
  /** From one frame's centre to the next, in the x axis's unit. */
  readonly step: number;
  /** The values drawn in the map's first and last colour; what lies beyond is drawn as these. */
  readonly range: readonly [number, number];
  readonly colours: ColourMap;
  /** How frames are joined where there are more than pixels; default `mean`. */
  readonly reduce?: Reduction;
  /** What stands above the colour bar, which may be empty; without it there is no bar. */
  readonly unit?: string;
}

/**
 * A heatmap with one column for each frame, or for each px where there are more frames: one embedded image, whatever
 * the matrix's size. Dim d lies at d on the y axis. NaN stays grey; infinities take the nearest colour.
 */
export function heatmap({ matrix, start, step, range, colours, reduce = 'mean', unit, ...panel }: Heatmap): Panel {
  const draw: Panel['draw'] = (area) => {
    if (matrix.frames === 0 || matrix.dims === 0) return emptyNote(area, 'no frames');
    const { matrix: columns, run } = reduceFrames(matrix, Math.floor(area.widthPx), reduce);
    const rising = area.y(1) < area.y(0);
    const left = area.x(start - step / 2);
    const top = Math.min(area.y(-0.5), area.y(matrix.dims - 0.5));
    const missing = element('rect', { width: area.widthPx, height: area.heightPx, fill: INK.missing });
    const image = element('image', {
      x: left,
      y: top,
      width: area.x(start + (columns.frames * run - 0.5) * step) - left,
      height: Math.abs(area.y(matrix.dims) - area.y(0)),
      href: matrixImage(columns, range, colours, rising),
      preserveAspectRatio: 'none',
      // Not smoothed: every cell shows exactly one value. The attribute is SVG 1.1's, the class is for browsers.
      'image-rendering': 'optimizeSpeed',
      class: CRISP_CLASS,
    });
    return missing + image;
  };
  return unit === undefined ? { ...panel, draw } : { ...panel, draw, colourBar: colourBar(range, colours, unit) };
}

function colourBar(range: readonly [number, number], colours: ColourMap, unit: string): ColourBar {
  const dims = COLOUR_LEVELS;
  const ramp = { data: Float32Array.from({ length: dims }, (_, level) => level), frames: 1, dims };
  return { axis: linearAxis(range, unit), image: matrixImage(ramp, [0, dims - 1], colours, true) };
}

/** An indexed PNG as a `data:` URI: one pixel a value, frames from left to right, dims upwards where `rising`. */
function matrixImage(matrix: FeatureMatrix, range: readonly [number, number], map: ColourMap, rising: boolean): string {
  const { data: values, frames, dims } = matrix;
  const [low, high] = range;
  const levelsPerUnit = (COLOUR_LEVELS - 1) / (high - low);
  const data = new Uint8Array(frames * dims);
  for (let row = 0, pixel = 0; row < dims; row++) {
    const dim = rising ? dims - 1 - row : row;
    for (let frame = 0; frame < frames; frame++) {
      const value = values[frame * dims + dim]!;
      const level = Math.round((Math.min(high, Math.max(low, value)) - low) * levelsPerUnit);
      data[pixel++] = Number.isNaN(value) ? 0 : level + 1;
    }
  }
  const image = { width: frames, height: dims, data, channels: 1, depth: 8, palette: colourTable(map) } as const;
  return `data:image/png;base64,${Buffer.from(encode(image, { zlib: { level: 9 } })).toString('base64')}`;
}
