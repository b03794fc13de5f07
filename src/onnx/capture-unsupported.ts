import { UndertoneError } from '../errors.ts';

/** The error of a computation that a capture cannot hold. */
export const captureUnsupported = (subject: string, problem: string, remedy: string): UndertoneError =>
  new UndertoneError('CAPTURE_UNSUPPORTED', { subject, problem, remedy });
