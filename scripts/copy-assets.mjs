// tsc copies no binaries: put what the compiled engine loads at run time beside it.
import { copyFileSync } from 'node:fs';

copyFileSync('src/features/kernels.wasm', 'dist/features/kernels.wasm');
