import type { EngineOptions, TrainingEngine } from './training-engine.ts';

export function createTrainingEngine(_options: EngineOptions): Promise<TrainingEngine> {
  throw new Error('not yet');
}
