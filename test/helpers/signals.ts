/** A sine of the given frequency in Hz, starting at phase 0. */
export function sine(hz: number, length: number, sampleRateHz: number, amplitude = 1): Float32Array {
  return Float32Array.from({ length }, (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / sampleRateHz));
}

/** Uniform numbers within 0..1 that are the same for the same seed (Park and Miller 1988). */
export function seededRandom(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** White noise within -amplitude..amplitude. */
export function whiteNoise(length: number, seed = 1, amplitude = 1): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length }, () => amplitude * (2 * random() - 1));
}

/**
 * Something like a voice, cheaply: a buzz of a gliding pitch, three syllables a second. `pitchHz` is its middle.
 */
export function buzz(seconds: number, sampleRateHz: number, { pitchHz = 140, amplitude = 0.3 } = {}): Float32Array {
  let phase = 0;
  return Float32Array.from({ length: Math.round(seconds * sampleRateHz) }, (_, i) => {
    const syllable = ((3 * i) / sampleRateHz) % 1;
    const rise = syllable < 0.5 ? 2 * syllable : 2 - 2 * syllable;
    phase = (phase + (pitchHz * (0.8 + 0.4 * rise)) / sampleRateHz) % 1;
    return amplitude * (2 * phase - 1) * (0.1 + 0.9 * rise);
  });
}
