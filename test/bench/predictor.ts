import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseNetworkConfig } from '../../src/networks/index.ts';
import { EmotionPredictor, type ModelConfigInput } from '../../src/predictor/index.ts';
import { OnnxClassifier } from '../../src/predictor/onnx-classifier.ts';
import { createTrainingEngine } from '../../src/training/engine/index.ts';
import { encodeWav } from '../helpers/audio-writers.ts';
import { temporaryFolder, undertone } from '../helpers/command-line.ts';
import { writeModel } from '../helpers/models.ts';
import { oggOpusPages } from '../helpers/ogg.ts';
import { encodeOpus } from '../helpers/opus.ts';
import { threeDigits } from './measure.ts';
import { syntheticVoice } from './signals.ts';

const RATE = 16_000;
const MELS = 64;
const LABELS = ['neutral', 'calm', 'happy', 'sad', 'angry', 'fearful', 'disgust', 'surprised'];
const PACKETS_PER_HOUR = 3_600 * 50;

/** The network of the default recipe with two views, before its first step: what it weighs takes the same time. */
async function untrainedModel(folder: string): Promise<string> {
  const views = [{ clipMean: 0.5 }, { speaker: { shrinkFrames: 200 } }];
  const engine = await createTrainingEngine({
    network: parseNetworkConfig({ kind: 'cnn-lstm' }),
    batch: 1,
    time: 128,
    dims: views.length * MELS,
    labels: LABELS.length,
    seed: 1,
    optimizer: { weightDecay: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, clipNorm: 1, averageDecay: 0.99 },
    threads: 1,
    backend: 'onnx',
  });
  const weights = engine.exportOnnx();
  await engine.dispose();
  const all = (value: number): number[] => new Array<number>(MELS).fill(value);
  const normalisation = { mean: all(-6), deviation: all(3), views };
  const config: ModelConfigInput = {
    format: 1,
    id: 'untrained',
    name: 'The default network, untrained',
    labels: LABELS,
    input: { kind: 'features', normalisation },
  };
  return writeModel(folder, config, weights);
}

/** The median time of one call, in ms. */
async function median(call: () => Promise<unknown>, rounds = 300): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    await call();
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[rounds >> 1]!;
}

/** A minute of a voice with a pause every few seconds, over and over: an hour of 40 kbit/s. */
function writeHour(path: string): void {
  const minute = syntheticVoice(60, RATE);
  for (let second = 5; second < 60; second += 6) minute.fill(0, second * RATE, (second + 0.8) * RATE);
  const packets = encodeOpus(minute, { sampleRateHz: RATE, bitrate: 40_000, application: 'voip' });
  const hour = Array.from({ length: PACKETS_PER_HOUR }, (_, i) => packets[i % packets.length]!);
  writeFileSync(path, Buffer.concat([...oggOpusPages(hour, RATE)]));
}

function secondsOf(...args: string[]): number {
  const started = performance.now();
  const { code, stderr } = undertone(...args);
  if (code !== 0) throw new Error(stderr);
  return threeDigits((performance.now() - started) / 1_000);
}

/**
 * Predicting with the default network on one thread: a window of 3 s through ONNX Runtime alone, and from its samples;
 * and what a user waits for, from starting the program: the first prediction, and an hour of speech from an Opus file.
 */
export async function benchPredictor(): Promise<object> {
  const folder = temporaryFolder();
  try {
    const model = await untrainedModel(folder);
    const predictor = await EmotionPredictor.load(model);
    const clip = syntheticVoice(3, RATE);
    const { frames } = predictor.hear(clip);
    const expected = { labels: LABELS.length, dims: 2 * MELS, order: 'time-dims' } as const;
    const network = await OnnxClassifier.load(join(model, 'model.onnx'), expected, 1);
    const input = new Float32Array(frames * expected.dims);
    const windowMs = await median(() => network.run(input, 1, frames));
    await network.close();
    const clipMs = await median(() => predictor.predictClip(clip));
    await predictor.close();
    const [short, hour] = [join(folder, 'short.wav'), join(folder, 'hour.opus')];
    writeFileSync(short, encodeWav([clip], RATE));
    writeHour(hour);
    return {
      window3sMs: threeDigits(windowMs),
      clip3sWithFeaturesMs: threeDigits(clipMs),
      firstPredictionSeconds: secondsOf('predict', short, '--model', model, '--json'),
      hourOfOpusSeconds: secondsOf('predict', hour, '--model', model, '--json'),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
