// The inner loops of resampling and feature extraction, compiled to WebAssembly with SIMD by AssemblyScript.
// Every function works on addresses in the one imported memory, which src/kernels/kernel-memory.ts hands out.
export { applyWindow, applyWindowComplex, bluestein, complexFft, magnitudes, splitReal } from './fft';
export { resample } from './resample';
export { decibels, maximum, project, projectBands, signChanges, sumOfSquares } from './vectors';
