import type { NetworkConfig } from '../../networks/network-config.ts';

/** One batch of clips, all of the engine's length. Arrays are row-major and are only read. */
export interface EngineBatch {
  /** `batch * time * dims` normalised features. */
  readonly inputs: Float32Array;
  /** `batch * labels` soft labels; each row sums to 1 over the labels that compete. */
  readonly targets: Float32Array;
  /** `batch * labels`: 1 where the label competes (the clip's corpus has it), else 0. */
  readonly allowed: Float32Array;
  /** `batch` weights of the clips in the loss. Default: 1 each. */
  readonly weights?: Float32Array;
}

/** What may change from step to step. */
export interface StepHyper {
  readonly learningRate: number;
}

/** What a step tells. */
export interface StepResult {
  /** Weighted mean of the clips' cross-entropies, before the step, in nats. */
  readonly loss: number;
  /** Euclidean norm of the whole gradient before clipping. */
  readonly gradientNorm: number;
}

/** Everything that the next step depends on, apart from its batch: steps go on from it bit for bit. */
export interface EngineState {
  /** All trainable weights in the order of the network's parameters. */
  readonly weights: Float32Array;
  /** AdamW's mean of gradients. */
  readonly firstMoment: Float32Array;
  /** AdamW's mean of squared gradients. */
  readonly secondMoment: Float32Array;
  /** Exponential moving average of the weights: what predicts and what is exported. */
  readonly average: Float32Array;
  /** Running means and variances of the batch normalisations. */
  readonly statistics: Float32Array;
  /** Steps taken. */
  readonly step: number;
  /** State of the generator that draws dropout masks: integers. */
  readonly random: readonly number[];
}

/** Trains one network; see {@link EngineOptions}. Steps and predictions are awaited one after the other. */
export interface TrainingEngine {
  /** How many trainable weights the network has. */
  readonly parameters: number;
  readonly backend: Exclude<EngineBackend, 'auto'>;
  /** Forward pass, gradients, clipping, AdamW, averages: one step. */
  step(batch: EngineBatch, hyper: StepHyper): Promise<StepResult>;
  /** A copy of the state. */
  state(): EngineState;
  /** Goes on from a state of an engine of the same network. @throws UndertoneError ENGINE_MISMATCH where it does not fit. */
  restore(state: EngineState): void;
  /** Logits, `batch * labels`, of `batch * time * dims` inputs: averaged weights, no dropout, any batch and time. */
  predict(inputs: Float32Array, batch: number, time: number): Promise<Float32Array>;
  /**
   * The network with averaged weights as an ONNX model: 'input' float32 [batch, time, dims], both dynamic, to 'logits'
   * float32 [batch, labels].
   */
  exportOnnx(): Uint8Array;
  dispose(): Promise<void>;
}

export interface OptimizerOptions {
  /** Decoupled, on weight matrices alone. */
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Largest norm of the whole gradient. */
  readonly clipNorm: number;
  /** Decay a step of the average of weights (0.999: over about a thousand steps); it starts lower. */
  readonly averageDecay: number;
}

/**
 * How steps are computed: as one captured graph in ONNX Runtime, or operation by operation on TensorFlow.js's active
 * backend.
 */
export type EngineBackend = 'auto' | 'onnx' | 'tfjs';

export interface EngineOptions {
  readonly network: NetworkConfig;
  /** Clips a step. */
  readonly batch: number;
  /** Frames a clip has in training. */
  readonly time: number;
  /** Numbers a frame. */
  readonly dims: number;
  /** Equal parts of a frame that are the same frequencies, seen in different ways. Default 1. */
  readonly views?: number;
  readonly labels: number;
  /** Where label `absent` does not compete, what is heard of it counts as `countsAs`. */
  readonly standIn?: { readonly absent: number; readonly countsAs: number };
  /** Draws the first weights and all dropout masks. */
  readonly seed: number;
  readonly optimizer: OptimizerOptions;
  /** Threads of ONNX Runtime. */
  readonly threads: number;
  /** Default auto: tfjs-node where it is installed and loads, else onnx. */
  readonly backend?: EngineBackend;
}
