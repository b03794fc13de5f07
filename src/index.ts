export * from './audio/index.ts';
export * from './corpora/index.ts';
export { ERROR_CATALOGUE, UndertoneError, type ErrorCode, type ErrorParts } from './errors.ts';
export * from './features/index.ts';
export * from './live/index.ts';
export type { HostLog, LogFacts } from './host/index.ts';
export * from './host/plugin.ts';
export * from './pictures/index.ts';
export * from './predictor/index.ts';
