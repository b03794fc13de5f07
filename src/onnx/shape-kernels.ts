import { captureUnsupported } from './capture-unsupported.ts';
import { apply, filled, full, held, onnxType, type Captured, type Lowering } from './captured.ts';
import { sameShape, sizeOf, type Graph, type GraphValue } from './graph.ts';

/** The end of an axis of whatever size: ONNX cuts it to the size. */
const TO_THE_END = Number.MAX_SAFE_INTEGER;
const withoutOnes = (shape: readonly number[]): number[] => shape.filter((size) => size !== 1);

const positive = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** Sizes as ONNX's Reshape takes them: 0 keeps the size at its place, -1 is the one that follows from the others. */
function reshapeSizes(graph: Graph, from: readonly number[], to: readonly number[]): number[] {
  const sizes = to.map((size, i) => {
    if (!graph.isDynamic(size)) return size;
    return from[i] === size ? 0 : -1;
  });
  if (sizes.filter((size) => size === -1).length > 1) {
    throw captureUnsupported(
      `reshape of [${from.join()}] to [${to.join()}]`,
      'mixes two dynamic axes',
      'Keep the axes of batch and time at their places.',
    );
  }
  return sizes;
}

export function reshape(graph: Graph, value: Captured, shape: readonly number[]): Captured {
  if (typeof value.source === 'number') return filled(value.source, shape, value.dtype);
  if (sameShape(value.shape, shape)) return value;
  const source = full(graph, value);
  const sizes = graph.integers(reshapeSizes(graph, value.shape, shape));
  return held(graph.node({ operator: 'Reshape', inputs: [source, sizes] }, shape, source.type), value.dtype);
}

/** Axes of one are put in or taken away by operators that need no sizes. */
function unsqueezeOrReshape(graph: Graph, value: Captured, shape: readonly number[]): Captured {
  const dynamic = value.shape.filter((size) => graph.isDynamic(size)).length;
  const onesAlone = sameShape(withoutOnes(value.shape), withoutOnes(shape));
  if (dynamic < 2 || !onesAlone || value.shape.length === shape.length) return reshape(graph, value, shape);
  const [longer, shorter] = value.shape.length > shape.length ? [value.shape, shape] : [shape, value.shape];
  const axes: number[] = [];
  let at = 0;
  for (const [axis, size] of longer.entries()) {
    if (size === shorter[at] && (size !== 1 || longer.length - axis === shorter.length - at)) at++;
    else axes.push(axis);
  }
  const operator = longer === shape ? 'Unsqueeze' : 'Squeeze';
  const source = full(graph, value);
  return held(graph.node({ operator, inputs: [source, graph.integers(axes)] }, shape, source.type), value.dtype);
}

export function transpose(graph: Graph, value: Captured, permutation: readonly number[]): Captured {
  const shape = permutation.map((axis) => value.shape[axis]!);
  if (typeof value.source === 'number') return filled(value.source, shape, value.dtype);
  if (permutation.every((axis, i) => axis === i)) return value;
  const source = graph.transposed(full(graph, value), permutation);
  return held(source, value.dtype);
}

export function slice(graph: Graph, value: Captured, begin: readonly number[], size: readonly number[]): Captured {
  if (typeof value.source === 'number') return filled(value.source, size, value.dtype);
  const axes = [...begin.keys()].filter((axis) => begin[axis] !== 0 || size[axis] !== value.shape[axis]);
  if (axes.length === 0) return value;
  const ends = axes.map((axis) => {
    const end = begin[axis]! + size[axis]!;
    return graph.isDynamic(end) && end === value.shape[axis] ? TO_THE_END : end;
  });
  const limits = [axes.map((axis) => begin[axis]!), ends, axes].map((numbers) => graph.integers(numbers));
  const source = full(graph, value);
  return held(graph.node({ operator: 'Slice', inputs: [source, ...limits] }, size, source.type), value.dtype);
}

/** Begin and size of TensorFlow.js may be shorter than the rank, or -1 for what is left. */
function sliceLimits(shape: readonly number[], begin: number | number[], size: number | number[]) {
  const begins = [begin].flat();
  const sizes = [size].flat();
  return {
    begin: shape.map((_, axis) => begins[axis] ?? 0),
    size: shape.map((length, axis) => {
      const asked = sizes[axis] ?? -1;
      return asked < 0 ? length - (begins[axis] ?? 0) : asked;
    }),
  };
}

