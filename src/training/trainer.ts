import type { Emotion } from '../corpora/emotions.ts';
import type { ManifestEntry } from '../corpora/manifest.ts';
import { UndertoneError } from '../errors.ts';
import type { Normalisation } from '../predictor/index.ts';
import { BatchDrawer, type TrainingClip } from './batches.ts';
import {
  readCheckpoint,
  runIdentity,
  writeCheckpoint,
  type BestEpoch,
  type RunIdentity,
  type TrainingState,
} from './checkpoint.ts';
import { ClipPredictor, type PredictedClip } from './clip-predictor.ts';
import { createTrainingEngine, type TrainingEngine } from './engine/index.ts';
import type { EpochRecord, TrainingReport } from './evaluation/index.ts';
import type { FeatureBank } from './feature-bank.ts';
import type { TrainingRecipe } from './recipe.ts';
import { learningRate } from './schedule.ts';
import { calmAsNeutral, Targets } from './targets.ts';
import { validateEpoch } from './epoch-validation.ts';

/** What a network is trained on, and how. */
export interface TrainingTask {
  readonly recipe: TrainingRecipe;
  /** Decides the first weights and all that is drawn. */
  readonly seed: number;
  readonly entries: readonly ManifestEntry[];
  /** That of the manifest. */
  readonly hash: string;
  readonly labels: readonly Emotion[];
  /** By the indexes of the entries. */
  readonly bank: FeatureBank;
  readonly train: readonly TrainingClip[];
  /** What the epoch is chosen on; none: the last epoch is kept. */
  readonly validation: readonly PredictedClip[];
  readonly splitHash: string;
}

/** Where a training stands. */
export interface TrainingProgress {
  /** 1-based. */
  readonly epoch: number;
  readonly epochs: number;
  /** Of all epochs. */
  readonly step: number;
  readonly steps: number;
  /** Mean over the epoch so far. */
  readonly loss: number;
  /** Of the last epoch that was judged. */
  readonly uar: number | undefined;
}

export interface TrainerOptions {
  readonly threads: number;
  /** A file; none: nothing is saved. */
  readonly checkpoint?: string;
  /** Go on from the checkpoint, where there is one. */
  readonly resume?: boolean;
  /** Time between checkpoints; there is one after each epoch, too. Default 20 s. */
  readonly checkpointEveryMs?: number;
  /** A clock in milliseconds; default the process's. */
  readonly now?: () => number;
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Is told what an epoch came to. */
  readonly onEpoch?: (record: EpochRecord) => void;
  /** When it is aborted, the training saves a checkpoint and throws TRAINING_INTERRUPTED. */
  readonly signal?: AbortSignal;
}

/** A network whose training is done; it holds the weights of the best epoch. */
export interface TrainedNetwork {
  readonly engine: TrainingEngine;
  readonly normalisation: Normalisation;
  readonly predictor: ClipPredictor;
  readonly epochs: readonly EpochRecord[];
  readonly bestEpoch: number;
  readonly stopped: TrainingReport['stopped'];
}

/**
 * Trains a network, or goes on training it. The result is the same, bit for bit, however often the training was stopped or
 * killed and resumed, with the same number of threads on the same machine.
 * @throws UndertoneError TRAINING_INTERRUPTED, TRAINING_DIVERGED, CHECKPOINT_DAMAGED, CHECKPOINT_MISMATCH, OUTPUT_UNWRITABLE
 */
export async function trainNetwork(task: TrainingTask, options: TrainerOptions): Promise<TrainedNetwork> {
  const { recipe, seed, entries, bank, train, labels } = task;
  const { optimiser } = recipe;
  const trained = [...new Set(train.map(({ entry }) => entry))];
  const normalisation = { ...bank.corpusStatistics(trained), views: recipe.input.views };
  const engine = await createTrainingEngine({
    network: recipe.network,
    batch: recipe.batch,
    time: recipe.crop.frames,
    dims: bank.dims * normalisation.views.length,
    views: normalisation.views.length,
    labels: labels.length,
    ...(recipe.targets.byCorpus && calmAsNeutral(labels)),
    seed,
    optimizer: optimiser,
    threads: options.threads,
  });
  try {
    const targets = new Targets(entries, labels, recipe.targets);
    const drawer = new BatchDrawer({ recipe, entries, bank, clips: train, targets, normalisation, seed });
    const predictor = new ClipPredictor(engine, bank, entries, normalisation);
    const run = new TrainingRun(task, options, { engine, drawer, predictor, targets });
    return { engine, normalisation, predictor, ...(await run.finish()) };
  } catch (error) {
    await engine.dispose();
    throw error;
  }
}

interface Parts {
  readonly engine: TrainingEngine;
  readonly drawer: BatchDrawer;
  readonly predictor: ClipPredictor;
  readonly targets: Targets;
}

/** The course of one training: epochs of steps, each judged, with checkpoints between. */
class TrainingRun {
  readonly #task: TrainingTask;
  readonly #options: TrainerOptions;
  readonly #parts: Parts;
  readonly #identity: RunIdentity;
  readonly #now: () => number;
  /** Both from 0: the step that comes next. */
  #epoch = 0;
  #step = 0;
  #lossSum = 0;
  #epochMs = 0;
  #epochs: EpochRecord[] = [];
  #best: BestEpoch | undefined;
  #savedAt: number;

  constructor(task: TrainingTask, options: TrainerOptions, parts: Parts) {
    this.#task = task;
    this.#options = options;
    this.#parts = parts;
    this.#now = options.now ?? (() => performance.now());
    this.#savedAt = this.#now();
    this.#identity = runIdentity(task.recipe, task.hash, task.splitHash, task.seed);
  }

