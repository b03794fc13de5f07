import type { FeatureConfigInput, FeatureName } from './feature-config.ts';
import { FeatureExtractor } from './feature-extractor.ts';
import { timeMeans, type FeatureMatrix } from './feature-matrix.ts';

/** Settings of one feature and of the frames it looks at; all have librosa's defaults but the sample rate. */
export type FeatureSettings = Omit<FeatureConfigInput, 'features'> & Record<string, unknown>;

const FRAME_SETTINGS = ['sampleRateHz', 'nFft', 'hopLength', 'winLength', 'window', 'center', 'profile', 'padMode'];

/**
 * One feature of a recording, by librosa's name: `computeFeature('mfcc', samples, { sampleRateHz: 16000, nMfcc: 40 })`.
 * To compute several features, or of several recordings, make a {@link FeatureExtractor}: it keeps its tables.
 * @throws UndertoneError FEATURE_CONFIG_INVALID
 */
export function computeFeature(name: FeatureName, samples: Float32Array, settings: FeatureSettings): FeatureMatrix {
  return FeatureExtractor.fromConfig(singleFeatureConfig(name, settings)).extract(samples);
}

/** The configuration of one feature, from its settings and those of its frames in one flat object. */
export function singleFeatureConfig(name: FeatureName, settings: FeatureSettings): FeatureConfigInput {
  const entries = Object.entries(settings);
  const isFrameSetting = ([key]: [string, unknown]): boolean => FRAME_SETTINGS.includes(key);
  const feature = { name, ...Object.fromEntries(entries.filter((entry) => !isFrameSetting(entry))) };
  return { ...Object.fromEntries(entries.filter(isFrameSetting)), features: [feature] } as FeatureConfigInput;
}

/** The features whose time means {@link recipe162} takes, in their order. */
export const RECIPE_162_FEATURES: FeatureConfigInput['features'] = [
  { name: 'zero_crossing_rate' },
  { name: 'chroma_stft', power: 1 },
  { name: 'mfcc', nMfcc: 20 },
  { name: 'rms' },
  { name: 'melspectrogram' },
];

/**
 * The classic recipe of speech emotion tutorials: 162 time means, of ZCR (1), chroma from magnitudes (12), MFCC (20),
 * RMS (1) and mel power (128), with librosa's default frames. Kept for comparison; a model hears nothing of time in it.
 */
export function recipe162(samples: Float32Array, sampleRateHz: number): Float32Array {
  const extractor = FeatureExtractor.fromConfig({ sampleRateHz, features: RECIPE_162_FEATURES });
  return Float32Array.from(timeMeans(extractor.extract(samples)));
}
