import { engine, KernelBackend, type BackendValues, type DataType, type TensorInfo } from '@tensorflow/tfjs-core';
import { captureUnsupported } from './capture-unsupported.ts';
import { filled, type Captured } from './captured.ts';
import type { Graph } from './graph.ts';

const MAKE_IT_AN_INPUT = 'Pass what is computed outside as an input of the graph, or fixed numbers as a constant.';
/** TensorFlow.js names its scopes after the operations that opened them: 'dropout__op'. */
const RANDOM_OPERATION = /^(dropout|rand\w*?|truncatedNormal|multinomial)(?:__op)?$/;

/** A TensorFlow.js backend that writes kernels into a graph instead of computing them. */
export class CaptureBackend extends KernelBackend {
  readonly graph: Graph;
  /** What the tensors' handles stand for. */
  readonly #values = new WeakMap<object, { readonly value: Captured; references: number }>();

  constructor(graph: Graph) {
    super();
    this.graph = graph;
  }

  captured(info: TensorInfo): Captured {
    const entry = this.#values.get(info.dataId);
    if (!entry) throw captureUnsupported('a tensor made outside the capture', 'is read in it', MAKE_IT_AN_INPUT);
    return entry.value;
  }

  info(value: Captured): TensorInfo {
    const dataId = {};
    this.#values.set(dataId, { value, references: 1 });
    return { dataId, shape: [...value.shape], dtype: value.dtype };
  }

  /**
   * Numbers that TensorFlow.js brings: scalars of expressions such as `x * 2`, and filled tensors. Anything else has
   * been computed outside the graph, so that its values would silently be the same in every run.
   */
  override write(values: BackendValues, shape: number[], dtype: DataType): object {
    const random = engine().state.scopeStack.map((scope) => RANDOM_OPERATION.exec(scope.name)?.[1]);
    const operation = random.find((name) => name !== undefined);
    if (operation !== undefined) {
      throw captureUnsupported(
        `tf.${operation}`,
        'draws random numbers, which would be the same in every run of the captured graph',
        'Draw them outside and pass them as an input of the graph.',
      );
    }
    const first = Number(values[0]);
    if (values.length === 0 || Array.prototype.some.call(values, (value) => Number(value) !== first)) {
      throw captureUnsupported(
        `a tensor of shape [${shape.join()}]`,
        'holds values computed outside the capture, which would be the same in every run',
        MAKE_IT_AN_INPUT,
      );
    }
    return this.info(filled(first, shape, dtype)).dataId;
  }

  override readSync(): BackendValues {
    throw captureUnsupported(
      'a tensor under capture',
      'has no values to read (dataSync, data, print)',
      'Decide with operations of the graph, such as where, or outside the capture.',
    );
  }

  override read(): Promise<BackendValues> {
    return Promise.resolve().then(() => this.readSync());
  }

  override disposeData(dataId: object, force = false): boolean {
    const entry = this.#values.get(dataId);
    if (!entry) return true;
    entry.references--;
    return force || entry.references === 0;
  }

  override incRef(dataId: object): void {
    const entry = this.#values.get(dataId);
    if (entry) entry.references++;
  }

  override refCount(dataId: object): number {
    return this.#values.get(dataId)?.references ?? 0;
  }

  override numDataIds(): number {
    return 0;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override dispose(): void {
    // The graph belongs to whoever captures.
  }
}
