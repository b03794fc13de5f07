import { beforeAll, describe, expect, test } from '@jest/globals';
import { parseNetworkConfig } from '../../../../src/networks/index.ts';
import { createTrainingEngine, type EngineBatch, type TrainingEngine } from '../../../../src/training/engine/index.ts';
import { runOnnx, useCpuBackend } from '../../../helpers/tensorflow.ts';
import {
  largestDifference,
  noise,
  OPTIMIZER,
  TINY_NAMES,
  TINY_NETWORKS,
  tinyBatch,
  tinyOptions,
} from '../../../helpers/training.ts';
import { defineNetwork } from '../../../../src/networks/index.ts';

beforeAll(useCpuBackend);

async function train(engine: TrainingEngine, steps: number, from = 0): Promise<void> {
  for (let step = from; step < from + steps; step++) await engine.step(tinyBatch(step + 1), { learningRate: 0.01 });
}

describe.each(TINY_NAMES)('the training engine of a %s', (kind) => {
  test('has the gradient that finite differences have', async () => {
    const optimizer = { ...OPTIMIZER, beta1: 0, clipNorm: 1e9 };
    const engine = await createTrainingEngine(tinyOptions(kind, { optimizer }));
    const start = engine.state();
    const batch = tinyBatch(5);
    const lossAt = async (weights: Float32Array) => {
      engine.restore({ ...start, weights });
      return (await engine.step(batch, { learningRate: 0 })).loss;
    };
    await lossAt(start.weights);
    const gradient = engine.state().firstMoment;
    let at = 0;
    for (const { name, shape } of defineNetwork(TINY_NETWORKS[kind], { dims: 3, views: 1, labels: 4 }).parameters) {
      // Along a parameter's own gradient, where single precision sees the loss change most.
      const end = at + shape.reduce((product, size) => product * size, 1);
      const own = gradient.map((value, i) => (i >= at && i < end ? value : 0));
      at = end;
      const norm = Math.hypot(...own);
      const slope = async (reach: number) => {
        const shifted = (by: number) => start.weights.map((weight, i) => weight + (by * own[i]!) / norm);
        return ((await lossAt(shifted(reach))) - (await lossAt(shifted(-reach)))) / (2 * reach);
      };
      // The longer way may lead over an edge of a ReLU or a pool, on the shorter one rounding counts more.
      const errors = [Math.abs((await slope(0.004)) - norm), Math.abs((await slope(0.001)) - norm)];
      expect([name, Math.min(...errors) / (norm + 1e-3) < 0.01]).toEqual([name, true]);
    }
    await engine.dispose();
  });

  test('computes captured what it computes eagerly', async () => {
    const [captured, eager] = [
      await createTrainingEngine(tinyOptions(kind)),
      await createTrainingEngine(tinyOptions(kind, { backend: 'tfjs' })),
    ];
    await train(captured, 3);
    await train(eager, 3);
    const [a, b] = [captured.state(), eager.state()];
    expect(largestDifference(a.weights, b.weights)).toBeLessThan(1e-5);
    expect(largestDifference(a.average, b.average)).toBeLessThan(1e-5);
    expect(largestDifference(a.statistics, b.statistics)).toBeLessThan(1e-5);
    const inputs = noise(2 * 31 * 3, 9);
    expect(largestDifference(await captured.predict(inputs, 2, 31), await eager.predict(inputs, 2, 31))).toBeLessThan(
      1e-5,
    );
    await captured.dispose();
    await eager.dispose();
  });

  test('goes on from a state as if nothing had happened, bit for bit', async () => {
    const [unbroken, killed, resumed] = await Promise.all(
      [1, 1, 2].map((seed) => createTrainingEngine(tinyOptions(kind, { seed }))),
    );
    await train(unbroken!, 6);
    await train(killed!, 3);
    const checkpoint = JSON.stringify(killed!.state(), (_key, value: unknown) =>
      value instanceof Float32Array ? { floats: Array.from(value) } : value,
    );
    await train(killed!, 1, 77);
    resumed!.restore(
      JSON.parse(checkpoint, (_key, value: unknown) =>
        typeof value === 'object' && value !== null && 'floats' in value
          ? Float32Array.from(value.floats as number[])
          : value,
      ) as ReturnType<TrainingEngine['state']>,
    );
    await train(resumed!, 3, 3);
    expect(resumed!.state()).toEqual(unbroken!.state());
    expect(resumed!.state()).not.toEqual(killed!.state());
    for (const engine of [unbroken!, killed!, resumed!]) await engine.dispose();
  });

  test('exports what it predicts with, for any batch and time', async () => {
    const engine = await createTrainingEngine(tinyOptions(kind));
    await train(engine, 4);
    const eager = await createTrainingEngine(tinyOptions(kind, { backend: 'tfjs' }));
    eager.restore(engine.state());
    const model = engine.exportOnnx();
    for (const [batch, time] of [
      [1, 6],
      [3, 15],
      [2, 188],
    ] as const) {
      const values = noise(batch * time * 3, time);
      const { logits } = await runOnnx(model, { input: { values, shape: [batch, time, 3] } });
      expect(largestDifference(logits!, await eager.predict(values, batch, time))).toBeLessThan(1e-5);
      expect(largestDifference(logits!, await engine.predict(values, batch, time))).toBeLessThan(1e-5);
    }
    await engine.dispose();
  });

  test('learns 32 clips by heart', async () => {
    const [clips, time, dims, labels] = [32, 24, 8, 4];
    const convolutions = [
      { filters: 16, kernel: 3, pool: 2 },
      { filters: 16, kernel: 3, pool: 2 },
    ];
    const network = parseNetworkConfig({
      kind: TINY_NETWORKS[kind].kind,
      ...(kind === 'spectral' && { spectral: [{ filters: 8 }] }),
      ...(kind !== 'lstm' && { convolutions }),
      ...(kind !== 'cnn' && { lstmUnits: 16 }),
    });
    const optimizer = { ...OPTIMIZER, averageDecay: 0.9 };
    const engine = await createTrainingEngine({
      network,
      batch: clips,
      time,
      dims,
      labels,
      seed: 3,
      threads: 1,
      optimizer,
      backend: 'onnx',
    });
    const batch: EngineBatch = {
      inputs: noise(clips * time * dims, 7),
      targets: Float32Array.from({ length: clips * labels }, (_, i) =>
        Number(i % labels === Math.floor(i / labels) % labels),
      ),
      allowed: new Float32Array(clips * labels).fill(1),
    };
    for (let step = 0; step < 150; step++) await engine.step(batch, { learningRate: 0.01 });
    const logits = await engine.predict(batch.inputs, clips, time);
    const heard = Array.from({ length: clips }, (_, clip) => {
      const row = logits.subarray(clip * labels, (clip + 1) * labels);
      return row.indexOf(Math.max(...row));
    });
    expect(heard).toEqual(Array.from({ length: clips }, (_, clip) => clip % labels));
    await engine.dispose();
  });
});

