export { CHANNELS, HEARINGS, type ChannelName, type Hearing } from './augmentation/index.ts';
export * from './engine/index.ts';
export * from './evaluation/index.ts';
export { percent, percentWithDeviation } from './evaluation/leakage.ts';
export { FeatureBank, type FeatureBankOptions } from './feature-bank.ts';
export {
  evaluationJobs,
  finishedJob,
  foldsFolder,
  readJudgement,
  recipeFor,
  writeReports,
  type EvaluationJob,
  type EvaluationPlan,
  type ReportsByChannel,
} from './evaluation-run.ts';
export { runFold, type FoldResult } from './fold-run.ts';
export { judgeModel, type JudgeOptions } from './judge-model.ts';
export { parseRecipe, readRecipe, type TrainingRecipe, type TrainingRecipeInput } from './recipe.ts';
export { chooseClips, labelledClips, openTrainingData, type OpenOptions, type TrainingData } from './training-data.ts';
export {
  trainNetwork,
  type TrainedNetwork,
  type TrainerOptions,
  type TrainingProgress,
  type TrainingTask,
} from './trainer.ts';
export {
  checkpointOf,
  everything,
  trainModel,
  type Judgement,
  type TrainedModel,
  type TrainModelOptions,
} from './train-model.ts';
