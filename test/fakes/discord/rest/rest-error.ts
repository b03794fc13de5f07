/** Discord's codes of errors that a bot meets; 0 stands for those that HTTP's status says. */
export const ErrorCode = {
  general: 0,
  unknownChannel: 10_003,
  unknownGuild: 10_004,
  unknownMember: 10_007,
  unknownMessage: 10_008,
  unknownUser: 10_013,
  unknownWebhook: 10_015,
  unknownInteraction: 10_062,
  unknownCommand: 10_063,
  alreadyAcknowledged: 40_060,
  missingAccess: 50_001,
  cannotEditOthers: 50_005,
  emptyMessage: 50_006,
  missingPermissions: 50_013,
  invalidWebhookToken: 50_027,
  invalidForm: 50_035,
} as const;

/** An error answer of the REST API. */
export class RestError extends Error {
  readonly status: number;
  readonly code: number;
  /** What is wrong with which field. */
  readonly errors: object | undefined;

  constructor(status: number, code: number, message: string, errors?: object) {
    super(message);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }

  toJSON(): object {
    return { message: this.message, code: this.code, ...(this.errors && { errors: this.errors }) };
  }
}

export const notFound = (code: number, what: string): RestError => new RestError(404, code, `Unknown ${what}`);

/** One field of a form is wrong. */
export function invalid(field: string, message: string): RestError {
  const errors = { [field]: { _errors: [{ code: 'BASE_TYPE_BAD', message }] } };
  return new RestError(400, ErrorCode.invalidForm, 'Invalid Form Body', errors);
}