  async finish(): Promise<Pick<TrainedNetwork, 'epochs' | 'bestEpoch' | 'stopped'>> {
    const { recipe } = this.#task;
    await this.#resume();
    while (this.#epoch < recipe.epochs && !this.#isStuck) {
      await this.#trainEpoch();
      await this.#judgeEpoch();
      await this.#save();
    }
    if (this.#best) this.#parts.engine.restore(this.#best.state);
    const isDone = this.#epoch === recipe.epochs;
    return {
      epochs: this.#epochs,
      bestEpoch: this.#best?.epoch ?? this.#epoch,
      stopped: isDone ? 'all epochs done' : 'no more progress on the validation part',
    };
  }

  /** Whether the validation part has seen no progress for longer than the recipe has patience. */
  get #isStuck(): boolean {
    const { patience } = this.#task.recipe;
    return patience !== null && this.#best !== undefined && this.#epoch - this.#best.epoch >= patience;
  }

  async #trainEpoch(): Promise<void> {
    const { engine, drawer } = this.#parts;
    const { stepsPerEpoch } = drawer;
    const startedAt = this.#now() - this.#epochMs;
    while (this.#step < stepsPerEpoch) {
      const batch = drawer.draw(this.#epoch, this.#step);
      const { loss } = await engine.step(batch, { learningRate: this.#learningRate });
      this.#checkLoss(loss);
      this.#lossSum += loss;
      this.#step++;
      this.#epochMs = this.#now() - startedAt;
      this.#tell();
      await this.#pause();
    }
  }

  get #learningRate(): number {
    const { recipe } = this.#task;
    const { stepsPerEpoch } = this.#parts.drawer;
    const { learningRate: peak, ...course } = recipe.optimiser;
    const step = this.#epoch * stepsPerEpoch + this.#step;
    return learningRate(step, recipe.epochs * stepsPerEpoch, { peak, ...course });
  }

  #checkLoss(loss: number): void {
    if (Number.isFinite(loss)) return;
    throw new UndertoneError('TRAINING_DIVERGED', {
      subject: `recipe ${this.#task.recipe.name}`,
      problem: `has a loss that is no number in epoch ${this.#epoch + 1}, step ${this.#step + 1}`,
      remedy: 'Lower optimiser.learningRate or optimiser.clipNorm.',
    });
  }

  #tell(): void {
    const { epochs } = this.#task.recipe;
    const { stepsPerEpoch } = this.#parts.drawer;
    this.#options.onProgress?.({
      epoch: this.#epoch + 1,
      epochs,
      step: this.#epoch * stepsPerEpoch + this.#step,
      steps: epochs * stepsPerEpoch,
      loss: this.#lossSum / this.#step,
      uar: this.#epochs.at(-1)?.validationUar,
    });
  }

  /** Between two steps: the place to save, and to stop. */
  async #pause(): Promise<void> {
    const { checkpointEveryMs = 20_000, checkpoint, signal } = this.#options;
    if (signal?.aborted !== true) {
      if (this.#now() - this.#savedAt >= checkpointEveryMs) await this.#save();
      return;
    }
    await this.#save();
    throw new UndertoneError('TRAINING_INTERRUPTED', {
      subject: `recipe ${this.#task.recipe.name}`,
      problem: `was stopped in epoch ${this.#epoch + 1}, after ${this.#step} of its steps`,
      remedy: checkpoint === undefined ? 'Train anew.' : 'Run the same command with --resume to go on from there.',
    });
  }

  async #judgeEpoch(): Promise<void> {
    const { engine, drawer, predictor, targets } = this.#parts;
    const { entries, validation } = this.#task;
    const startedAt = this.#now();
    this.#step--; // the rate of the last step
    const rate = this.#learningRate;
    const judged = validation.length > 0 ? await validateEpoch(predictor, validation, entries, targets) : undefined;
    const loss = judged?.validationLoss;
    const record: EpochRecord = {
      epoch: this.#epoch + 1,
      learningRate: rate,
      trainLoss: this.#lossSum / drawer.stepsPerEpoch,
      ...judged,
      seconds: (this.#epochMs + this.#now() - startedAt) / 1_000,
    };
    this.#epochs.push(record);
    this.#options.onEpoch?.(record);
    this.#epoch++;
    // Not by UAR: a validation part is a few speakers, and UAR jumps from epoch to epoch more than it rises.
    if (loss !== undefined && loss < (this.#best?.loss ?? Infinity))
      this.#best = { epoch: this.#epoch, loss, state: engine.state() };
    this.#step = 0;
    this.#lossSum = 0;
    this.#epochMs = 0;
  }

  async #save(): Promise<void> {
    this.#savedAt = this.#now();
    if (this.#options.checkpoint === undefined) return;
    await writeCheckpoint(this.#options.checkpoint, this.#identity, {
      epoch: this.#epoch,
      step: this.#step,
      lossSum: this.#lossSum,
      epochMs: this.#epochMs,
      epochs: this.#epochs,
      best: this.#best,
      engine: this.#parts.engine.state(),
    });
  }

  async #resume(): Promise<void> {
    const { checkpoint, resume } = this.#options;
    if (checkpoint === undefined || resume !== true) return;
    const saved: TrainingState | undefined = await readCheckpoint(checkpoint, this.#identity);
    if (!saved) return;
    this.#epoch = saved.epoch;
    this.#step = saved.step;
    this.#lossSum = saved.lossSum;
    this.#epochMs = saved.epochMs;
    this.#epochs = [...saved.epochs];
    this.#best = saved.best;
    this.#parts.engine.restore(saved.engine);
  }
}
