import { z } from 'zod';
import { UndertoneError } from '../errors.ts';
import { parseStrict } from '../validation.ts';
import { PAD_MODES, type PadMode } from './framer.ts';
import { WINDOW_NAMES } from './windows.ts';

const hz = z.number().min(0);
const count = z.int().positive();
/** Bounds far beyond any use, so that a mistyped or hostile size is an error and not a frozen machine. */
const frameLength = z
  .int()
  .min(2)
  .max(2 ** 17);
const exponent = z.number().min(0.1).max(100);
/** Single precision has no full digits below. */
const floor = z.number().min(1.2e-38);

const decibels = {
  ref: z.number().positive().default(1),
  amin: floor.default(1e-10),
  topDb: z.number().positive().nullable().default(80),
};

const mel = {
  nMels: count.max(1_024).default(128),
  fmin: hz.default(0),
  fmax: hz.nullable().default(null),
  htk: z.boolean().default(false),
  melNorm: z.enum(['slaney']).nullable().default('slaney'),
};

const derivatives = {
  /** Appends this many orders of derivatives over time (0, 1 or 2) to the feature's own values. */
  deltas: z.int().min(0).max(2).default(0),
  deltaWidth: z
    .int()
    .min(3)
    .max(999)
    .refine((width) => width % 2 === 1, { message: 'must be odd' })
    .default(9),
  deltaMode: z.enum(['interp', 'nearest']).default('interp'),
};

const feature = <Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  z.strictObject({ name: z.literal(name), ...derivatives, ...shape });

const SCHEMAS = {
  /** |X|^power of the short-time Fourier transform, nFft / 2 + 1 values. */
  spectrogram: feature('spectrogram', { power: exponent.default(2) }),
  /** Mel power spectrogram; with `decibels` its logarithm. */
  melspectrogram: feature('melspectrogram', { ...mel, decibels: z.strictObject(decibels).nullable().default(null) }),
  mfcc: feature('mfcc', {
    nMfcc: count.default(20),
    dctType: z.union([z.literal(1), z.literal(2), z.literal(3)]).default(2),
    dctNorm: z.enum(['ortho']).nullable().default('ortho'),
    lifter: z.number().min(0).default(0),
    ...mel,
    decibels: z.strictObject(decibels).prefault({}),
  }),
  chroma_stft: feature('chroma_stft', {
    nChroma: count.max(120).default(12),
    /** Exponent of |X| that is folded into pitch classes: 2 (power), or 1 as recipes do that pass magnitudes as S. */
    power: z.union([z.literal(1), z.literal(2)]).default(2),
    /** Fractions of a chroma bin; null: estimated from the whole recording. */
    tuning: z.number().min(-0.5).max(0.5).nullable().default(null),
    ctroct: z.number().default(5),
    octwidth: z.number().positive().nullable().default(2),
    baseC: z.boolean().default(true),
    norm: z
      .union([z.literal('max'), z.number().positive()])
      .nullable()
      .default('max'),
  }),
  rms: feature('rms', { frameLength: frameLength.optional() }),
  zero_crossing_rate: feature('zero_crossing_rate', { frameLength: frameLength.optional() }),
  spectral_centroid: feature('spectral_centroid', {}),
  spectral_bandwidth: feature('spectral_bandwidth', { p: exponent.default(2) }),
  spectral_rolloff: feature('spectral_rolloff', { rollPercent: z.number().gt(0).lt(1).default(0.85) }),
  spectral_flatness: feature('spectral_flatness', {
    power: exponent.default(2),
    amin: floor.default(1e-10),
  }),
  /** Fundamental frequency in Hz; `voicing` adds its strength, 0..1, as a second value. */
  yin: feature('yin', {
    fmin: hz.default(65),
    fmax: hz.default(500),
    frameLength: frameLength.default(2_048),
    troughThreshold: z.number().positive().default(0.1),
    voicing: z.boolean().default(false),
  }),
};

/** The features that a pipeline can be built of, by librosa's names. */
export type FeatureName = keyof typeof SCHEMAS;
/** All of them. */
export const FEATURE_NAMES = Object.keys(SCHEMAS) as FeatureName[];

