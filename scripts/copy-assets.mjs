// tsc copies no binaries: put what the compiled engine loads at run time beside it.
import { cpSync } from 'node:fs';

cpSync('src/features/kernels.wasm', 'dist/features/kernels.wasm');
