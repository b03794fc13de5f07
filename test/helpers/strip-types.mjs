// Jest's transform: Node's own type stripping, which the sources are written for (`erasableSyntaxOnly`).
import { stripTypeScriptTypes } from 'node:module';

/**
 * A test's global object is a proxy: to look up `Math` in it takes a microsecond, each time. So modules take from it once
 * what loops over samples use, and what no test replaces.
 */
const TAKEN = [
  ...['Array', 'BigInt64Array', 'Float16Array', 'Float32Array', 'Float64Array', 'Int16Array', 'Int32Array', 'Map'],
  ...['Math', 'Number', 'Object', 'Set', 'String', 'Uint8Array', 'Uint16Array', 'Uint32Array'],
];

export default {
  process: (source) => ({ code: `const { ${TAKEN.join(', ')} } = globalThis; ${stripTypeScriptTypes(source)}` }),
};
