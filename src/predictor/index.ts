export {
  ClipFeatures,
  FrameStatistics,
  InputNormaliser,
  prepareClip,
  type Frames,
  type FrameStatisticsData,
} from './hearing.ts';
export {
  DEFAULT_FEATURES,
  hearingSchema,
  normalisationSchema,
  parseModelConfig,
  type HearingConfig,
  type ModelConfig,
  type ModelConfigInput,
  type Normalisation,
  type NormalisationView,
} from './model-config.ts';
