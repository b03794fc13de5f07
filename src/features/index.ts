export { amplitudeToDb, powerToDb, type DecibelSettings } from './decibels.ts';
export { delta, type DeltaMode } from './delta.ts';
export {
  FEATURE_NAMES,
  parseFeatureConfig,
  PROFILES,
  type FeatureConfig,
  type FeatureConfigInput,
  type FeatureName,
  type FeatureSpec,
} from './feature-config.ts';
export { PAD_MODES, type PadMode } from './framer.ts';
export { WINDOW_NAMES, type WindowName } from './windows.ts';
export { FeatureExtractor, type FeatureColumns, type FeatureStream } from './feature-extractor.ts';
export { timeMeans, type FeatureMatrix } from './feature-matrix.ts';
export {
  computeFeature,
  recipe162,
  RECIPE_162_FEATURES,
  singleFeatureConfig,
  type FeatureSettings,
} from './feature-sets.ts';
export { chromaFilterBank } from './chroma.ts';
export { melFilterBank, melFrequencies, hzToMel, melToHz, type MelSettings } from './mel.ts';
export { stft, type ComplexMatrix } from './stft.ts';
export { createPitchTracker, yin, type PitchFraming, type PitchOptions, type PitchTracker } from './yin.ts';
export { pyin, type PyinOptions, type PyinResult } from './pyin.ts';
