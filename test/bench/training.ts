import { InferenceSession, Tensor } from 'onnxruntime-node';
import { parseNetworkConfig } from '../../src/networks/index.ts';
import { createTrainingEngine } from '../../src/training/engine/index.ts';
import { threeDigits, type Timing } from './measure.ts';

/** PyTorch 1.13 on one thread of the machine that the bars were set on, for the same step. */
const PYTORCH_STEP_MS = 80;
const WINDOW_BAR_MS = 0.5;
const [BATCH, TIME, DIMS, LABELS] = [64, 128, 64, 8];
/** Frames of 3 s at 16 kHz with a hop of 256. */
const WINDOW_FRAMES = 188;

async function time(
  call: () => Promise<unknown>,
  { warmUp, calls }: { warmUp: number; calls: number },
): Promise<Timing> {
  const times: number[] = [];
  for (let i = -warmUp; i < calls; i++) {
    const started = performance.now();
    await call();
    if (i >= 0) times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  return { medianMs: threeDigits(times[calls >> 1]!), minMs: threeDigits(times[0]!) };
}

/**
 * One training step of the default network, batch 64 x 128 frames x 64 dims, and one window of 3 s through the exported
 * network, both on one thread.
 */
export async function benchTraining(): Promise<object> {
  const optimizer = { weightDecay: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, clipNorm: 1, averageDecay: 0.999 };
  const engine = await createTrainingEngine({
    network: parseNetworkConfig({ kind: 'cnn-lstm' }),
    ...{ batch: BATCH, time: TIME, dims: DIMS, labels: LABELS, seed: 1, threads: 1, backend: 'onnx', optimizer },
  });
  const batch = {
    inputs: Float32Array.from({ length: BATCH * TIME * DIMS }, (_, i) => Math.sin(i * i)),
    targets: Float32Array.from({ length: BATCH * LABELS }, (_, i) =>
      Number(i % LABELS === Math.floor(i / LABELS) % LABELS),
    ),
    allowed: new Float32Array(BATCH * LABELS).fill(1),
  };
  const step = await time(() => engine.step(batch, { learningRate: 1e-3 }), { warmUp: 5, calls: 40 });
  const session = await InferenceSession.create(engine.exportOnnx(), { intraOpNumThreads: 1 });
  const input = new Tensor('float32', batch.inputs.slice(0, WINDOW_FRAMES * DIMS), [1, WINDOW_FRAMES, DIMS]);
  const window = await time(() => session.run({ input }), { warmUp: 50, calls: 400 });
  await session.release();
  await engine.dispose();
  return {
    network: `cnn-lstm, ${engine.parameters} weights, one thread`,
    stepMs: step.medianMs,
    // On a machine whose cores others use too, the fastest step is nearest to what it costs.
    fastestStepMs: step.minMs,
    pytorchStepMs: PYTORCH_STEP_MS,
    stepToPytorch: threeDigits(step.medianMs / PYTORCH_STEP_MS),
    fastestStepToPytorch: threeDigits(step.minMs / PYTORCH_STEP_MS),
    windowMs: window.medianMs,
    windowBarMs: WINDOW_BAR_MS,
  };
}
