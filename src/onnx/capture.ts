import {
  engine,
  getBackend,
  registerKernel,
  unregisterKernel,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { UndertoneError } from '../errors.ts';
import { algebraKernels } from './algebra-kernels.ts';
import { CaptureBackend } from './capture-backend.ts';
import { captureUnsupported } from './capture-unsupported.ts';
import { full, held, type Lowering } from './captured.ts';
import { elementwiseKernels } from './elementwise-kernels.ts';
import { FUSED_LSTM, fusedLstm } from './fused-lstm.ts';
import { Graph, type DynamicAxis, type GraphValue } from './graph.ts';
import { shapeKernels } from './shape-kernels.ts';

const BACKEND = 'undertone-capture';

/** The kernels that may be captured. All others are refused: they are random, eager, or have no equal in ONNX here. */
const KERNELS: Readonly<Record<string, Lowering>> = {
  ...elementwiseKernels,
  ...shapeKernels,
  ...algebraKernels,
  [FUSED_LSTM]: fusedLstm,
};

/** The graph as the function under capture sees it. */
export interface CaptureGraph {
  /** A float32 tensor that every run is given. An axis called 'batch' or 'time' is dynamic. */
  input(name: string, shape: readonly (number | DynamicAxis)[]): Tensor;
  /** A float32 tensor whose values are part of the graph. */
  constant(values: Float32Array, shape: readonly number[]): Tensor;
  output(name: string, tensor: Tensor): void;
}

function runKernel(backend: CaptureBackend, lowering: Lowering, inputs: object, attributes: object | undefined) {
  const entries = Object.entries(inputs as Record<string, TensorInfo | undefined>);
  const given = entries.flatMap(([name, info]) => (info ? [[name, backend.captured(info)] as const] : []));
  const result = lowering(backend.graph, Object.fromEntries(given), { ...attributes });
  return Array.isArray(result) ? result.map((value) => backend.info(value)) : backend.info(result);
}

function graphOf(backend: CaptureBackend): CaptureGraph {
  const tensorOf = (value: GraphValue): Tensor => engine().makeTensorFromTensorInfo(backend.info(held(value)), backend);
  return {
    input: (name, shape) => tensorOf(backend.graph.input(name, shape)),
    constant: (values, shape) => tensorOf(backend.graph.constant(values, shape)),
    output: (name, tensor) => {
      backend.graph.output(name, full(backend.graph, backend.captured(tensor)));
    },
  };
}

/** What TensorFlow.js says of a kernel that the backend does not have, and of one whose gradient nobody knows. */
const NO_KERNEL = /kernel '(\w+)' (?:not registered )?for backend/i;
const NO_GRADIENT = /gradient function not found for (\w+)/;

/** The capture's own error, where TensorFlow.js found no kernel or no gradient. */
function explain(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof UndertoneError) return error;
  const kernel = NO_KERNEL.exec(error.message)?.[1];
  const missing = kernel ?? NO_GRADIENT.exec(error.message)?.[1];
  if (missing === undefined) return error;
  return captureUnsupported(
    kernel === undefined ? `the gradient of kernel ${missing}` : `kernel ${missing}`,
    'cannot be captured',
    `Write it with the kernels that can be: ${Object.keys(KERNELS).sort().join(', ')}.`,
  );
}

/**
 * Captures a computation in TensorFlow.js as an ONNX model: the function's operations, gradients included, are written
 * down instead of computed. All of it happens before this function returns, and nothing of it is left in
 * TensorFlow.js's global state.
 *
 * @throws UndertoneError CAPTURE_UNSUPPORTED where the function does what a graph cannot hold: a kernel outside the
 *   whitelist, a random number, a variable, an optimiser, reading a tensor's values, another capture.
 */
export function captureOnnx(compute: (graph: CaptureGraph) => void): Uint8Array {
  const tf = engine();
  if (tf.backendNames().includes(BACKEND)) {
    throw captureUnsupported('a capture', 'begins inside another one', 'Finish the first one before.');
  }
  const backend = new CaptureBackend(new Graph());
  const previous = getBackend() as string | null;
  const variables = new Set(Object.keys(tf.registeredVariables));
  tf.registerBackend(BACKEND, () => backend, -1);
  for (const [kernelName, lowering] of Object.entries(KERNELS)) {
    registerKernel({
      kernelName,
      backendName: BACKEND,
      kernelFunc: ({ inputs, attrs }) => runKernel(backend, lowering, inputs, attrs),
    });
  }
  try {
    // A backend whose factory is not asynchronous is in place as soon as setBackend returns.
    void tf.setBackend(BACKEND);
    tf.tidy(() => {
      runSynchronously(compute, graphOf(backend));
    });
    refuseVariables(variables);
    return backend.graph.encode();
  } catch (error) {
    throw explain(error);
  } finally {
    disposeVariables(variables);
    for (const kernelName of Object.keys(KERNELS)) unregisterKernel(kernelName, BACKEND);
    tf.removeBackend(BACKEND);
    if (previous) void tf.setBackend(previous);
  }
}

const variablesSince = (before: ReadonlySet<string>) =>
  Object.values(engine().registeredVariables).filter((variable) => !before.has(variable.name));

function disposeVariables(before: ReadonlySet<string>): void {
  for (const variable of variablesSince(before)) variable.dispose();
}

function refuseVariables(before: ReadonlySet<string>): void {
  const [first] = variablesSince(before);
  if (!first) return;
  throw captureUnsupported(
    `variable ${first.name}`,
    'was made under capture (tf.variable, or an optimiser of tf.train), where a graph has no memory',
    'Pass state as inputs of the graph and give it back as outputs.',
  );
}

/** Refuses a function that awaits: it would go on after the capture's end. */
function runSynchronously(compute: (graph: CaptureGraph) => unknown, graph: CaptureGraph): void {
  const result = compute(graph);
  if (!(result instanceof Promise)) return;
  // What becomes of it is of no interest, as it is refused.
  result.catch(() => undefined);
  throw captureUnsupported(
    'the function under capture',
    'is asynchronous, where a capture ends when the function returns',
    'Make it synchronous; await nothing in it.',
  );
}
