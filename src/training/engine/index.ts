export type {
  EngineBackend,
  EngineBatch,
  EngineOptions,
  EngineState,
  OptimizerOptions,
  StepHyper,
  StepResult,
  TrainingEngine,
} from './training-engine.ts';
export { createTrainingEngine } from './create-training-engine.ts';
