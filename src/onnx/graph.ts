import { encodeOnnx, type OnnxAttribute, type OnnxNode, type OnnxTensor, type OnnxType } from './onnx-model.ts';

/** A tensor in the graph. */
export interface GraphValue {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: OnnxType;
}

export interface NodeSpec {
  readonly operator: string;
  readonly inputs: readonly GraphValue[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  readonly domain?: string;
}

/**
 * TensorFlow.js knows only numbers for sizes. An axis that is dynamic in the graph is captured with one of these
 * numbers, far above any size that is fixed, and whatever is computed from them (a pooled time axis) stays above.
 */
export const DYNAMIC_SIZES = { batch: 16_411, time: 16_777_259 } as const;
export type DynamicAxis = keyof typeof DYNAMIC_SIZES;

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);

/** Constants of at most this many elements are compared, so that equal ones are stored once. */
const COMPARED_ELEMENTS = 64;

/**
 * An ONNX graph in the making. Equal nodes are computed once (no operator that is used here is random or has a side
 * effect), and what no output depends on is left out.
 */
export class Graph {
  readonly #nodes: OnnxNode[] = [];
  readonly #known = new Map<string, GraphValue[]>();
  readonly #constants = new Map<string, OnnxTensor>();
  readonly #constantNames = new Map<string, string>();
  readonly #transpositions = new Map<string, { value: GraphValue; permutation: readonly number[] }>();
  readonly #inputs: GraphValue[] = [];
  readonly #outputs: GraphValue[] = [];
  #names = 0;
  #hasDynamicAxes = false;

  input(name: string, axes: readonly (number | DynamicAxis)[]): GraphValue {
    const shape = axes.map((axis) => (typeof axis === 'number' ? axis : DYNAMIC_SIZES[axis]));
    const value: GraphValue = { name, shape, type: 'float32' };
    this.#hasDynamicAxes ||= axes.some((axis) => typeof axis === 'string');
    this.#inputs.push(value);
    return value;
  }

  output(name: string, value: GraphValue): void {
    this.#nodes.push({ operator: 'Identity', domain: '', inputs: [value.name], outputs: [name], attributes: {} });
    this.#outputs.push({ ...value, name });
  }

  /** Whether an axis of this size is dynamic. */
  isDynamic(size: number): boolean {
    return this.#hasDynamicAxes && size >= DYNAMIC_SIZES.batch;
  }

  /** One node with an output of each shape. */
  nodes(spec: NodeSpec, shapes: readonly (readonly number[])[], type: OnnxType = 'float32'): GraphValue[] {
    const { operator, domain = '', attributes = {} } = spec;
    const inputs = spec.inputs.map((input) => input.name);
    const key = JSON.stringify([operator, domain, inputs, attributes, shapes.length]);
    const known = this.#known.get(key);
    if (known) return known;
    const values = shapes.map((shape) => ({ name: this.#fresh(operator), shape, type }));
    this.#nodes.push({ operator, domain, inputs, outputs: values.map((value) => value.name), attributes });
    this.#known.set(key, values);
    return values;
  }

  node(spec: NodeSpec, shape: readonly number[], type: OnnxType = 'float32'): GraphValue {
    return this.nodes(spec, [shape], type)[0]!;
  }

  /** A transposition; one of a transposition is joined with it, and nothing is left of two that cancel. */
  transposed(value: GraphValue, permutation: readonly number[]): GraphValue {
    const inner = this.#transpositions.get(value.name);
    if (inner) {
      const joined = permutation.map((axis) => inner.permutation[axis]!);
      return joined.every((axis, i) => axis === i) ? inner.value : this.transposed(inner.value, joined);
    }
    const shape = permutation.map((axis) => value.shape[axis]!);
    const spec = { operator: 'Transpose', inputs: [value], attributes: { perm: permutation } };
    const result = this.node(spec, shape, value.type);
    this.#transpositions.set(result.name, { value, permutation });
    return result;
  }

  constant(values: ArrayLike<number>, shape: readonly number[], type: OnnxType = 'float32'): GraphValue {
    const key = values.length <= COMPARED_ELEMENTS ? `${type} ${shape.join()} ${Array.from(values).join()}` : undefined;
    const known = key === undefined ? undefined : this.#constantNames.get(key);
    if (known !== undefined) return { name: known, shape, type };
    const name = this.#fresh('constant');
    this.#constants.set(name, { name, type, shape, bytes: bytesOf(values, type) });
    if (key !== undefined) this.#constantNames.set(key, name);
    return { name, shape, type };
  }

  integers(values: readonly number[]): GraphValue {
    return this.constant(values, [values.length], 'int64');
  }

  /** The graph's model file. */
  encode(): Uint8Array {
    const needed = new Set(this.#outputs.map((output) => output.name));
    const nodes: OnnxNode[] = [];
    for (const node of this.#nodes.toReversed()) {
      if (!node.outputs.some((output) => needed.has(output))) continue;
      for (const input of node.inputs) needed.add(input);
      nodes.push(node);
    }
    const describe = (value: GraphValue) => ({ ...value, shape: value.shape.map((size) => this.#describe(size)) });
    return encodeOnnx({
      nodes: nodes.reverse(),
      initializers: [...this.#constants.values()].filter((constant) => needed.has(constant.name)),
      inputs: this.#inputs.map(describe),
      outputs: this.#outputs.map(describe),
    });
  }

  #describe(size: number): number | string {
    if (!this.isDynamic(size)) return size;
    const axis = Object.entries(DYNAMIC_SIZES).find(([, dynamic]) => dynamic === size);
    return axis?.[0] ?? `dynamic_${size}`;
  }

  #fresh(prefix: string): string {
    return `${prefix}_${this.#names++}`;
  }
}

function bytesOf(values: ArrayLike<number>, type: OnnxType): Uint8Array {
  const elements = {
    float32: () => Float32Array.from(values),
    int32: () => Int32Array.from(values),
    int64: () => BigInt64Array.from(Array.from(values, BigInt)),
    bool: () => Uint8Array.from(values),
  }[type]();
  return new Uint8Array(elements.buffer);
}
