export { UndertoneError, ERROR_CATALOGUE, type ErrorCode, type ErrorParts } from './errors.ts';
