import { ERROR_CATALOGUE, UndertoneError, type ErrorCode } from '../errors.ts';

/** What an answer says that is no success. Its message is for whoever asked, and names nobody. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export const notFound = (): HttpError => new HttpError(404, 'NOT_FOUND', 'There is nothing here.');

const STATUS: Partial<Record<ErrorCode, number>> = {
  STORE_INVALID: 400,
  CONSENT_MISSING: 403,
  SESSION_ENDED: 409,
  STORE_UNAVAILABLE: 503,
  CONSENT_NOT_RECORDED: 503,
};

/** Any failure as an answer: of what went wrong inside, nothing but its kind is said. */
export function asHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof UndertoneError) {
    const status = STATUS[error.code] ?? 500;
    return new HttpError(status, error.code, status < 500 ? error.message : ERROR_CATALOGUE[error.code].summary);
  }
  // Express and its parsers put a status on what the one who asked did wrong.
  const { status, type } = error as { status?: unknown; type?: unknown };
  if (type === 'entity.too.large') return new HttpError(413, 'BODY_TOO_LARGE', 'The body is too large.');
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new HttpError(status, 'BAD_REQUEST', 'The request cannot be read.');
  }
  return new HttpError(500, 'INTERNAL', 'Something went wrong inside; the log says more.');
}
