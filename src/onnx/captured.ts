import type { DataType } from '@tensorflow/tfjs-core';
import { captureUnsupported } from './capture-unsupported.ts';
import { sameShape, type Graph, type GraphValue, type NodeSpec } from './graph.ts';
import type { OnnxType } from './onnx-model.ts';

/**
 * What a TensorFlow.js tensor is under capture: its shape, and a value of the graph that is broadcastable to it; or a
 * number, where all elements are that number. Broadcasts and filled tensors, which gradients are full of, so cost
 * nothing until an operator needs all elements.
 */
export interface Captured {
  readonly shape: readonly number[];
  readonly dtype: DataType;
  readonly source: GraphValue | number;
}

/** How one kernel is written into the graph. */
export type Lowering = (
  graph: Graph,
  inputs: Readonly<Record<string, Captured>>,
  attributes: Readonly<Record<string, unknown>>,
) => Captured | Captured[];

export function onnxType(dtype: DataType): OnnxType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw captureUnsupported(`type ${dtype}`, 'has no place in a graph', 'Compute with float32, int32 or bool.');
}

export const filled = (value: number, shape: readonly number[], dtype: DataType = 'float32'): Captured => ({
  shape,
  dtype,
  source: value,
});

export const held = (source: GraphValue, dtype: DataType = 'float32'): Captured => ({
  shape: source.shape,
  dtype,
  source,
});

/** The graph's value of a tensor, perhaps smaller than the tensor: enough for an operator that broadcasts. */
export function loose(graph: Graph, value: Captured): GraphValue {
  return typeof value.source === 'number' ? graph.constant([value.source], [], onnxType(value.dtype)) : value.source;
}

/** The graph's value of a tensor with all of its elements. */
export function full(graph: Graph, value: Captured): GraphValue {
  const source = loose(graph, value);
  if (sameShape(source.shape, value.shape)) return source;
  return graph.node({ operator: 'Expand', inputs: [source, graph.integers(value.shape)] }, value.shape, source.type);
}

/** One node on full tensors. */
export function apply(
  graph: Graph,
  spec: Omit<NodeSpec, 'inputs'>,
  inputs: readonly Captured[],
  shape: readonly number[],
): Captured {
  return held(graph.node({ ...spec, inputs: inputs.map((input) => full(graph, input)) }, shape));
}
