import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UndertoneError } from '../errors.ts';

const AUDIO_ENDINGS = /\.(wav|wave|aif|aiff|aifc|flac|mp3|ogg|oga|opus|webm|mka|mkv|m4a|mp4|aac)$/i;

/** Whether a file's name ends like that of a recording. */
export function isRecordingName(name: string): boolean {
  return AUDIO_ENDINGS.test(name);
}

/**
 * All files below a folder whose names are wanted, in a stable order. Links are followed; what macOS hides beside
 * files (`._name`) is not looked at.
 * @param wanted decides by a file's name without its folders
 * @throws UndertoneError AUDIO_NOT_FOUND for what is no folder or cannot be listed
 */
export async function findFiles(folder: string, wanted: (name: string) => boolean): Promise<string[]> {
  const files: string[] = [];
  try {
    await walk(folder, wanted, files, new Set());
  } catch (cause) {
    const { code = 'unknown reason' } = cause as NodeJS.ErrnoException;
    throw new UndertoneError('AUDIO_NOT_FOUND', {
      subject: folder,
      problem: `${code === 'ENOTDIR' ? 'is no folder' : 'cannot be listed'} (${code})`,
      remedy: 'Name a folder that holds recordings.',
      cause,
    });
  }
  return files.sort();
}

/** `seen` keeps a link to a folder above it from being walked for ever. */
async function walk(
  folder: string,
  wanted: (name: string) => boolean,
  files: string[],
  seen: Set<string>,
): Promise<void> {
  const real = await realpath(folder);
  if (seen.has(real)) return;
  seen.add(real);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    // A link that leads nowhere is neither.
    const kind = entry.isSymbolicLink() ? await stat(path).catch(() => entry) : entry;
    if (kind.isDirectory()) await walk(path, wanted, files, seen);
    else if (kind.isFile() && !entry.name.startsWith('._') && wanted(entry.name)) files.push(path);
  }
}

/**
 * All recordings below a folder, by the ending of their names, in a stable order.
 * @throws UndertoneError AUDIO_NOT_FOUND for what is no folder, cannot be listed or has no recordings in it
 */
export async function findRecordings(folder: string): Promise<string[]> {
  const files = await findFiles(folder, isRecordingName);
  if (files.length > 0) return files;
  throw new UndertoneError('AUDIO_NOT_FOUND', {
    subject: folder,
    problem: 'has no recordings in it',
    remedy: 'Name a folder with .wav, .flac, .mp3, .ogg, .opus, .webm, .m4a or .aiff files in it.',
  });
}
