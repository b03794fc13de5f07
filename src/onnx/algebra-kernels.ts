import { backend_util, broadcast_util, util } from '@tensorflow/tfjs-core';
import { captureUnsupported } from './capture-unsupported.ts';
import { apply, filled, full, held, type Captured, type Lowering } from './captured.ts';
import { sizeOf, type Graph } from './graph.ts';
import { transpose } from './shape-kernels.ts';

type Reduction = 'ReduceSum' | 'ReduceMean' | 'ReduceMax';

function reduce(graph: Graph, operator: Reduction, value: Captured, axis: unknown, keepDims: unknown): Captured {
  const axes = util.parseAxisParam(axis as number | number[], [...value.shape]);
  const ones = value.shape.map((size, i) => (axes.includes(i) ? 1 : size));
  const shape = keepDims === true ? ones : ones.filter((_, i) => !axes.includes(i));
  if (typeof value.source === 'number') {
    const terms = operator === 'ReduceSum' ? sizeOf(value.shape) / sizeOf(ones) : 1;
    return filled(value.source * terms, shape, value.dtype);
  }
  const inputs = [full(graph, value), graph.integers(axes)];
  return held(graph.node({ operator, inputs, attributes: { keepdims: Number(keepDims === true) } }, shape));
}

const reduction = (operator: Reduction): Lowering => {
  return (graph, { x }, { axis, reductionIndices, keepDims }) =>
    reduce(graph, operator, x!, axis ?? reductionIndices, keepDims);
};

/**
 * A product of matrices. Two matrices are a Gemm, which takes transposed operands as they are; stacks of matrices with
 * a transposed operand need ONNX Runtime's own FusedMatMul.
 */
function matMul(graph: Graph, a: Captured, b: Captured, transA: boolean, transB: boolean): Captured {
  const batch = broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...batch, a.shape.at(transA ? -1 : -2)!, b.shape.at(transB ? -2 : -1)!];
  const attributes = { transA: Number(transA), transB: Number(transB) };
  if (a.shape.length === 2 && b.shape.length === 2) {
    return apply(graph, { operator: 'Gemm', attributes }, [a, b], shape);
  }
  if (!transA && !transB) return apply(graph, { operator: 'MatMul' }, [a, b], shape);
  return apply(graph, { operator: 'FusedMatMul', domain: 'com.microsoft', attributes }, [a, b], shape);
}

/** TensorFlow.js's images have their channels last, ONNX's have them first. */
const CHANNELS_FIRST = [0, 3, 1, 2];
const CHANNELS_LAST = [0, 2, 3, 1];

interface WindowAttributes {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number;
  readonly dilations?: number | [number, number];
}

function convolution(graph: Graph, inputs: Readonly<Record<string, Captured>>, attributes: WindowAttributes): Captured {
  const { x, filter, bias } = inputs;
  const { strides, pad, dilations = 1 } = attributes;
  const image = x!.shape as [number, number, number, number];
  const kernel = filter!.shape as [number, number, number, number];
  const { padInfo, outHeight, outWidth, dilationHeight, dilationWidth, strideHeight, strideWidth } =
    backend_util.computeConv2DInfo(image, kernel, strides, dilations, pad);
  const operands = [transpose(graph, x!, CHANNELS_FIRST), transpose(graph, filter!, [3, 2, 0, 1])];
  if (bias) operands.push(bias);
  const node = {
    operator: 'Conv',
    attributes: {
      kernel_shape: kernel.slice(0, 2),
      pads: [padInfo.top, padInfo.left, padInfo.bottom, padInfo.right],
      strides: [strideHeight, strideWidth],
      dilations: [dilationHeight, dilationWidth],
    },
  };
  return apply(graph, node, operands, [image[0], kernel[3], outHeight, outWidth]);
}

/** Kernels of linear algebra, reductions and windows. */
export const algebraKernels: Readonly<Record<string, Lowering>> = {
  Sum: reduction('ReduceSum'),
  Mean: reduction('ReduceMean'),
  Max: reduction('ReduceMax'),
  Softmax: (graph, { logits }) =>
    apply(graph, { operator: 'Softmax', attributes: { axis: -1 } }, [logits!], logits!.shape),
  BatchMatMul: (graph, { a, b }, { transposeA, transposeB }) =>
    matMul(graph, a!, b!, transposeA === true, transposeB === true),
  FusedConv2D: (graph, inputs, attributes) => {
    const { activation } = attributes as { activation: string };
    if (activation !== 'relu' && activation !== 'linear') {
      throw captureUnsupported(`activation ${activation}`, 'cannot be fused', 'Use relu or linear.');
    }
    const y = convolution(graph, inputs, attributes as unknown as WindowAttributes);
    const active = activation === 'relu' ? apply(graph, { operator: 'Relu' }, [y], y.shape) : y;
    return transpose(graph, active, CHANNELS_LAST);
  },
  MaxPool: (graph, { x }, attributes) => {
    const { filterSize, strides, pad } = attributes as unknown as WindowAttributes & { filterSize: [number, number] };
    const image = x!.shape as [number, number, number, number];
    const info = backend_util.computePool2DInfo(image, filterSize, strides, 1, pad);
    const { top, left, bottom, right } = info.padInfo;
    const node = {
      operator: 'MaxPool',
      attributes: {
        kernel_shape: [info.filterHeight, info.filterWidth],
        strides: [info.strideHeight, info.strideWidth],
        pads: [top, left, bottom, right],
      },
    };
    const shape = [image[0], image[3], info.outHeight, info.outWidth];
    return transpose(graph, apply(graph, node, [transpose(graph, x!, CHANNELS_FIRST)], shape), CHANNELS_LAST);
  },
};
