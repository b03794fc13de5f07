import type { ManifestEntry } from '../../corpora/manifest.ts';
import type { DataSplit, Protocol } from '../../corpora/data-split.ts';

/**
 * What a network knew of the voice when it heard a clip: the clip alone, 8 other unlabelled clips of the speaker, or all
 * of them. Results under different conditions are never put together: types and functions keep them apart.
 */
export const CONDITIONS = ['clip', 'adapted-8', 'adapted-all'] as const;

/** One of {@link CONDITIONS}. */
export type Condition = (typeof CONDITIONS)[number];

/** What a network said of one clip. */
export interface ClipPrediction<C extends Condition = Condition> {
  /** Index into the manifest's entries. */
  readonly index: number;
  /** One logit (or logarithm of a probability) a label, before any calibration. */
  readonly logits: ArrayLike<number>;
  readonly condition: C;
}

/** The predictions under each condition. */
export type PredictionsByCondition = { readonly [C in Condition]?: readonly ClipPrediction<C>[] };

/** One trained network: what it was trained on, and what it says. */
export interface EvaluationRun {
  readonly seed: number;
  readonly split: DataSplit;
  /**
   * Predictions on the validation part: temperatures are fitted on these alone, on those of the same condition where
   * there are any and else on `clip`'s.
   */
  readonly validation: readonly ClipPrediction[];
  /** Predictions on the test part under every condition that was measured. */
  readonly test: readonly ClipPrediction[];
}

/** What an evaluation is made of. */
export interface EvaluationInput {
  readonly title: string;
  readonly model: ModelDescription;
  readonly manifest: { readonly entries: readonly ManifestEntry[]; readonly hash: string };
  /** The network's labels, in the order of its logits. */
  readonly labels: readonly string[];
  readonly runs: readonly EvaluationRun[];
  /** What the test clips went through before they were heard: "G.711, 8 kHz"; default "as recorded". */
  readonly channel?: string;
  /** One network's utterance vectors by manifest index, for the corpus probe; without them it sees the logits. */
  readonly embeddings?: ReadonlyMap<number, ArrayLike<number>>;
  /** Of the bootstrap and the corpus probe; default 1. */
  readonly seed?: number;
  readonly createdAt: Date;
}

/** What was judged. */
export interface ModelDescription {
  readonly name: string;
  readonly network?: string;
  readonly parameters?: number;
  readonly recipe?: string;
}

/** A figure measured several times: by seed, or by fold and seed. `deviation` is the sample's (n - 1), 0 for one value. */
export interface Summary {
  readonly mean: number;
  readonly deviation: number;
  readonly values: readonly number[];
}

/** How well one emotion is heard. Shares are 0..1; what would be divided by 0 is 0. */
export interface ClassScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** How many clips have this label. */
  readonly support: number;
}

/** The scores of one set of predictions. UAR and macro F1 are means over the labels that occur. */
export interface Scores {
  readonly clips: number;
  readonly uar: number;
  readonly accuracy: number;
  readonly macroF1: number;
  readonly weightedF1: number;
  readonly labels: readonly string[];
  readonly perClass: Readonly<Record<string, ClassScore>>;
  /** Row: the true label, column: the predicted one, both in the order of `labels`. */
  readonly confusion: readonly (readonly number[])[];
}

/** A 95 % interval from resampled speakers. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly speakers: number;
}

/** One group of clips (all, a corpus, a sex) under one condition, over all seeds. */
export interface GroupReport {
  /** Different clips; each was judged once a seed. */
  readonly clips: number;
  readonly speakers: number;
  /** Over seeds, all folds of a seed put together. */
  readonly uar: Summary;
  readonly accuracy: Summary;
  readonly macroF1: Summary;
  readonly weightedF1: Summary;
  /** Undefined where there are fewer than three speakers to resample. */
  readonly interval?: { readonly uar: Interval; readonly accuracy: Interval };
  readonly labels: readonly string[];
  /** Of all seeds' predictions together. */
  readonly perClass: Readonly<Record<string, ClassScore>>;
  readonly confusion: readonly (readonly number[])[];
}

/** One bin of a reliability diagram. */
export interface ReliabilityBin {
  readonly low: number;
  readonly high: number;
  readonly clips: number;
  readonly confidence: number;
  readonly accuracy: number;
}

/** How far confidence and accuracy are apart. */
export interface Reliability {
  /** Expected calibration error over 15 equally wide bins, 0..1. */
  readonly ece: number;
  readonly bins: readonly ReliabilityBin[];
}

/** Calibration on the test part, with a temperature from the validation part. */
export interface CalibrationReport {
  /** One temperature a run. */
  readonly temperature: Summary;
  /** The condition of the validation predictions that the temperatures were fitted on. */
  readonly fittedUnder: Condition;
  readonly before: Reliability;
  readonly after: Reliability;
}

