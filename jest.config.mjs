import { join } from 'node:path';

// The processes and threads that tests start run the sources too: each module is stripped and compiled once, not once a
// start (https://nodejs.org/api/module.html#module-compile-cache).
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/compiled');

/** Tests run on the TypeScript sources as native ES modules; only their types are stripped. */
export default {
  testEnvironment: '<rootDir>/test/helpers/environment.mjs',
  roots: ['<rootDir>/test', '<rootDir>/plugins'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '<rootDir>/test/helpers/strip-types.mjs' },
  // Plugins are tested against the engine's sources, not against what was last built.
  moduleNameMapper: { '^undertone$': '<rootDir>/src/index.ts' },
  maxWorkers: '100%',
  testTimeout: 30_000,
};
