// tsc copies no binaries: put what the compiled engine loads at run time beside it.
import { cpSync } from 'node:fs';

cpSync('src/kernels/kernels.wasm', 'dist/kernels/kernels.wasm');