/** What abstaining buys: the error among the clips that the network is surest of. */
export interface RiskCoverage {
  /** Area under the curve: the mean risk over all coverages. Less is better. */
  readonly aurc: number;
  readonly points: readonly { readonly coverage: number; readonly risk: number }[];
}

/** One trained network's figures under one condition. */
export interface RunReport {
  readonly seed: number;
  readonly fold: number;
  readonly split: string;
  readonly pooled: { readonly uar: number; readonly accuracy: number };
  readonly byCorpus: Readonly<Record<string, { readonly uar: number; readonly accuracy: number }>>;
}

/** Everything measured under one condition. */
export interface ConditionReport<C extends Condition = Condition> {
  readonly condition: C;
  readonly pooled: GroupReport;
  readonly byCorpus: Readonly<Record<string, GroupReport>>;
  readonly bySex: Readonly<Record<string, GroupReport>>;
  readonly calibration: CalibrationReport;
  readonly riskCoverage: RiskCoverage;
  /** Pooled accuracy where the 70 % surest are answered, less the accuracy where all are. */
  readonly gainAt70: number;
  readonly runs: readonly RunReport[];
}

/** How well the corpus can be told from what the network passes on: near `chance`, it hears voices and not recordings. */
export interface CorpusProbe {
  readonly on: 'logits' | 'embeddings';
  /** Mean recall over corpora, on speakers that the probe was not fitted on. */
  readonly uar: number;
  readonly chance: number;
  readonly clips: number;
}

/** A split as a report names it. */
export interface SplitReport {
  readonly name: string;
  readonly fold: number;
  readonly hash: string;
  readonly chosenOn: DataSplit['chosenOn'];
  readonly clips: { readonly train: number; readonly validation: number; readonly test: number };
  readonly speakers: { readonly train: number; readonly validation: number; readonly test: number };
  readonly dropped: readonly { readonly reason: string; readonly clips: number }[];
  readonly notes: readonly string[];
}

/** A whole evaluation: JSON as it is. */
export interface EvaluationReport {
  readonly format: 'undertone-evaluation';
  readonly version: 1;
  readonly title: string;
  readonly createdAt: string;
  readonly model: ModelDescription;
  readonly protocol: Protocol;
  /** True for the protocol that leaks: its figures measure memory, not hearing. */
  readonly leaky: boolean;
  readonly explanation: string;
  readonly channel: string;
  readonly labels: readonly string[];
  readonly manifest: { readonly hash: string; readonly clips: number; readonly speakers: number };
  readonly seeds: readonly number[];
  readonly splits: readonly SplitReport[];
  readonly conditions: { readonly [C in Condition]?: ConditionReport<C> };
  readonly corpusProbe?: CorpusProbe;
}

/** One epoch of a training. */
export interface EpochRecord {
  /** 1-based. */
  readonly epoch: number;
  /** At the end of the epoch. */
  readonly learningRate: number;
  readonly trainLoss: number;
  readonly validationLoss?: number;
  readonly validationUar?: number;
  readonly seconds: number;
}

/** The story of one training: JSON as it is. */
export interface TrainingReport {
  readonly format: 'undertone-training';
  readonly version: 1;
  readonly title: string;
  readonly createdAt: string;
  readonly model: ModelDescription;
  readonly seed: number;
  readonly manifestHash: string;
  readonly split: SplitReport;
  readonly protocol: Protocol;
  readonly epochs: readonly EpochRecord[];
  /** The epoch whose weights were kept, 1-based. */
  readonly bestEpoch: number;
  readonly stopped: 'all epochs done' | 'no more progress on the validation part' | 'interrupted';
  /** The kept weights on the part that the epoch was chosen on, under one condition. */
  readonly validation?: { readonly condition: Condition; readonly scores: Scores };
}

/** What `evaluate --model` prints: a finished model on a labelled folder. */
export interface ModelEvaluation {
  readonly model: string;
  readonly clips: number;
  readonly uar: number;
  readonly accuracy: number;
  readonly macroF1: number;
  readonly ece: number;
  readonly perClass: Readonly<Record<string, ClassScore>>;
  readonly labels: readonly string[];
  readonly confusion: readonly (readonly number[])[];
  readonly byCorpus: Readonly<
    Record<
      string,
      { readonly clips: number; readonly labels: readonly string[]; readonly uar: number; readonly accuracy: number }
    >
  >;
  readonly condition: Condition;
  readonly weightedF1: number;
  /** Clips that carry an emotion that the model has no word for; they are not in any figure. */
  readonly unscored: Readonly<Record<string, number>>;
}
