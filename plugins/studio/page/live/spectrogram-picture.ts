import { theme } from '../theme.ts';
import { BANDS, COLUMN_MS, type MelSpectrogram } from './mel-spectrogram.ts';

/** What of the time is seen: from where, at how many pixels a millisecond, how many pixels. */
export interface View {
  readonly fromMs: number;
  readonly pxPerMs: number;
  readonly width: number;
}

/** Inks from quiet to loud, as red, green, blue, alpha: dark on light, light on dark. */
const INKS = {
  light: [
    [120, 130, 190, 0],
    [112, 118, 186, 90],
    [80, 58, 140, 190],
    [40, 16, 78, 255],
  ],
  dark: [
    [70, 60, 140, 0],
    [92, 70, 170, 120],
    [214, 96, 130, 215],
    [255, 222, 166, 255],
  ],
} as const;

/** One RGBA word for each of the levels 0..255. */
function inkTable(stops: (typeof INKS)['light' | 'dark']): Uint32Array {
  const table = new Uint8ClampedArray(1024);
  for (let level = 0; level < 256; level++) {
    const at = (level / 255) * (stops.length - 1);
    const index = Math.min(stops.length - 2, Math.floor(at));
    const share = at - index;
    for (let channel = 0; channel < 4; channel++) {
      table[4 * level + channel] = stops[index]![channel]! * (1 - share) + stops[index + 1]![channel]! * share;
    }
  }
  return new Uint32Array(table.buffer);
}

const TABLES = { light: inkTable(INKS.light), dark: inkTable(INKS.dark) };

/** Draws the part of a spectrogram that is seen, a column of pixels for each of the view: the loudest of its time. */
export function drawSpectrogram(canvas: HTMLCanvasElement, spectrogram: MelSpectrogram, view: View): void {
  const { fromMs, pxPerMs, width } = view;
  if (canvas.width !== width) {
    canvas.width = width;
    canvas.style.width = `${width}px`;
  }
  if (canvas.height !== BANDS) canvas.height = BANDS;
  const context = canvas.getContext('2d')!;
  const picture = context.createImageData(width, BANDS);
  const pixels = new Uint32Array(picture.data.buffer);
  const table = TABLES[theme.value];
  const { levels, columns } = spectrogram;
  const columnsAPixel = 1 / (pxPerMs * COLUMN_MS);
  const first = fromMs / COLUMN_MS;
  for (let x = 0; x < width; x++) {
    const from = Math.floor(first + x * columnsAPixel);
    const to = Math.min(columns, Math.max(from + 1, Math.floor(first + (x + 1) * columnsAPixel)));
    for (let band = 0; band < BANDS; band++) {
      let level = 0;
      for (let column = from; column < to; column++) level = Math.max(level, levels[column * BANDS + band]!);
      pixels[(BANDS - 1 - band) * width + x] = table[level]!;
    }
  }
  context.putImageData(picture, 0, 0);
}
