// The per-frame arithmetic of the feature extractor, compiled to WebAssembly with SIMD by AssemblyScript.
// Every function works on addresses in the one imported memory; src/features/kernel.ts lays that memory out.
export { applyWindow, applyWindowComplex, bluestein, complexFft, magnitudes, splitReal } from './fft';
export { decibels, maximum, project, projectBands, signChanges, sumOfSquares } from './vectors';
