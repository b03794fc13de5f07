import { z } from 'zod';
import { UndertoneError } from '../errors.ts';
import { parseFeatureConfig, type FeatureConfigInput } from '../features/index.ts';
import { parseStrict } from '../validation.ts';

/** What a model hears unless its configuration says otherwise: 64 mel powers between 50 and 7,600 Hz, every 16 ms. */
export const DEFAULT_FEATURES: FeatureConfigInput = {
  sampleRateHz: 16_000,
  nFft: 1_024,
  hopLength: 256,
  features: [{ name: 'melspectrogram', nMels: 64, fmin: 50, fmax: 7_600 }],
};

const finite = z.number();
const positive = z.number().positive();

/** Silence at both ends that is cut off: see `prepareClip`. */
export const trimSchema = z.strictObject({
  /** Blocks this far below the loudest are silence... */
  belowPeakDb: positive.default(35),
  /** ...and so are all below this level in dB of full scale. */
  floorDb: finite.default(-75),
  /** What is left of the silence before and after the sound. */
  padMs: z.number().min(0).default(64),
});

/** The level that a clip is brought to: see `prepareClip`. */
export const levelSchema = z.strictObject({
  /** Mean power afterwards, in dB of full scale. */
  targetDb: finite.default(-23),
  /** Only blocks this close to the loudest count. */
  withinDb: positive.default(30),
  /**
   * The share of a clip's distance from that level which its log powers show all the same: 0, all clips are equally loud;
   * 1, as loud as they came. What lies near the clip's own floor is heard alike either way.
   */
  keep: z.number().min(0).max(1).default(0),
});

/** A feature pipeline, checked as `parseFeatureConfig` does. */
const featuresSchema = z.unknown().transform((value, context) => {
  try {
    return parseFeatureConfig(value);
  } catch (error) {
    if (!(error instanceof UndertoneError)) throw error;
    context.addIssue({ code: 'custom', message: `${error.subject ?? ''}: ${error.problem}` });
    return z.NEVER;
  }
});

/** The settings of the way from a clip's samples to its raw features: see `ClipFeatures`. All have defaults. */
export const hearingShape = {
  sampleRateHz: z.int().min(8_000).max(48_000).default(16_000),
  trim: trimSchema.nullable().prefault({}),
  level: levelSchema.nullable().prefault({}),
  features: featuresSchema.prefault(DEFAULT_FEATURES),
  /** Values x become ln(x + logFloor); null: they stay as they are. */
  logFloor: positive.nullable().default(1e-6),
};
/** Whether features can show as much of the level as they are meant to. */
export const canShowLevel = ({
  level,
  logFloor,
}: {
  readonly level: z.output<typeof levelSchema> | null;
  readonly logFloor: number | null;
}): boolean => !level?.keep || logFloor !== null;
export const CANNOT_SHOW_LEVEL = { path: ['level', 'keep'], message: 'must be 0 where logFloor is null' };

/** The settings of {@link HearingConfig}, strict, with their defaults. */
export const hearingSchema = z.strictObject(hearingShape).refine(canShowLevel, CANNOT_SHOW_LEVEL);

/** One of the ways in which a network is shown the same features. */
export const viewSchema = z.union([
  /**
   * By the corpora's statistics, with this share of the clip's own mean removed; and, of what is left of it, the share
   * `clipLevel` of what all dimensions have in common: the level, with log powers.
   */
  z.strictObject({ clipMean: z.number().min(0).max(1), clipLevel: z.number().min(0).max(1).default(0) }),
  /** By the speaker's statistics, shrunk to the corpora's with the weight of so many frames. */
  z.strictObject({ speaker: z.strictObject({ shrinkFrames: z.number().min(0) }) }),
]);

/** How raw features become a network's input: see `InputNormaliser`. */
export const normalisationSchema = z.strictObject({
  /** Mean and deviation of every dimension over the training corpora. */
  mean: z.array(finite).min(1),
  deviation: z.array(positive).min(1),
  /** Their values follow each other in a row. */
  views: z.array(viewSchema).min(1).max(8),
});

