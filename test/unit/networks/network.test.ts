import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { defineNetwork, parseNetworkConfig, type Network } from '../../../src/networks/index.ts';
import { exportInference } from '../../../src/training/engine/inference.ts';
import { createTrainingEngine, type EngineState } from '../../../src/training/engine/index.ts';
import { runOnnx, useCpuBackend } from '../../helpers/tensorflow.ts';
import { largestDifference, OPTIMIZER } from '../../helpers/training.ts';

/** What PyTorch computed in double precision; negative scales of the normalisation and an odd time included. */
interface GoldenCase {
  network: { kind: string };
  batch: number;
  time: number;
  dims: number;
  labels: number;
  parameters: { name: string; shape: number[] }[];
  weights: number[];
  statistics: number[];
  inputs: number[];
  targets: number[];
  allowed: number[];
  clipWeights: number[];
  loss: number;
  gradient: number[];
  batchStatistics: number[];
  logits: number[];
}
const file = new URL('../../fixtures/networks/pytorch.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: GoldenCase[] };
const largest = (values: readonly number[]) => Math.max(...values.map(Math.abs));

describe.each(cases.map((golden) => [golden.network.kind, golden] as const))('%s against PyTorch', (_kind, golden) => {
  const { dims, labels, batch, time } = golden;
  const network = parseNetworkConfig(golden.network);
  let definition: Network;

  beforeAll(async () => {
    await useCpuBackend();
    definition = defineNetwork(network, { dims, views: 1, labels });
  });

  test('has the same parameters', () => {
    expect(definition.parameters.map(({ name, shape }) => ({ name, shape }))).toEqual(golden.parameters);
  });

  test.each(['onnx', 'tfjs'] as const)('loss, gradient and batch statistics by %s', async (backend) => {
    // With these settings a step's first moment is the gradient, and what the statistics follow is the batch's own.
    const optimizer = { ...OPTIMIZER, beta1: 0, clipNorm: 1e9, averageDecay: 0 };
    const engine = await createTrainingEngine({
      network,
      batch,
      time,
      dims,
      labels,
      seed: 1,
      threads: 1,
      optimizer,
      backend,
    });
    const zeros = new Float32Array(golden.statistics.length);
    const start = { ...engine.state(), weights: Float32Array.from(golden.weights), statistics: zeros };
    engine.restore(start);
    const { loss } = await engine.step(
      {
        inputs: Float32Array.from(golden.inputs),
        targets: Float32Array.from(golden.targets),
        allowed: Float32Array.from(golden.allowed),
        weights: Float32Array.from(golden.clipWeights),
      },
      { learningRate: 0 },
    );
    const after: EngineState = engine.state();
    expect(loss).toBeCloseTo(golden.loss, 5);
    expect(largestDifference(after.firstMoment, golden.gradient) / largest(golden.gradient)).toBeLessThan(2e-5);
    // The first step moves the statistics by 0.9 of the way.
    const statistics = golden.batchStatistics.map((value) => 0.9 * value);
    expect(largestDifference(after.statistics, statistics)).toBeLessThan(1e-5);
    await engine.dispose();
  });

  test('logits in use, exported and eager', async () => {
    const trained = { average: Float32Array.from(golden.weights), statistics: Float32Array.from(golden.statistics) };
    const input = { values: Float32Array.from(golden.inputs), shape: [batch, time, dims] };
    const { logits } = await runOnnx(exportInference(definition, dims, trained), { input });
    expect(largestDifference(logits!, golden.logits)).toBeLessThan(1e-5);
    expect(tf.memory().numTensors).toBe(0);
  });
});
