/** Noise that is made here: flat, falling by 3 dB an octave, and many voices at once. */
export const NOISE_KINDS = ['white', 'pink', 'babble'] as const;
/** One of {@link NOISE_KINDS}. */
export type NoiseKind = (typeof NOISE_KINDS)[number];
