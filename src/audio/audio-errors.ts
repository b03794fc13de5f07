import { UndertoneError } from '../errors.ts';

/** The recording is damaged beyond use. `problem` follows the file's name: "ends inside its header". */
export function damaged(name: string, problem: string, cause?: unknown): UndertoneError {
  const remedy = 'Export the recording again, or restore it from a copy.';
  return new UndertoneError('AUDIO_DAMAGED', { subject: name, problem, remedy, cause });
}

/** There is no sound in the recording. */
export function empty(name: string, problem = 'has no bytes'): UndertoneError {
  const remedy = 'Check that the recording or its upload was finished.';
  return new UndertoneError('AUDIO_EMPTY', { subject: name, problem, remedy });
}

/** The container is known, what is in it is not. */
export function unsupportedCodec(name: string, problem: string, remedy?: string, cause?: unknown): UndertoneError {
  const usual = 'Convert it first, for example with: ffmpeg -i <file> -c:a flac <file>.flac';
  return new UndertoneError('AUDIO_UNSUPPORTED_CODEC', { subject: name, problem, remedy: remedy ?? usual, cause });
}

/** The source cannot be read. */
export function unreadable(name: string, problem: string, remedy: string, cause?: unknown): UndertoneError {
  return new UndertoneError('AUDIO_UNREADABLE', { subject: name, problem, remedy, cause });
}

/** What a caller gets to see of any failure: the signal's reason, errors of the catalogue, or else AUDIO_DAMAGED. */
export function audioError(cause: unknown, name: string, signal?: AbortSignal): unknown {
  if (signal?.aborted === true) return signal.reason;
  return cause instanceof UndertoneError ? cause : damaged(name, 'cannot be decoded', cause);
}