/** One feature with all its settings. */
export type FeatureSpec = { [Name in FeatureName]: z.output<(typeof SCHEMAS)[Name]> }[FeatureName];
export type FeatureSpecOf<Name extends FeatureName> = z.output<(typeof SCHEMAS)[Name]>;

/** The versions of librosa whose defaults can be asked for. */
export const PROFILES = ['librosa-0.11', 'librosa-0.8'] as const;
const PROFILE_PADDING = { 'librosa-0.11': 'constant', 'librosa-0.8': 'reflect' } as const;

const configSchema = z.strictObject({
  sampleRateHz: z.number().min(1).max(1e6),
  nFft: frameLength.default(2_048),
  hopLength: count.max(2 ** 24).default(512),
  /** Samples under the window; the rest of nFft is zeros. Default nFft. */
  winLength: count.optional(),
  window: z.enum(WINDOW_NAMES).default('hann'),
  center: z.boolean().default(true),
  /** Whose defaults hold: librosa pads with zeros since 0.9; until 0.8 it reflected the signal. */
  profile: z.enum(PROFILES).default('librosa-0.11'),
  /** How the signal is continued over its ends. Default: the profile's. */
  padMode: z.enum(PAD_MODES).optional(),
  features: z
    .array(z.looseObject({ name: z.enum(FEATURE_NAMES) }))
    .min(1)
    .max(64),
});

/** A feature pipeline with all defaults filled in: what a model ships beside its weights. */
export interface FeatureConfig extends Omit<z.output<typeof configSchema>, 'features' | 'winLength' | 'padMode'> {
  readonly winLength: number;
  readonly padMode: PadMode;
  readonly features: readonly FeatureSpec[];
}

/** What a person writes: everything but the sample rate and the names of the features has a default. */
export type FeatureConfigInput = z.input<typeof configSchema>;

const REMEDY = 'Correct the feature configuration; settings have the names of librosa in camelCase.';

function requireThat(condition: boolean, subject: string, problem: string): void {
  if (!condition) throw new UndertoneError('FEATURE_CONFIG_INVALID', { subject, problem, remedy: REMEDY });
}

function checkFeature(spec: FeatureSpec, sampleRateHz: number): void {
  if ('fmax' in spec) {
    const fmax = spec.fmax ?? sampleRateHz / 2;
    const range = `fmin ${spec.fmin} Hz to fmax ${fmax} Hz`;
    requireThat(
      fmax <= sampleRateHz / 2,
      spec.name,
      `${range} reaches above half the sample rate of ${sampleRateHz} Hz`,
    );
    requireThat(spec.fmin < fmax, spec.name, `${range} is empty`);
  }
  if (spec.name === 'mfcc') {
    requireThat(spec.nMfcc <= spec.nMels, 'mfcc', `nMfcc ${spec.nMfcc} is more than nMels ${spec.nMels}`);
    requireThat(spec.dctType !== 1 || spec.nMels > 1, 'mfcc', 'dctType 1 needs at least two mels');
  }
}

/**
 * Checks a feature configuration strictly and fills in librosa's defaults.
 * @throws UndertoneError FEATURE_CONFIG_INVALID that names the setting; for an unknown one, the nearest known one.
 */
export function parseFeatureConfig(input: unknown): FeatureConfig {
  const error = { code: 'FEATURE_CONFIG_INVALID', subject: 'feature configuration', remedy: REMEDY } as const;
  const config = parseStrict(configSchema, input, error);
  const winLength = config.winLength ?? config.nFft;
  requireThat(winLength <= config.nFft, 'winLength', `${winLength} is more than nFft ${config.nFft}`);
  const features = config.features.map((raw): FeatureSpec => {
    const spec = parseStrict(SCHEMAS[raw.name], raw, { ...error, subject: `feature ${raw.name}` });
    checkFeature(spec, config.sampleRateHz);
    return spec;
  });
  return { ...config, winLength, padMode: config.padMode ?? PROFILE_PADDING[config.profile], features };
}

/** How many samples the longest frame of the pipeline has. */
export function longestFrame(config: FeatureConfig): number {
  const lengths = config.features.map((spec) => ('frameLength' in spec ? (spec.frameLength ?? 0) : 0));
  return Math.max(config.nFft, ...lengths);
}
