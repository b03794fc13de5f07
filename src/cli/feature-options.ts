import { Option, type Command } from 'commander';
import { UndertoneError } from '../errors.ts';
import {
  FEATURE_NAMES,
  PAD_MODES,
  PROFILES,
  RECIPE_162_FEATURES,
  singleFeatureConfig,
  WINDOW_NAMES,
  type FeatureConfigInput,
  type FeatureName,
  type PadMode,
  type PyinOptions,
  type WindowName,
} from '../features/index.ts';
import { didYouMean } from '../validation.ts';
import { numberOption, numberOr } from './arguments.ts';

/** What can be asked for on the command line: single features, pitch by pYIN, and the classic 162-number recipe. */
export const NAMED_FEATURES = [...FEATURE_NAMES, 'pyin', 'recipe162'] as const;
export type NamedFeature = FeatureName | 'pyin' | 'recipe162';

/** The options that shape features, as commander delivers them. */
export interface FeatureOptions {
  sampleRate: number | 'native';
  nFft?: number;
  hop?: number;
  win?: number;
  window?: WindowName;
  center: boolean;
  padMode?: PadMode;
  profile?: string;
  nMels?: number;
  nMfcc?: number;
  fmin?: number;
  fmax?: number;
  db?: boolean;
  topDb?: number | 'none';
  tuning?: number;
  deltas?: number;
}

/** Adds the options of feature extraction to a command. */
export function addFeatureOptions(command: Command): Command {
  return command
    .option('--sample-rate <hz>', 'resample to this rate, or "native"', numberOr('native'), 16_000)
    .option('--n-fft <n>', 'samples a frame (default 2048)', numberOption)
    .option('--hop <n>', 'samples from frame to frame (default 512)', numberOption)
    .option('--win <n>', 'samples under the window (default: n-fft)', numberOption)
    .addOption(new Option('--window <name>', 'window (default hann)').choices(WINDOW_NAMES))
    .option('--no-center', 'frame t starts at t * hop instead of being centred there')
    .addOption(new Option('--pad-mode <mode>', 'padding at both ends (default: the profile’s)').choices(PAD_MODES))
    .addOption(new Option('--profile <name>', 'whose defaults hold (default librosa-0.11)').choices(PROFILES))
    .option('--n-mels <n>', 'mel bands (default 128)', numberOption)
    .option('--n-mfcc <n>', 'cepstral coefficients (default 20)', numberOption)
    .option('--fmin <hz>', 'lower edge of the mel filters (default 0), or lowest pitch (65)', numberOption)
    .option(
      '--fmax <hz>',
      'upper edge of the mel filters (default: half the rate), or highest pitch (500)',
      numberOption,
    )
    .option('--db', 'melspectrogram in decibels; --top-db implies it')
    .option('--top-db <db>', 'decibel floor below the maximum (default 80), or "none"', numberOr('none'))
    .option('--tuning <bins>', 'tuning of chroma_stft (default: estimated)', numberOption)
    .option('--deltas <n>', 'append derivatives over time: 1 or 2 orders', numberOption);
}

/** The options that not every feature has, and which features have them. */
const OPTION_FEATURES: Partial<Record<keyof FeatureOptions, readonly NamedFeature[]>> = {
  win: [...FEATURE_NAMES, 'recipe162'],
  window: [...FEATURE_NAMES, 'recipe162'],
  profile: [...FEATURE_NAMES, 'recipe162'],
  nMels: ['mfcc', 'melspectrogram'],
  fmin: ['mfcc', 'melspectrogram', 'yin', 'pyin'],
  fmax: ['mfcc', 'melspectrogram', 'yin', 'pyin'],
  nMfcc: ['mfcc'],
  db: ['melspectrogram'],
  topDb: ['mfcc', 'melspectrogram'],
  tuning: ['chroma_stft'],
  deltas: FEATURE_NAMES,
};

/** The options given that mean nothing to the feature, as they are written on the command line. */
export function meaninglessOptions(feature: NamedFeature, options: FeatureOptions): string[] {
  return Object.entries(OPTION_FEATURES)
    .filter(([key, features]) => options[key as keyof FeatureOptions] !== undefined && !features.includes(feature))
    .map(([key]) => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
}

/** @throws UndertoneError FEATURE_UNKNOWN that names the nearest known feature */
export function requireFeatureName(name: string | undefined): NamedFeature {
  const known = NAMED_FEATURES.find((feature) => feature === name);
  if (known) return known;
  if (name === undefined) {
    throw new UndertoneError('USAGE', {
      problem: 'which feature to compute was not said',
      remedy: `Add --feature with one of: ${NAMED_FEATURES.join(', ')}.`,
    });
  }
  throw new UndertoneError('FEATURE_UNKNOWN', {
    subject: name,
    problem: `is no feature${didYouMean(name, NAMED_FEATURES)}`,
    remedy: `Known are: ${NAMED_FEATURES.join(', ')}.`,
  });
}

/** The frames that the options describe, as pYIN takes them, and the range of pitch. */
export function pyinOptions(sampleRateHz: number, options: FeatureOptions): PyinOptions {
  const {
    nFft: frameLength = 2_048,
    hop: hopLength = 512,
    center,
    padMode = 'constant',
    fmin = 65,
    fmax = 500,
  } = options;
  return { sampleRateHz, frameLength, hopLength, center, padMode, fmin, fmax };
}

/** The configuration that the options describe, at the recording's rate. */
export function featureConfig(
  feature: Exclude<NamedFeature, 'pyin'>,
  sampleRateHz: number,
  options: FeatureOptions,
): FeatureConfigInput {
  const { nFft, hop: hopLength, win: winLength, window, center, padMode, profile } = options;
  const frames = { sampleRateHz, nFft, hopLength, winLength, window, center, padMode, profile };
  const has = (key: keyof FeatureOptions): boolean => OPTION_FEATURES[key]?.includes(feature) ?? false;
  const { topDb = 80 } = options;
  const settings = {
    ...frames,
    ...(has('nMels') && { nMels: options.nMels }),
    ...(has('fmin') && { fmin: options.fmin, fmax: options.fmax }),
    ...(has('nMfcc') && { nMfcc: options.nMfcc }),
    ...(has('tuning') && { tuning: options.tuning }),
    ...(has('deltas') && { deltas: options.deltas }),
    ...((feature === 'mfcc' || (has('db') && (options.db === true || options.topDb !== undefined))) && {
      decibels: { topDb: topDb === 'none' ? null : topDb },
    }),
  };
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  if (feature === 'recipe162') return { ...given, features: RECIPE_162_FEATURES } as FeatureConfigInput;
  return singleFeatureConfig(feature, { sampleRateHz, ...given });
}
