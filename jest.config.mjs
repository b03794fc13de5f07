import { availableParallelism } from 'node:os';

/** Tests run on the TypeScript sources as native ES modules; only their types are stripped. */
export default {
  testEnvironment: '<rootDir>/test/helpers/environment.mjs',
  roots: ['<rootDir>/test', '<rootDir>/plugins'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '<rootDir>/test/helpers/strip-types.mjs' },
  // Plugins are tested against the engine's sources, not against what was last built.
  moduleNameMapper: { '^undertone$': '<rootDir>/src/index.ts' },
  // Tests of sockets wait as often as they compute.
  maxWorkers: Math.ceil(1.5 * availableParallelism()),
  testTimeout: 30_000,
};
