import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { UndertoneError } from '../../errors.ts';
import { defineNetwork, type Network } from '../../networks/index.ts';
import { sizeOf } from '../../onnx/index.ts';
import { eagerPredictor, exportInference, onnxPredictor, type Predictor } from './inference.ts';
import { drawMask } from './masks.ts';
import { eagerRunner, onnxRunner, type NamedArrays, type Runner } from './runners.ts';
import { loadTfjsNode } from './tfjs-node.ts';
import type {
  EngineBatch,
  EngineOptions,
  EngineState,
  StepHyper,
  StepResult,
  TrainingEngine,
} from './training-engine.ts';
import { STATE_ARRAYS, stateSizes, trainingStep, type StateArray } from './training-step.ts';

type StateArrays = Record<StateArray, Float32Array>;

/**
 * The average forgets its beginning: its decay is at most (1 + steps) / (10 + steps), so that it follows the first
 * steps closely.
 */
const averageDecay = (limit: number, steps: number): number => Math.min(limit, (1 + steps) / (10 + steps));
/** The running statistics follow the average of the weights that they go with, but never one batch alone. */
const SMALLEST_STATISTICS_DECAY = 0.9;

/** What computes. */
interface Machine {
  readonly backend: TrainingEngine['backend'];
  readonly runner: Runner;
  readonly predictor: Predictor;
}

class Engine implements TrainingEngine {
  readonly parameters: number;
  readonly backend: TrainingEngine['backend'];
  readonly #options: EngineOptions;
  readonly #network: Network;
  readonly #machine: Machine;
  readonly #sizes: Record<StateArray, number>;
  /** Everything but state and batch that a step is given, and what it tells; written anew each step. */
  readonly #drawn: NamedArrays;
  readonly #told = { loss: new Float32Array(1), gradientNorm: new Float32Array(1) };
  readonly #evenWeights: Float32Array;
  #generator;
  #current: StateArrays;
  /** The arrays that the next step writes; they change places with the current ones. */
  #next: StateArrays;
  #step = 0;

