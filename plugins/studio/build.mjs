// Bundles the page for the browser into dist/page.
import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

await build({
  entryPoints: ['main.tsx', 'live/microphone-worklet.ts', 'style.css'].map((name) => here(`page/${name}`)),
  outdir: here('dist/page'),
  entryNames: '[name]',
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  logLevel: 'warning',
});
for (const name of ['index.html', 'icon.svg']) cpSync(here(`page/${name}`), here(`dist/page/${name}`));