/** Reads axes from their ends: Slice with a step of -1, from the last element to beyond the first. */
function reverse(graph: Graph, value: Captured, dims: readonly number[]): Captured {
  const axes = dims.map((axis) => positive(axis, value.shape.length));
  const all = (number: number) => graph.integers(axes.map(() => number));
  const inputs = [full(graph, value), all(-1), all(-TO_THE_END), graph.integers(axes), all(-1)];
  return held(graph.node({ operator: 'Slice', inputs }, value.shape, inputs[0]!.type), value.dtype);
}

export function concat(graph: Graph, values: readonly Captured[], axis: number): Captured {
  const first = values[0]!;
  if (values.length === 1) return first;
  const shape = [...first.shape];
  shape[axis] = values.reduce((total, value) => total + value.shape[axis]!, 0);
  return apply(graph, { operator: 'Concat', attributes: { axis } }, values, shape);
}

function split(graph: Graph, value: Captured, sizes: readonly number[], axis: number): Captured[] {
  const shapes = sizes.map((size) => value.shape.with(axis, size));
  if (typeof value.source === 'number') {
    const { source } = value;
    return shapes.map((shape) => filled(source, shape, value.dtype));
  }
  if (sizes.length === 1) return [value];
  const inputs: GraphValue[] = [full(graph, value), graph.integers(sizes)];
  const parts = graph.nodes({ operator: 'Split', inputs, attributes: { axis } }, shapes, onnxType(value.dtype));
  return parts.map((part) => held(part, value.dtype));
}

/** Kernels that move elements without changing them. */
export const shapeKernels: Readonly<Record<string, Lowering>> = {
  Reshape: (graph, { x }, { shape }) => {
    const asked = shape as number[];
    const known = asked.filter((size) => size >= 0);
    const rest = sizeOf(x!.shape) / sizeOf(known);
    return unsqueezeOrReshape(
      graph,
      x!,
      asked.map((size) => (size < 0 ? rest : size)),
    );
  },
  ExpandDims: (graph, { input }, { dim }) => {
    const axis = positive(dim as number, input!.shape.length + 1);
    return unsqueezeOrReshape(graph, input!, input!.shape.toSpliced(axis, 0, 1));
  },
  Transpose: (graph, { x }, { perm }) => transpose(graph, x!, perm as number[]),
  Slice: (graph, { x }, { begin, size }) => {
    const limits = sliceLimits(x!.shape, begin as number | number[], size as number | number[]);
    return slice(graph, x!, limits.begin, limits.size);
  },
  Reverse: (graph, { x }, { dims }) => reverse(graph, x!, [dims as number | number[]].flat()),
  PadV2: (graph, { x }, { paddings, constantValue }) => {
    const pairs = paddings as [number, number][];
    if (pairs.every(([before, after]) => before === 0 && after === 0)) return x!;
    const pads = graph.integers([...pairs.map(([before]) => before), ...pairs.map(([, after]) => after)]);
    const inputs = [full(graph, x!), pads, graph.constant([constantValue as number], [])];
    const shape = x!.shape.map((size, axis) => size + pairs[axis]![0] + pairs[axis]![1]);
    return held(graph.node({ operator: 'Pad', inputs }, shape));
  },
  Concat: (graph, inputs, { axis }) => {
    const values = Object.values(inputs);
    return concat(graph, values, positive(axis as number, values[0]!.shape.length));
  },
  SplitV: (graph, { x }, { numOrSizeSplits, axis }) => {
    const along = positive(axis as number, x!.shape.length);
    const sizes = Array.isArray(numOrSizeSplits)
      ? (numOrSizeSplits as number[])
      : new Array<number>(numOrSizeSplits as number).fill(x!.shape[along]! / (numOrSizeSplits as number));
    return split(graph, x!, sizes, along);
  },
  Pack: (graph, inputs, { axis }) => {
    const values = Object.values(inputs);
    const along = positive(axis as number, values[0]!.shape.length + 1);
    const parts = values.map((value) => reshape(graph, value, value.shape.toSpliced(along, 0, 1)));
    return concat(graph, parts, along);
  },
  Unpack: (graph, { value }, { axis }) => {
    const along = positive(axis as number, value!.shape.length);
    const ones = new Array<number>(value!.shape[along]!).fill(1);
    const shape = value!.shape.toSpliced(along, 1);
    return split(graph, value!, ones, along).map((part) => reshape(graph, part, shape));
  },
};
