import { broadcast_util, type DataType } from '@tensorflow/tfjs-core';
import { filled, loose, onnxType, type Captured, type Lowering } from './captured.ts';
import type { Graph } from './graph.ts';

const broadcastShape = (a: readonly number[], b: readonly number[]): number[] =>
  broadcast_util.assertAndGetBroadcastShape([...a], [...b]);

/** An operator that broadcasts: its result holds no more than its operands do. */
function elementwise(graph: Graph, operator: string, operands: readonly Captured[], dtype: DataType): Captured {
  const sources = operands.map((operand) => loose(graph, operand));
  const shape = operands.map((operand) => operand.shape).reduce(broadcastShape);
  const heldShape = sources.map((source) => source.shape).reduce(broadcastShape);
  return { shape, dtype, source: graph.node({ operator, inputs: sources }, heldShape, onnxType(dtype)) };
}

const FOLDS: Record<string, (a: number, b: number) => number> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
};

/** The result where an operand that is one number throughout says it: x * 1, x * 0, x + 0, x - 0, x / 1. */
function simplify(operator: string, a: Captured, b: Captured, shape: readonly number[]): Captured | undefined {
  const fold = FOLDS[operator];
  if (!fold) return undefined;
  if (typeof a.source === 'number' && typeof b.source === 'number') {
    return filled(fold(a.source, b.source), shape, a.dtype);
  }
  const neutral = operator === 'Add' || operator === 'Sub' ? 0 : 1;
  if (b.source === neutral) return { ...a, shape };
  const commutes = operator === 'Add' || operator === 'Mul';
  if (commutes && a.source === neutral) return { ...b, shape };
  if (operator === 'Mul' && (a.source === 0 || b.source === 0)) return filled(0, shape, a.dtype);
  return undefined;
}

function binary(graph: Graph, operator: string, a: Captured, b: Captured, dtype: DataType = a.dtype): Captured {
  return simplify(operator, a, b, broadcastShape(a.shape, b.shape)) ?? elementwise(graph, operator, [a, b], dtype);
}

const ARITHMETIC = { Add: 'Add', Sub: 'Sub', Multiply: 'Mul', RealDiv: 'Div', Maximum: 'Max' };
const COMPARISONS = { Greater: 'Greater', GreaterEqual: 'GreaterOrEqual', Less: 'Less', Equal: 'Equal' };
const UNARY = ['Relu', 'Sigmoid', 'Tanh', 'Exp', 'Log', 'Sqrt', 'Neg'];

const arithmetic = (operator: string): Lowering => {
  return (graph, { a, b }) => binary(graph, operator, a!, b!);
};
const comparison = (operator: string): Lowering => {
  return (graph, { a, b }) => binary(graph, operator, a!, b!, 'bool');
};
const unary = (operator: string): Lowering => {
  return (graph, { x }) => elementwise(graph, operator, [x!], x!.dtype);
};

function cast(graph: Graph, value: Captured, dtype: DataType): Captured {
  if (value.dtype === dtype) return value;
  if (typeof value.source === 'number') return filled(value.source, value.shape, dtype);
  const to = { float32: 1, int32: 6, bool: 9 }[onnxType(dtype) as 'float32' | 'int32' | 'bool'];
  const spec = { operator: 'Cast', inputs: [value.source], attributes: { to } };
  return { ...value, dtype, source: graph.node(spec, value.source.shape, onnxType(dtype)) };
}

const mapRecord = <Value, Result>(record: Record<string, Value>, map: (value: Value) => Result) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));

/** Kernels that compute every element alone. */
export const elementwiseKernels: Readonly<Record<string, Lowering>> = {
  ...mapRecord(ARITHMETIC, arithmetic),
  ...mapRecord(COMPARISONS, comparison),
  ...Object.fromEntries(UNARY.map((operator) => [operator, unary(operator)])),
  Square: (graph, { x }) => binary(graph, 'Mul', x!, x!),
  Rsqrt: (graph, { x }) => elementwise(graph, 'Reciprocal', [elementwise(graph, 'Sqrt', [x!], x!.dtype)], x!.dtype),
  Step: (graph, { x }) => cast(graph, binary(graph, 'Greater', x!, filled(0, [], x!.dtype), 'bool'), x!.dtype),
  Cast: (graph, { x }, { dtype }) => cast(graph, x!, dtype as DataType),
  Identity: (_graph, { x }) => x!,
  Fill: (_graph, _inputs, { shape, value, dtype }) =>
    filled(value as number, shape as number[], (dtype as DataType | undefined) ?? 'float32'),
  ZerosLike: (_graph, { x }) => filled(0, x!.shape, x!.dtype),
  OnesLike: (_graph, { x }) => filled(1, x!.shape, x!.dtype),
};
