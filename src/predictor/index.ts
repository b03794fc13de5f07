export { prepareClip } from './clip-preparation.ts';
export {
  ClipFeatures,
  FrameStatistics,
  InputNormaliser,
  NEPERS_A_DECIBEL,
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
export { EmotionPredictor, type ClipOptions, type FilePrediction, type PredictorOptions } from './emotion-predictor.ts';
export { modelIds, modelsFolder, readModel, type StoredModel } from './model-store.ts';
export type { RecordingOptions, RecordingPrediction, SegmentPrediction, Stretch } from './recording-prediction.ts';
export type { EmotionPrediction } from './scores.ts';
export { samplePages, SamplePast } from './sample-past.ts';
export type { SpeechListener } from './speech-listener.ts';
export { SpeechSegmenter, type SpeechSegment } from './speech-segmenter.ts';
export { createVoiceDetector, type SpeechAnswer, type VoiceDetector } from './voice/voice-detector.ts';
