// Jest's transform: Node's own type stripping, which the sources are written for (`erasableSyntaxOnly`).
import { stripTypeScriptTypes } from 'node:module';

export default {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
};
