import { z } from 'zod';
import { CHANNELS } from './channel.ts';
import { NOISE_KINDS } from './noise.ts';

const probability = z.number().min(0).max(1);
/** The lowest and the highest value that may be drawn. */
const between = (min: number, max: number) =>
  z
    .tuple([z.number().min(min).max(max), z.number().min(min).max(max)])
    .refine(([low, high]) => low <= high, 'the lower end comes first');

/**
 * What a heard copy of a recording goes through, in this order: each part with its probability, its settings drawn
 * uniformly from their ranges.
 */
export const heardSettingsSchema = z
  .strictObject({
    /** Resampling: pitch, formants and tempo together, by this factor. */
    speed: z
      .strictObject({ probability: probability.default(0.5), factor: between(0.5, 2).default([0.9, 1.1]) })
      .prefault({}),
    /** A room: the time in which its echoes fall by 60 dB, and how far the voice stands above them. */
    reverberation: z
      .strictObject({
        probability: probability.default(0.3),
        decayMs: between(50, 1_500).default([150, 700]),
        directDb: between(-10, 40).default([0, 15]),
      })
      .prefault({}),
    noise: z
      .strictObject({
        probability: probability.default(0.5),
        snrDb: between(-10, 60).default([5, 30]),
        kinds: z
          .array(z.enum(NOISE_KINDS))
          .min(1)
          .default([...NOISE_KINDS]),
      })
      .prefault({}),
    /** Limited so that nothing clips. */
    gain: z
      .strictObject({ probability: probability.default(0.5), decibels: between(-60, 30).default([-15, 6]) })
      .prefault({}),
    /** At most one of the two codecs. */
    opus: z
      .strictObject({
        probability: probability.default(0.3),
        bitrate: between(6_000, 128_000).default([16_000, 32_000]),
      })
      .prefault({}),
    g711: z
      .strictObject({
        probability: probability.default(0.5),
        /** How often the telephone's 300-3,400 Hz filter comes before the codec. */
        bandPass: probability.default(0.5),
      })
      .prefault({}),
  })
  .refine(({ opus, g711 }) => opus.probability + g711.probability <= 1, {
    message: 'the probabilities of opus and g711 together are more than 1',
  });

/** {@link heardSettingsSchema} with all defaults filled in. */
export type HeardSettings = z.output<typeof heardSettingsSchema>;

/** How a bank hears its recordings: as they are, or through one exact channel. */
export const HEARINGS = ['recorded', ...CHANNELS] as const;
/** One of {@link HEARINGS}. */
export type Hearing = (typeof HEARINGS)[number];
