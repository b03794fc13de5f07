// Builds the WebAssembly kernels, the engine, and every plugin that has a tsconfig.json; then what a plugin's own build.mjs
// builds.
import { execSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync } from 'node:fs';

const KERNELS = 'src/kernels/kernels.wasm';

const inPlugins = (file) =>
  readdirSync('plugins')
    .map((name) => `plugins/${name}/${file}`)
    .filter((path) => existsSync(path));

const run = (command) => execSync(command, { stdio: 'inherit' });

try {
  run(
    `asc src/kernels/assembly/index.ts --outFile ${KERNELS} -O3 --noAssert --runtime stub --importMemory --enable simd`,
  );
  run(`tsc --build . ${inPlugins('tsconfig.json').join(' ')}`);
  for (const script of inPlugins('build.mjs')) run(`node ${script}`);
} catch {
  process.exit(1); // the compilers have said what is wrong
}
// tsc copies no binaries: put what the engine loads at run time beside it.
cpSync(KERNELS, KERNELS.replace('src', 'dist'));
