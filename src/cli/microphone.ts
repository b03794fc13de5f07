import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { platform } from 'node:process';
import { text } from 'node:stream/consumers';
import { UndertoneError } from '../errors.ts';

/** What recorders are asked for: mono samples of 16 bits, little-endian, at this rate. */
export const MICROPHONE_RATE_HZ = 16_000;

/** The programs that are looked for, in this order, and how each is told to record. */
const RECORDERS: readonly { readonly program: string; readonly args: (device: string | undefined) => string[] }[] = [
  {
    program: 'arecord',
    args: (device) => [
      ...['-q', '-t', 'raw', '-f', 'S16_LE', '-c', '1', '-r', String(MICROPHONE_RATE_HZ)],
      ...(device === undefined ? [] : ['-D', device]),
    ],
  },
  {
    program: 'sox',
    args: (device) => [
      ...(device === undefined ? ['-q', '-d'] : ['-q', '-t', soxDriver(), device]),
      ...['-t', 'raw', '-e', 'signed', '-b', '16', '-L', '-c', '1', '-r', String(MICROPHONE_RATE_HZ), '-'],
    ],
  },
  {
    program: 'ffmpeg',
    args: (device) => [
      ...['-loglevel', 'error', '-nostdin', ...ffmpegInput(device)],
      ...['-f', 's16le', '-ac', '1', '-ar', String(MICROPHONE_RATE_HZ), '-'],
    ],
  },
];

function soxDriver(): string {
  return platform === 'darwin' ? 'coreaudio' : platform === 'win32' ? 'waveaudio' : 'alsa';
}

function ffmpegInput(device: string | undefined): string[] {
  if (platform === 'darwin') return ['-f', 'avfoundation', '-i', `:${device ?? 'default'}`];
  if (platform === 'win32') return ['-f', 'dshow', '-i', `audio=${device ?? 'default'}`];
  return ['-f', 'alsa', '-i', device ?? 'default'];
}

function isOnPath(program: string): boolean {
  const endings = platform === 'win32' ? ['.exe', '.cmd'] : [''];
  return (process.env.PATH ?? '').split(delimiter).some((folder) =>
    endings.some((ending) => {
      try {
        accessSync(join(folder, program + ending), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    }),
  );
}

/**
 * Records from the microphone with whichever program is there, until the signal is aborted.
 * @param device as the program calls it; default the system's own
 * @returns bytes as they come: samples of 16 bits, little-endian, {@link MICROPHONE_RATE_HZ}
 * @throws UndertoneError MICROPHONE_UNAVAILABLE, here or while it is read
 */
export async function* recordMicrophone(device: string | undefined, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const recorder = RECORDERS.find(({ program }) => isOnPath(program));
  if (!recorder) {
    throw new UndertoneError('MICROPHONE_UNAVAILABLE', {
      problem: 'there is no program to record with',
      remedy: 'Install one of arecord (alsa-utils), sox and ffmpeg, or name a recording: --file speech.wav.',
    });
  }
  const { program, args } = recorder;
  const child = spawn(program, args(device), { stdio: ['ignore', 'pipe', 'pipe'] });
  const complaint = text(child.stderr);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const stop = (): void => void child.kill();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const bytes of child.stdout) yield bytes as Uint8Array;
    const code = await ended;
    if (code !== 0 && !signal.aborted) throw failed(program, await complaint);
  } finally {
    signal.removeEventListener('abort', stop);
    child.kill();
  }
}

function failed(program: string, complaint: string): UndertoneError {
  const [reason = ''] = complaint.trim().split('\n');
  return new UndertoneError('MICROPHONE_UNAVAILABLE', {
    subject: program,
    problem: `cannot record${reason === '' ? '' : ` (${reason})`}`,
    remedy: 'Name another device with --device, or a recording with --file.',
  });
}