describe('a step', () => {
  test('clips the gradient, decays matrices alone and averages', async () => {
    const optimizer = { ...OPTIMIZER, weightDecay: 0.5, beta1: 0, clipNorm: 0.01, averageDecay: 0.5 };
    const engine = await createTrainingEngine(tinyOptions('cnn', { optimizer }));
    const before = engine.state();
    const { gradientNorm } = await engine.step(tinyBatch(1), { learningRate: 0.1 });
    const after = engine.state();
    expect(gradientNorm).toBeGreaterThan(0.01);
    expect(Math.hypot(...after.firstMoment)).toBeCloseTo(0.01, 6);
    let at = 0;
    for (const { shape, decays } of defineNetwork(TINY_NETWORKS.cnn, { dims: 3, views: 1, labels: 4 }).parameters) {
      const weight = before.weights[at]!;
      const gradient = after.firstMoment[at]!;
      // The first step of Adam has the gradient's sign alone.
      const decayed = decays ? 0.5 * weight : 0;
      expect(after.weights[at]).toBeCloseTo(weight - 0.1 * (gradient / (Math.abs(gradient) + 1e-8) + decayed), 4);
      // The average begins with a decay of a tenth.
      expect(after.average[at]).toBeCloseTo(0.1 * weight + 0.9 * after.weights[at]!, 5);
      at += shape.reduce((product, size) => product * size, 1);
    }
    await engine.dispose();
  });

  test('leaves what does not compete out of the loss', async () => {
    const engine = await createTrainingEngine(tinyOptions('lstm'));
    const batch = tinyBatch(1);
    const start = engine.state();
    const biased = start.weights.slice();
    // The last label's bias: the second clip does not see it, the others do.
    biased[biased.length - 1] = 30;
    const alone = { ...batch, weights: Float32Array.of(0, 1, 0, 0) };
    const { loss } = await engine.step(alone, { learningRate: 0 });
    engine.restore({ ...start, weights: biased });
    expect((await engine.step(alone, { learningRate: 0 })).loss).toBe(loss);
    engine.restore({ ...start, weights: biased });
    expect((await engine.step(batch, { learningRate: 0 })).loss).toBeGreaterThan(20);
    await engine.dispose();
  });

  test('is the same for the same seed, and another for another', async () => {
    const engines = await Promise.all([1, 1, 2].map((seed) => createTrainingEngine(tinyOptions('cnn-lstm', { seed }))));
    for (const engine of engines) await train(engine, 2);
    const [a, b, c] = engines.map((engine) => engine.state());
    expect(a).toEqual(b);
    expect(a!.weights).not.toEqual(c!.weights);
    for (const engine of engines) await engine.dispose();
  });
});

