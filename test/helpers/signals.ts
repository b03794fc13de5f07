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

/** The first two formants of some vowels in Hz (Peterson and Barney 1952). */
const VOWELS = [
  [730, 1_090],
  [270, 2_290],
  [570, 840],
  [530, 1_840],
  [300, 870],
] as const;
const FORMANT_WIDTH_HZ = 90;
const SYLLABLES_A_SECOND = 3;

/**
 * A voice, cheaply: three syllables a second, each a hiss and a vowel, a buzz of a gliding pitch through two formants, and then a
 * moment of rest. `pitchHz` is the middle of the glide.
 */
export function buzz(seconds: number, sampleRateHz: number, { pitchHz = 140, amplitude = 0.3 } = {}): Float32Array {
  const random = seededRandom(7);
  const resonators = [0, 1].map(() => ({ last: 0, before: 0 }));
  const decay = Math.exp((-Math.PI * FORMANT_WIDTH_HZ) / sampleRateHz);
  let phase = 0;
  return Float32Array.from({ length: Math.round(seconds * sampleRateHz) }, (_, i) => {
    const time = (SYLLABLES_A_SECOND * i) / sampleRateHz;
    const syllable = time % 1;
    const vowel = VOWELS[Math.floor(time) % VOWELS.length]!;
    phase = (phase + (pitchHz * (1.2 - 0.4 * syllable)) / sampleRateHz) % 1;
    const voiced = Math.max(0, Math.sin((Math.PI * (syllable - 0.2)) / 0.65));
    let value = (2 * phase - 1) * (syllable < 0.85 ? voiced : 0);
    resonators.forEach((resonator, formant) => {
      const turn = 2 * decay * Math.cos((2 * Math.PI * vowel[formant]!) / sampleRateHz);
      const gain = 1 - turn + decay * decay;
      const next = gain * value + turn * resonator.last - decay * decay * resonator.before;
      resonator.before = resonator.last;
      resonator.last = next;
      value = next;
    });
    const hiss = syllable < 0.2 ? Math.sin((Math.PI * syllable) / 0.2) * (2 * random() - 1) : 0;
    return amplitude * (0.8 * value + 0.2 * hiss);
  });
}