const inputSchema = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('features'),
      ...hearingShape,
      /** null: the network takes the features as they are. */
      normalisation: normalisationSchema.nullable().default(null),
      /** The order of the network's axes after the batch; an axis of length 1 may stand before or after them. */
      layout: z.enum(['time-dims', 'dims-time']).default('time-dims'),
    })
    .refine(canShowLevel, CANNOT_SHOW_LEVEL),
  z.strictObject({
    kind: z.literal('waveform'),
    sampleRateHz: hearingShape.sampleRateHz,
    trim: trimSchema.nullable().default(null),
    level: levelSchema.omit({ keep: true }).nullable().default(null),
    /** Bring the samples of a clip to mean 0 and variance 1, as wav2vec 2.0 and its relatives want them. */
    standardise: z.boolean().default(false),
  }),
]);

const configSchema = z.strictObject({
  format: z.literal(1),
  id: z.string().regex(/^[\w.-]+$/, { message: 'must be of letters, digits, ".", "_" and "-"' }),
  name: z.string().min(1),
  description: z.string().optional(),
  /** What the network's outputs stand for, in their order. */
  labels: z
    .array(z.string().min(1))
    .min(2)
    .refine((labels) => new Set(labels).size === labels.length, { message: 'names a label twice' }),
  /** The file with the network, beside the configuration. */
  weights: z
    .string()
    .regex(/^[^/\\]+\.onnx$/, { message: 'must be the name of an .onnx file beside config.json' })
    .default('model.onnx'),
  /** Of that file, in hexadecimal digits. */
  sha256: z
    .string()
    .regex(/^[\da-f]{64}$/, { message: 'must be 64 hexadecimal digits in lower case' })
    .optional(),
  input: inputSchema,
  output: z.enum(['logits', 'probabilities']).default('logits'),
  windows: z
    .strictObject({
      /** Longer clips are heard in windows. */
      maxMs: positive.max(60_000).default(6_000),
      /** Shorter ones are repeated until they are as long. */
      minMs: positive.max(60_000).default(400),
    })
    .refine(({ minMs, maxMs }) => minMs <= maxMs, { message: 'minMs is more than maxMs' })
    .prefault({}),
  calibration: z
    .strictObject({
      /** Logits are divided by it. */
      temperature: positive.default(1),
      /** A prediction with less confidence is `uncertain`. */
      abstainBelow: z.number().min(0).max(1).default(0),
    })
    .prefault({}),
});

/** The way from samples to raw features: silence trim, level, features and their logarithm. */
export type HearingConfig = z.output<typeof hearingSchema>;
/** Mean and deviation of each feature over the training data, and the views in which the network sees them. */
export type Normalisation = z.output<typeof normalisationSchema>;
/** One way of showing the features: against the training data, or against the speaker's own statistics. */
export type NormalisationView = z.output<typeof viewSchema>;
/** `models/<id>/config.json` with all defaults filled in. */
export type ModelConfig = z.output<typeof configSchema>;
/** What a person, or an export, writes into `models/<id>/config.json`. */
export type ModelConfigInput = z.input<typeof configSchema>;
export type FeaturesInput = Extract<ModelConfig['input'], { kind: 'features' }>;
export type WaveformInput = Extract<ModelConfig['input'], { kind: 'waveform' }>;

const REMEDY = 'Correct the file; models/README.md describes its settings.';

/**
 * Checks a model's configuration strictly and fills in its defaults.
 * @param subject what errors call it: its path
 * @throws UndertoneError MODEL_INVALID that names the setting; for an unknown one, the nearest known one
 */
export function parseModelConfig(value: unknown, subject: string): ModelConfig {
  const config = parseStrict(configSchema, value, { code: 'MODEL_INVALID', subject, remedy: REMEDY });
  const problem = config.input.kind === 'features' ? contradiction(config.input) : undefined;
  if (problem !== undefined) throw new UndertoneError('MODEL_INVALID', { subject, problem, remedy: REMEDY });
  return config;
}

/** What two settings of a feature input say against each other. */
function contradiction({ sampleRateHz, features, normalisation }: FeaturesInput): string | undefined {
  if (features.sampleRateHz !== sampleRateHz) {
    return `"input.features.sampleRateHz" is ${features.sampleRateHz}, "input.sampleRateHz" ${sampleRateHz}`;
  }
  if (normalisation && normalisation.mean.length !== normalisation.deviation.length) {
    const { mean, deviation } = normalisation;
    return `"input.normalisation" has ${mean.length} means and ${deviation.length} deviations`;
  }
  return undefined;
}