describe('what does not fit is refused', () => {
  test.each<[string, (engine: TrainingEngine) => unknown, RegExp]>([
    [
      'a short batch',
      (engine) => engine.step({ ...tinyBatch(1), inputs: noise(7) }, { learningRate: 0 }),
      /inputs: has 7 numbers .* has 180/,
    ],
    [
      'targets',
      (engine) => engine.step({ ...tinyBatch(1), targets: noise(15) }, { learningRate: 0 }),
      /targets: has 15/,
    ],
    [
      "another network's state",
      (engine) => {
        engine.restore({ ...engine.state(), average: noise(3) });
      },
      /state.average: has 3 numbers/,
    ],
    [
      'a state without its generator',
      (engine) => {
        engine.restore({ ...engine.state(), random: [] });
      },
      /state.random: has 0 numbers/,
    ],
    ['inputs to predict', (engine) => engine.predict(noise(10), 1, 15), /inputs: has 10 numbers/],
    ['too short a clip', (engine) => engine.predict(noise(15), 1, 5), /time: 5 frames are fewer than the 6 that/],
  ])('%s', async (_name, act, message) => {
    const engine = await createTrainingEngine(tinyOptions('cnn'));
    const refused = await Promise.resolve()
      .then(() => act(engine))
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(refused).toMatchObject({ code: 'ENGINE_MISMATCH', message: expect.stringMatching(message) });
    await engine.dispose();
  });

  test('training clips shorter than the pools', async () => {
    await expect(createTrainingEngine(tinyOptions('cnn', { time: 5 }))).rejects.toThrow(/time: 5 frames are fewer/);
  });

  test('auto trains by ONNX where tfjs-node is not installed', async () => {
    const engine = await createTrainingEngine(tinyOptions('lstm', { backend: 'auto' }));
    expect(engine.backend).toBe('onnx');
    await engine.dispose();
  });
});

test('what is heard of a label that does not compete counts as its stand-in', async () => {
  const batch = { ...tinyBatch(3), targets: Float32Array.from({ length: 16 }, (_, i) => Number(i % 4 === 0)) };
  const logitsOf = async (engine: TrainingEngine): Promise<Float32Array> => engine.predict(batch.inputs, 4, 15);
  const plain = parseNetworkConfig({ kind: 'lstm', lstmUnits: 4, dropout: { lstm: 0, pooled: 0 } });
  const engine = await createTrainingEngine(
    tinyOptions('lstm', { network: plain, standIn: { absent: 3, countsAs: 0 } }),
  );
  const logits = await logitsOf(engine);
  let expected = 0;
  let weights = 0;
  for (let clip = 0; clip < 4; clip++) {
    const odds = Array.from(logits.subarray(4 * clip, 4 * clip + 4), Math.exp);
    const sum = odds.reduce((total, each) => total + each);
    // The fourth label is absent from the second clip alone.
    const heard = batch.allowed[4 * clip + 3] === 0 ? odds[0]! + odds[3]! : odds[0]!;
    const weight = batch.weights?.[clip] ?? 1;
    expected -= weight * Math.log(heard / sum);
    weights += weight;
  }
  const { loss } = await engine.step(batch, { learningRate: 0 });
  expect(loss).toBeCloseTo(expected / weights, 5);
  await engine.dispose();
});
