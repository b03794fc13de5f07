import { join } from 'node:path';

// The processes and threads that tests start run the sources too: each module is stripped and compiled once, not once a
// start (https://nodejs.org/api/module.html#module-compile-cache).
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/compiled');

/**
 * What inner loops name of the language. Jest runs tests in a context of their own, where each mention of a global asks the
 * context first, for some 200 ns: a second of sound took longer to encode than to hear.
 */
const hoisted = [
  ...['Math', 'Number', 'String', 'Infinity', 'NaN', 'Array', 'Object', 'Map', 'Set', 'Buffer', 'DataView'],
  ...[
    'BigInt64Array',
    'Float16Array',
    'Float32Array',
    'Float64Array',
    'Int8Array',
    'Int16Array',
    'Int32Array',
    'Uint8Array',
    'Uint16Array',
    'Uint32Array',
  ],
];

/** Tests run on the TypeScript sources as native ES modules; only their types are stripped. */
export default {
  testEnvironment: '<rootDir>/test/helpers/environment.mjs',
  roots: ['<rootDir>/test', '<rootDir>/plugins'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['<rootDir>/test/helpers/strip-types.mjs', { hoisted }] },
  // Plugins are tested against the engine's sources, not against what was last built.
  moduleNameMapper: { '^undertone$': '<rootDir>/src/index.ts' },
  maxWorkers: '100%',
  testTimeout: 30_000,
  // What runs at once mostly waits: for people to speak, and for Discord to be back.
  maxConcurrency: 32,
};
