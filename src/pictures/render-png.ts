import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';
import { UndertoneError } from '../errors.ts';

const MOST_SCALE = 8;
const FONT_FILES = ['DejaVuSansCondensed.ttf', 'DejaVuSansCondensed-Bold.ttf'];

/**
 * Renders an SVG document to PNG bytes. Text is set in the DejaVu fonts that come with the engine and never in the
 * machine's own, so a picture is the same everywhere; a character that DejaVu lacks (Chinese, Japanese, Korean, ...)
 * becomes an empty box.
 * @param svg a whole document
 * @param options `scale`: pixels for each px of the document, above 0 and at most 8; default 2, for dense screens
 * @throws UndertoneError `PICTURE_INVALID` for what is no SVG, or an impossible scale
 */
export function renderPng(svg: string, options: { readonly scale?: number } = {}): Uint8Array {
  const { scale = 2 } = options;
  if (!(scale > 0 && scale <= MOST_SCALE)) {
    throw new UndertoneError('PICTURE_INVALID', {
      subject: 'scale',
      problem: `is ${scale}`,
      remedy: `Choose a number above 0 and at most ${MOST_SCALE}.`,
    });
  }
  const { resolve } = createRequire(import.meta.url);
  const fontFiles = FONT_FILES.map((file) => resolve(`dejavu-fonts-ttf/ttf/${file}`));
  const font = { loadSystemFonts: false, fontFiles, defaultFontFamily: 'DejaVu Sans' };
  try {
    return new Resvg(svg, { font, fitTo: { mode: 'zoom', value: scale } }).render().asPng();
  } catch (cause) {
    throw new UndertoneError('PICTURE_INVALID', {
      problem: `The SVG cannot be rendered (${String(cause)})`,
      remedy: 'Hand over a whole SVG document of a reasonable size.',
      cause,
    });
  }
}
