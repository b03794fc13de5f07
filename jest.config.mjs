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
  // What runs at once mostly waits: for people to speak, and for Discord to be back.
  maxConcurrency: 32,
};
