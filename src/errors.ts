/**
 * Every error that Undertone throws on purpose, with what its reader needs: a stable code, what is wrong with what,
 * and what to do about it. Codes never change their meaning; `retryable` says whether the same call may succeed later.
 */
export const ERROR_CATALOGUE = {
  AUDIO_NOT_FOUND: { retryable: false, summary: 'There is no file at this path.' },
  AUDIO_UNREADABLE: { retryable: true, summary: 'The file or stream exists but cannot be read.' },
  AUDIO_IS_DIRECTORY: { retryable: false, summary: 'A folder was given where one recording is needed.' },
  AUDIO_EMPTY: { retryable: false, summary: 'The recording has no bytes or no audio in it.' },
  AUDIO_UNKNOWN_FORMAT: { retryable: false, summary: 'The bytes are not in any audio format that Undertone knows.' },
  AUDIO_UNSUPPORTED_CODEC: { retryable: false, summary: 'The container is known, the codec inside it is not.' },
  AUDIO_DAMAGED: { retryable: false, summary: 'The recording is damaged and nothing of it can be decoded.' },
  AUDIO_TOO_LARGE: { retryable: false, summary: 'The recording is longer or larger than the limit given.' },
  AUDIO_INVALID_SAMPLES: { retryable: false, summary: 'Samples that are no finite numbers.' },
  AUDIO_INVALID_RATE: { retryable: false, summary: 'A sample rate outside what Undertone resamples.' },
  FEATURE_UNKNOWN: { retryable: false, summary: 'No feature of this name.' },
  FEATURE_CONFIG_INVALID: { retryable: false, summary: 'A feature setting that is unknown or impossible.' },
  FEATURE_NOT_STREAMABLE: { retryable: false, summary: 'This setting needs the whole recording; a stream has none.' },
  MODEL_NOT_FOUND: { retryable: false, summary: 'There is no model of this name, or at this path.' },
  MODEL_INVALID: { retryable: false, summary: 'A model with a missing, mismatched or damaged file.' },
  RUNTIME_UNAVAILABLE: { retryable: false, summary: 'ONNX Runtime does not load on this machine.' },
  PICTURE_INVALID: { retryable: false, summary: 'A picture of an impossible size, or data that cannot be drawn.' },
  NETWORK_CONFIG_INVALID: { retryable: false, summary: 'A network setting that is unknown or impossible.' },
  CAPTURE_UNSUPPORTED: { retryable: false, summary: 'A computation that cannot be captured as an ONNX graph.' },
  ENGINE_MISMATCH: { retryable: false, summary: 'A batch or a state that does not fit the network in training.' },
  SPLIT_IMPOSSIBLE: { retryable: false, summary: 'The clips cannot be divided into training, validation and test.' },
  SPLIT_LEAKS: { retryable: false, summary: 'A split has the same thing on two sides.' },
  EVALUATION_INVALID: { retryable: false, summary: 'Predictions that cannot be scored.' },
  CORPUS_UNKNOWN: { retryable: false, summary: 'No corpus of this name.' },
  CORPUS_EMPTY: { retryable: false, summary: 'A folder with no clip of a corpus that Undertone knows.' },
  CORPUS_TABLE_INVALID: { retryable: false, summary: 'A table of a corpus that cannot be read.' },
  MANIFEST_INVALID: { retryable: false, summary: 'A manifest that cannot be read, or a line in it that is wrong.' },
  DOWNLOAD_FAILED: { retryable: true, summary: 'A file cannot be downloaded: the network, or the server.' },
  DOWNLOAD_CORRUPT: { retryable: true, summary: 'What was downloaded is not what was published.' },
  RECIPE_INVALID: {
    retryable: false,
    summary: 'A training recipe that cannot be read, or a setting in it that is wrong.',
  },
  TRAINING_DATA_UNUSABLE: { retryable: false, summary: 'Clips that nothing can be learned from.' },
  TRAINING_DIVERGED: { retryable: false, summary: 'The loss of a training is no number any more.' },
  TRAINING_FAILED: { retryable: true, summary: 'A training in a process of its own ended without a result.' },
  TRAINING_INTERRUPTED: { retryable: true, summary: 'A training was stopped before its end.' },
  CHECKPOINT_DAMAGED: { retryable: false, summary: 'A checkpoint that cannot be read.' },
  CHECKPOINT_MISMATCH: { retryable: false, summary: 'A checkpoint of another training.' },
  TRACK_FORMAT_UNSUPPORTED: { retryable: false, summary: 'Packets in a format that live tracks do not have.' },
  CONSENT_MISSING: { retryable: false, summary: 'Somebody who may not be heard.' },
  SESSION_ENDED: { retryable: false, summary: 'A session that is over.' },
  READER_TOO_SLOW: { retryable: true, summary: 'A reader of live events that cannot keep up.' },
  CONSENT_SETTINGS_INVALID: { retryable: false, summary: 'A consent setting that is unknown or impossible.' },
  CONSENT_LOG_UNREADABLE: { retryable: true, summary: 'The log of who consented cannot be read.' },
  CONSENT_NOT_RECORDED: { retryable: true, summary: 'The log of who consented cannot be written.' },
  ALERT_RULE_INVALID: { retryable: false, summary: 'An alert rule with a setting that is unknown or impossible.' },
  STORE_UNAVAILABLE: { retryable: true, summary: 'The database cannot be reached, is busy, or has no room left.' },
  STORE_DAMAGED: { retryable: false, summary: 'The database file is damaged, or no database.' },
  STORE_INVALID: { retryable: false, summary: 'What the store was asked for, or told to keep, is impossible.' },
  MICROPHONE_UNAVAILABLE: { retryable: true, summary: 'No program to record with, or it ended with an error.' },
  PLUGIN_INVALID: { retryable: false, summary: 'A plugin that is not made as plugins must be.' },
  STREAM_MESSAGE_INVALID: { retryable: false, summary: 'A message of a media stream that is none of its dialect.' },
  ANNOTATION_REFUSED: { retryable: false, summary: 'A platform that does not take an annotation.' },
  PLUGIN_FAILED: { retryable: true, summary: 'A plugin that does not run, or does not answer.' },
  CONFIG_INVALID: {
    retryable: false,
    summary: 'A configuration that cannot be read, or a setting in it that is wrong.',
  },
  ADDRESS_UNAVAILABLE: { retryable: true, summary: 'An address or a port that cannot be listened on.' },
  OUTPUT_UNWRITABLE: { retryable: true, summary: 'The output file cannot be written.' },
  USAGE: { retryable: false, summary: 'The command line was wrong.' },
} as const;

/** A key of {@link ERROR_CATALOGUE}. */
export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/** What an {@link UndertoneError} is made of. */
export interface ErrorParts {
  /** What the error is about: a file's path, a setting's name. */
  readonly subject?: string;
  /** What is wrong, as a clause that follows the subject: "has no bytes". */
  readonly problem: string;
  /** What the reader can do about it, as a sentence. */
  readonly remedy: string;
  readonly cause?: unknown;
}

/** The one error class of the engine. Its message names the subject, the problem and the remedy. */
export class UndertoneError extends Error {
  override readonly name = 'UndertoneError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly subject: string | undefined;
  readonly problem: string;
  readonly remedy: string;

  constructor(code: ErrorCode, parts: ErrorParts) {
    const about = parts.subject === undefined ? '' : `${parts.subject}: `;
    super(`${about}${parts.problem}. ${parts.remedy}`, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.code = code;
    this.retryable = ERROR_CATALOGUE[code].retryable;
    this.subject = parts.subject;
    this.problem = parts.problem;
    this.remedy = parts.remedy;
  }
}
