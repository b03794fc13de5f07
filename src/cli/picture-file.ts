import { UndertoneError } from '../errors.ts';
import { renderPng } from '../pictures/index.ts';
import { writeFileWhole } from '../whole-file.ts';

/** The kinds of pictures that commands write. */
export type PictureFormat = 'png' | 'svg';

/**
 * The kind of picture that a path asks for, by its ending.
 * @param option the option that named the path
 * @throws UndertoneError USAGE
 */
export function pictureFormat(path: string, option: string): PictureFormat {
  const format = /\.(png|svg)$/i.exec(path)?.[1]?.toLowerCase();
  if (format !== undefined) return format as PictureFormat;
  throw new UndertoneError('USAGE', {
    subject: path,
    problem: 'has an ending that is no known picture format',
    remedy: `End the name of ${option} in .png or .svg.`,
  });
}

/**
 * Writes an SVG document as the kind of picture wanted.
 * @throws UndertoneError OUTPUT_UNWRITABLE
 */
export async function writePicture(path: string, format: PictureFormat, svg: string): Promise<void> {
  await writeFileWhole(path, [format === 'png' ? renderPng(svg) : svg]);
}
