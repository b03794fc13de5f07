import { PbfWriter } from 'pbf';

/** Element types, by their numbers in TensorProto.DataType. */
const DATA_TYPES = { float32: 1, int32: 6, int64: 7, bool: 9 } as const;
export type OnnxType = keyof typeof DATA_TYPES;

/** An attribute of a node: an integer, integers, a string; a float is wrapped, as a number cannot say it is one. */
export type OnnxAttribute = number | readonly number[] | string | { readonly float: number };

export interface OnnxNode {
  readonly operator: string;
  /** Empty: ONNX's own operators. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxTensor {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: readonly number[];
  /** Little-endian elements. */
  readonly bytes: Uint8Array;
}

export interface OnnxValueInfo {
  readonly name: string;
  readonly type: OnnxType;
  /** A dimension without a number is dynamic; its name ties it to others of that name. */
  readonly shape: readonly (number | string)[];
}

export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
}

/** IR version 8 goes with operator set 18; both are older than any ONNX Runtime that Undertone meets. */
const IR_VERSION = 8;
const OPERATOR_SETS = [
  { domain: '', version: 18 },
  { domain: 'com.microsoft', version: 1 },
];

// Field and type numbers below are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).

function writeStrings(tag: number, values: readonly string[], writer: PbfWriter): void {
  for (const value of values) writer.writeStringField(tag, value);
}

function writeAttribute([name, value]: [string, OnnxAttribute], writer: PbfWriter): void {
  writer.writeStringField(1, name);
  let type: number;
  if (typeof value === 'number') {
    type = 2;
    writer.writeVarintField(3, value);
  } else if (typeof value === 'string') {
    type = 3;
    writer.writeStringField(4, value);
  } else if ('float' in value) {
    type = 1;
    writer.writeFloatField(2, value.float);
  } else {
    type = 7;
    for (const integer of value) writer.writeVarintField(8, integer);
  }
  writer.writeVarintField(20, type);
}

function writeNode(node: OnnxNode, writer: PbfWriter): void {
  writeStrings(1, node.inputs, writer);
  writeStrings(2, node.outputs, writer);
  writer.writeStringField(4, node.operator);
  for (const attribute of Object.entries(node.attributes)) writer.writeMessage(5, writeAttribute, attribute);
  writer.writeStringField(7, node.domain);
}

function writeTensor(tensor: OnnxTensor, writer: PbfWriter): void {
  for (const size of tensor.shape) writer.writeVarintField(1, size);
  writer.writeVarintField(2, DATA_TYPES[tensor.type]);
  writer.writeStringField(8, tensor.name);
  writer.writeBytesField(9, tensor.bytes);
}

function writeDimension(size: number | string, writer: PbfWriter): void {
  if (typeof size === 'number') writer.writeVarintField(1, size);
  else writer.writeStringField(2, size);
}

function writeShape(shape: readonly (number | string)[], writer: PbfWriter): void {
  for (const size of shape) writer.writeMessage(1, writeDimension, size);
}

function writeTensorType({ type, shape }: OnnxValueInfo, writer: PbfWriter): void {
  writer.writeVarintField(1, DATA_TYPES[type]);
  writer.writeMessage(2, writeShape, shape);
}

function writeType(info: OnnxValueInfo, writer: PbfWriter): void {
  writer.writeMessage(1, writeTensorType, info);
}

function writeValueInfo(info: OnnxValueInfo, writer: PbfWriter): void {
  writer.writeStringField(1, info.name);
  writer.writeMessage(2, writeType, info);
}

function writeGraph(model: OnnxModel, writer: PbfWriter): void {
  for (const node of model.nodes) writer.writeMessage(1, writeNode, node);
  writer.writeStringField(2, 'undertone');
  for (const tensor of model.initializers) writer.writeMessage(5, writeTensor, tensor);
  for (const input of model.inputs) writer.writeMessage(11, writeValueInfo, input);
  for (const output of model.outputs) writer.writeMessage(12, writeValueInfo, output);
}

/** The bytes of an ONNX file. */
export function encodeOnnx(model: OnnxModel): Uint8Array {
  const writer = new PbfWriter();
  writer.writeVarintField(1, IR_VERSION);
  writer.writeStringField(2, 'undertone');
  writer.writeMessage(7, writeGraph, model);
  for (const set of OPERATOR_SETS) {
    writer.writeMessage(
      8,
      ({ domain, version }, inner) => {
        inner.writeStringField(1, domain);
        inner.writeVarintField(2, version);
      },
      set,
    );
  }
  return writer.finish();
}
