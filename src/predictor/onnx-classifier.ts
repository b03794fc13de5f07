import type * as Runtime from 'onnxruntime-node';
import { UndertoneError } from '../errors.ts';

const REMEDY =
  'Make config.json say what the network was exported with, or export it again; see models/README.md for what fits.';

/** The order of an input's axes after the batch; a waveform has time alone. */
export type AxisOrder = 'time' | 'time-dims' | 'dims-time';

/** What a model's configuration says of its network. */
export interface ExpectedNetwork {
  readonly labels: number;
  /** Values a time step. */
  readonly dims: number;
  readonly order: AxisOrder;
}

/** A network on ONNX Runtime that turns a batch of equally long clips into one value a label: tensors only. */
export class OnnxClassifier {
  /** Clips a run must have, where the network was exported for a fixed number. */
  readonly fixedBatch: number | undefined;
  /** Time steps a clip must have, where the network was exported for a fixed length. */
  readonly fixedSteps: number | undefined;
  readonly #file: string;
  readonly #session: Runtime.InferenceSession;
  readonly #Tensor: typeof Runtime.Tensor;
  readonly #output: string;
  readonly #labels: number;
  readonly #layout: InputLayout;

  private constructor(
    file: string,
    session: Runtime.InferenceSession,
    tensor: typeof Runtime.Tensor,
    labels: number,
    layout: InputLayout,
  ) {
    this.#file = file;
    this.#session = session;
    this.#Tensor = tensor;
    this.#labels = labels;
    this.#layout = layout;
    this.#output = session.outputNames.includes('logits') ? 'logits' : session.outputNames[0]!;
    this.fixedBatch = layout.fixedBatch;
    this.fixedSteps = layout.fixedSteps;
  }

  /**
   * Loads an .onnx file and checks that it takes and gives what is expected.
   * @param threads how many threads of the CPU one run may use
   * @throws UndertoneError MODEL_INVALID
   */
  static async load(file: string, expected: ExpectedNetwork, threads: number): Promise<OnnxClassifier> {
    const runtime = await loadRuntime();
    let session: Runtime.InferenceSession;
    try {
      session = await runtime.InferenceSession.create(file, {
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        logSeverityLevel: 3,
      });
    } catch (cause) {
      throw invalid(file, `cannot be loaded by ONNX Runtime (${firstLine(cause)})`, cause);
    }
    const layout = inputLayout(file, session, expected);
    const classifier = new OnnxClassifier(file, session, runtime.Tensor, expected.labels, layout);
    const output = session.outputMetadata.find(({ name }) => name === classifier.#output);
    const values = output?.isTensor === true ? fixed(output.shape.at(-1)) : undefined;
    if (values !== undefined && values !== expected.labels) {
      throw invalid(file, `gives ${values} values, but config.json has ${expected.labels} labels`);
    }
    return classifier;
  }

  /**
   * Runs the network once.
   * @param data the clips one after the other, each in the order of axes expected
   * @returns the raw outputs, shape [batch][labels]
   * @throws UndertoneError MODEL_INVALID where the network fails, or gives something else
   */
  async run(data: Float32Array, batch: number, steps: number): Promise<Float32Array> {
    const name = this.#session.inputNames[0]!;
    let output: Runtime.Tensor | undefined;
    try {
      const input = new this.#Tensor('float32', data, [batch, ...this.#layout.axes(steps)]);
      output = (await this.#session.run({ [name]: input }, [this.#output]))[this.#output]!;
    } catch (cause) {
      throw invalid(this.#file, `fails on an input of ${steps} time steps (${firstLine(cause)})`, cause);
    }
    if (output.type !== 'float32' || output.size !== batch * this.#labels) {
      const got = `${output.type} [${output.dims.join(', ')}]`;
      throw invalid(this.#file, `gives ${got} instead of float32 [${batch}, ${this.#labels}]`);
    }
    return output.data as Float32Array;
  }

  /** Frees the network's memory. */
  async close(): Promise<void> {
    await this.#session.release();
  }
}

/** Loaded when the first model is: whatever needs no model also works where ONNX Runtime does not. */
export async function loadRuntime(): Promise<typeof Runtime> {
  try {
    return await import('onnxruntime-node');
  } catch (cause) {
    throw new UndertoneError('RUNTIME_UNAVAILABLE', {
      subject: 'onnxruntime-node',
      problem: `does not load on ${process.platform} ${process.arch} (${firstLine(cause)})`,
      remedy: 'Run npm ci again; it is made for Linux with glibc, macOS and Windows, on x64 and arm64.',
      cause,
    });
  }
}

/** How the network wants a batch to lie. */
interface InputLayout {
  readonly fixedBatch: number | undefined;
  readonly fixedSteps: number | undefined;
  /** The axes after the batch. */
  readonly axes: (steps: number) => number[];
}

/** A size, where it is no symbol. */
const fixed = (size: number | string | undefined): number | undefined =>
  typeof size === 'number' && size > 0 ? size : undefined;

function inputLayout(file: string, session: Runtime.InferenceSession, { dims, order }: ExpectedNetwork): InputLayout {
  const [input, another] = session.inputMetadata;
  if (another || input?.isTensor !== true || input.type !== 'float32') {
    throw invalid(file, `must have one input, of type float32, and has ${session.inputNames.join(', ')}`);
  }
  const { shape } = input;
  const names = order.split('-');
  const plain = 1 + names.length;
  // Networks made for pictures and sounds have an axis for a single channel, first or last.
  const hasChannel = shape.length === plain + 1 && (shape[1] === 1 || shape.at(-1) === 1);
  const channelLast = hasChannel && shape.at(-1) === 1;
  // A shape that the file does not state is taken to be right.
  if (shape.length > 0 && shape.length !== plain && !hasChannel) {
    throw invalid(
      file,
      `takes an input of ${shape.length} axes (${shape.join(', ')}), not one of (batch, ${names.join(', ')})`,
    );
  }
  const first = hasChannel && !channelLast ? 2 : 1;
  const sizeOf = (name: string): number | undefined => {
    const at = names.indexOf(name);
    return at < 0 ? undefined : fixed(shape[first + at]);
  };
  if (sizeOf('time') === dims && sizeOf('dims') === undefined && order !== 'time') {
    throw invalid(
      file,
      `takes (${shape.join(', ')}), where time and dims seem to be the other way round: see "layout"`,
    );
  }
  const dimsOfNetwork = sizeOf('dims') ?? dims;
  if (dimsOfNetwork !== dims) {
    throw invalid(file, `takes ${dimsOfNetwork} values a time step, but config.json describes ${dims}`);
  }
  const axes = (steps: number): number[] => {
    const inside = names.map((name) => (name === 'time' ? steps : dims));
    return hasChannel ? (channelLast ? [...inside, 1] : [1, ...inside]) : inside;
  };
  return { fixedBatch: fixed(shape[0]), fixedSteps: sizeOf('time'), axes };
}

const firstLine = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]!;

function invalid(file: string, problem: string, cause?: unknown): UndertoneError {
  return new UndertoneError('MODEL_INVALID', { subject: file, problem, remedy: REMEDY, cause });
}
