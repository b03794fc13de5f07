// Jest's transform: Node's own type stripping, which the sources are written for (`erasableSyntaxOnly`), and room for speed.
import { stripTypeScriptTypes } from 'node:module';

export default {
  /** Makes the globals that the configuration names, where a module mentions them, constants of the module. */
  process(source, path, { transformerConfig: { hoisted } }) {
    const code = stripTypeScriptTypes(source);
    const used = hoisted.filter((name) => new RegExp(`(?<![.\\w])${name}\\b`).test(code));
    // On the first line, so that every line keeps its number.
    return { code: used.length === 0 ? code : `const { ${used.join(', ')} } = globalThis; ${code}` };
  },
};
