import { readFileSync } from 'node:fs';

interface PackageJson {
  readonly version: string;
  readonly engines: { readonly node: string };
}

function packageJson(): PackageJson {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as PackageJson;
}

/** The engine's version, from its package.json. */
export function packageVersion(): string {
  return packageJson().version;
}

/** The oldest version of Node that the engine runs on. */
export function neededNodeVersion(): string {
  return packageJson().engines.node.replace('>=', '');
}
