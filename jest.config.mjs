import { fileURLToPath } from 'node:url';

/**
 * Jest's processes, the threads that hear and those of the stores strip and compile the sources each for itself, dozens of times in a
 * file of tests: what one has compiled, the others take from here.
 */
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/undertone/compiled', import.meta.url));

/**
 * What inner loops name of the language. Jest runs tests in a context of their own, where each mention of a global asks the
 * context first, for some 200 ns: a second of sound took longer to encode than to hear.
 */
const hoisted = [
  ...['Math', 'Number', 'Infinity', 'NaN', 'Array', 'Object', 'Map', 'Set', 'Buffer', 'DataView'],
  ...[
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
};