  constructor(options: EngineOptions, network: Network, machine: Machine) {
    this.#options = options;
    this.#network = network;
    this.#machine = machine;
    this.backend = machine.backend;
    this.#sizes = stateSizes(network);
    this.parameters = this.#sizes.weights;
    this.#generator = xoroshiro128plus(options.seed);
    this.#current = this.#initialState();
    this.#next = this.#emptyState();
    this.#evenWeights = new Float32Array(options.batch).fill(1);
    const scalars = ['learningRate', 'firstCorrection', 'secondCorrection', 'averageDecay', 'statisticsDecay'];
    this.#drawn = Object.fromEntries([
      ...scalars.map((name) => [name, new Float32Array(1)]),
      ...network.masks.map(({ name, shape }) => [name, new Float32Array(sizeOf(shape(options.batch)))]),
    ]) as NamedArrays;
  }

  async step(batch: EngineBatch, hyper: StepHyper): Promise<StepResult> {
    const { inputs, targets, allowed, weights: clipWeights = this.#evenWeights } = batch;
    this.#checkBatch({ inputs, targets, allowed, weights: clipWeights });
    this.#draw(hyper);
    const given = { ...this.#current, ...this.#drawn, inputs, targets, allowed, clipWeights };
    await this.#machine.runner.run(given, { ...this.#next, ...this.#told });
    [this.#current, this.#next] = [this.#next, this.#current];
    this.#step++;
    return { loss: this.#told.loss[0]!, gradientNorm: this.#told.gradientNorm[0]! };
  }

  state(): EngineState {
    const copies = STATE_ARRAYS.map((name) => [name, this.#current[name].slice()]);
    const arrays = Object.fromEntries(copies) as StateArrays;
    return { ...arrays, step: this.#step, random: this.#generator.getState() };
  }

  restore(state: EngineState): void {
    for (const name of STATE_ARRAYS) checkLength(`state.${name}`, state[name], this.#sizes[name]);
    checkLength('state.random', state.random, this.#generator.getState().length);
    for (const name of STATE_ARRAYS) this.#current[name].set(state[name]);
    this.#step = state.step;
    this.#generator = xoroshiro128plusFromState(state.random);
  }

  predict(inputs: Float32Array, batch: number, time: number): Promise<Float32Array> {
    checkLength('inputs', inputs, batch * time * this.#options.dims);
    checkTime(this.#network, time);
    return this.#machine.predictor.predict(this.#current, inputs, batch, time);
  }

  exportOnnx(): Uint8Array {
    return exportInference(this.#network, this.#options.dims, this.#current);
  }

  async dispose(): Promise<void> {
    await this.#machine.runner.dispose();
    await this.#machine.predictor.dispose();
  }

  #emptyState(): StateArrays {
    return Object.fromEntries(STATE_ARRAYS.map((name) => [name, new Float32Array(this.#sizes[name])])) as StateArrays;
  }

  #initialState(): StateArrays {
    const uniform = () => uniformFloat64(this.#generator);
    const fill = ({ shape, initial }: Network['parameters'][number]) =>
      Array.from({ length: sizeOf(shape) }, (_, index) => initial(index, uniform));
    const weights = Float32Array.from(this.#network.parameters.flatMap(fill));
    const statistics = this.#network.statistics.flatMap(({ size, initial }) => new Array<number>(size).fill(initial));
    return { ...this.#emptyState(), weights, average: weights.slice(), statistics: Float32Array.from(statistics) };
  }

  #draw({ learningRate }: StepHyper): void {
    const { beta1, beta2, averageDecay: limit } = this.#options.optimizer;
    const scalars = {
      learningRate,
      firstCorrection: 1 / (1 - beta1 ** (this.#step + 1)),
      secondCorrection: 1 / (1 - beta2 ** (this.#step + 1)),
      averageDecay: averageDecay(limit, this.#step),
      statisticsDecay: averageDecay(Math.max(limit, SMALLEST_STATISTICS_DECAY), this.#step),
    };
    for (const [name, value] of Object.entries(scalars)) this.#drawn[name]![0] = value;
    for (const { name, rate } of this.#network.masks) drawMask(this.#drawn[name]!, rate, this.#generator);
  }

  #checkBatch(batch: Required<EngineBatch>): void {
    const { batch: clips, time, dims, labels } = this.#options;
    checkLength('inputs', batch.inputs, clips * time * dims);
    checkLength('targets', batch.targets, clips * labels);
    checkLength('allowed', batch.allowed, clips * labels);
    checkLength('weights', batch.weights, clips);
  }
}

function checkLength(subject: string, array: ArrayLike<number>, length: number): void {
  if (array.length === length) return;
  throw new UndertoneError('ENGINE_MISMATCH', {
    subject,
    problem: `has ${array.length} numbers where the network in training has ${length}`,
    remedy: 'Use arrays and states of the same network, batch, time, dims and labels.',
  });
}

function checkTime(network: Network, time: number): void {
  if (time >= network.shortestTime) return;
  throw new UndertoneError('ENGINE_MISMATCH', {
    subject: 'time',
    problem: `${time} frames are fewer than the ${network.shortestTime} that the network pools into one`,
    remedy: 'Use longer clips, or smaller pools.',
  });
}

/**
 * Builds a network, draws its weights, and prepares its training step.
 * @throws UndertoneError ENGINE_MISMATCH where pooling leaves nothing of the clips.
 */
export async function createTrainingEngine(options: EngineOptions): Promise<TrainingEngine> {
  const network = defineNetwork(options.network, { ...options, views: options.views ?? 1 });
  checkTime(network, options.time);
  return new Engine(options, network, await createMachine(network, options));
}

async function createMachine(network: Network, options: EngineOptions): Promise<Machine> {
  const { dims, threads, backend = 'auto' } = options;
  const step = trainingStep(network, options);
  if (backend === 'tfjs' || (backend === 'auto' && (await loadTfjsNode()))) {
    return { backend: 'tfjs', runner: eagerRunner(step), predictor: eagerPredictor(network, dims) };
  }
  const runner = await onnxRunner(step, threads);
  return { backend: 'onnx', runner, predictor: await onnxPredictor(network, dims, threads) };
}
