import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeOnnx, type OnnxNode, type OnnxTensor } from '../../src/onnx/onnx-model.ts';
import type { ModelConfigInput } from '../../src/predictor/index.ts';

const node = (
  operator: string,
  inputs: string[],
  outputs: string[],
  attributes: OnnxNode['attributes'] = {},
): OnnxNode => ({ operator, domain: '', inputs, outputs, attributes });

const floats = (name: string, shape: readonly number[], values: ArrayLike<number>): OnnxTensor => ({
  name,
  type: 'float32',
  shape,
  bytes: new Uint8Array(Float32Array.from(values).buffer),
});

const axes = (name: string, values: readonly number[]): OnnxTensor => ({
  name,
  type: 'int64',
  shape: [values.length],
  bytes: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
});

type Shape = readonly (number | string)[];

/**
 * A network that takes the mean of its input over time and weighs it: `weights` [dims][labels], `bias` [labels].
 * @param shape the input's; `timeAxis` says which of its axes is time
 */
export function meanNetwork(
  weights: readonly (readonly number[])[],
  bias: readonly number[],
  { shape = ['batch', 'time', weights.length], timeAxis = 1 }: { shape?: Shape; timeAxis?: number } = {},
): Uint8Array {
  const labels = bias.length;
  return encodeOnnx({
    nodes: [
      node('ReduceMean', ['input', 'axes'], ['means'], { keepdims: 0 }),
      node('Reshape', ['means', 'flat'], ['rows']),
      node('MatMul', ['rows', 'weights'], ['weighed']),
      node('Add', ['weighed', 'bias'], ['logits']),
    ],
    initializers: [
      axes('axes', [timeAxis]),
      axes('flat', [-1, weights.length]),
      floats('weights', [weights.length, labels], weights.flat()),
      floats('bias', [labels], bias),
    ],
    inputs: [{ name: 'input', type: 'float32', shape }],
    outputs: [{ name: 'logits', type: 'float32', shape: ['batch', labels] }],
  });
}

/** A network on waveforms: two probabilities, of a loud clip and of a quiet one (its mean magnitude below 0.1). */
export function loudnessNetwork(shape: Shape = ['batch', 'samples']): Uint8Array {
  return encodeOnnx({
    nodes: [
      node('Abs', ['wave'], ['magnitudes']),
      node('ReduceMean', ['magnitudes', 'axes'], ['means'], { keepdims: 0 }),
      node('Reshape', ['means', 'flat'], ['mean']),
      node('MatMul', ['mean', 'weights'], ['weighed']),
      node('Add', ['weighed', 'bias'], ['scores']),
      node('Softmax', ['scores'], ['probabilities'], { axis: 1 }),
    ],
    initializers: [
      axes('axes', [shape.length - 1]),
      axes('flat', [-1, 1]),
      floats('weights', [1, 2], [40, -40]),
      floats('bias', [2], [-4, 4]),
    ],
    inputs: [{ name: 'wave', type: 'float32', shape }],
    outputs: [{ name: 'probabilities', type: 'float32', shape: ['batch', 2] }],
  });
}

/** Writes a model into a folder of its own below `parent` and returns its path. */
export function writeModel(parent: string, config: ModelConfigInput, weights: Uint8Array): string {
  const folder = join(parent, config.id);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.onnx'), weights);
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config, null, 2));
  return folder;
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Two labels by where the sound's energy lies: `high` where the upper half of 64 mel bands is louder than the lower. */
export const PITCH_CONFIG = {
  format: 1,
  id: 'pitch',
  name: 'High or low',
  labels: ['low', 'high'],
  input: { kind: 'features' },
  calibration: { temperature: 1, abstainBelow: 0.6 },
} satisfies ModelConfigInput;

export const pitchNetwork = (): Uint8Array =>
  meanNetwork(
    Array.from({ length: 64 }, (_, band) => (band < 32 ? [0.02, -0.02] : [-0.02, 0.02])),
    [0, 0],
  );
