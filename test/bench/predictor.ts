import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmotionPredictor, readModel } from '../../src/predictor/index.ts';
import { OnnxClassifier } from '../../src/predictor/onnx-classifier.ts';
import { encodeWav } from '../helpers/audio-writers.ts';
import { temporaryFolder, undertone } from '../helpers/command-line.ts';
import { oggOpusPages } from '../helpers/ogg.ts';
import { encodeOpus } from '../helpers/opus.ts';
import { threeDigits } from './measure.ts';
import { buzz } from '../helpers/signals.ts';

const RATE = 16_000;
const PACKETS_PER_HOUR = 3_600 * 50;

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
  const minute = buzz(60, RATE);
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
 * Predicting with the model that ships, on one thread: a window of 3 s through ONNX Runtime alone, and from its samples;
 * and what a user waits for, from starting the program: the first prediction, and an hour of speech from an Opus file.
 */
export async function benchPredictor(): Promise<object> {
  const folder = temporaryFolder();
  try {
    const { folder: model, config } = await readModel('default');
    const predictor = await EmotionPredictor.load('default');
    const clip = buzz(3, RATE);
    const { frames, dims: bands } = predictor.hear(clip);
    const expected = { labels: config.labels.length, dims: 2 * bands, order: 'time-dims' } as const;
    const network = await OnnxClassifier.load(join(model, config.weights), expected, 1);
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
      firstPredictionSeconds: secondsOf('predict', short, '--json'),
      hourOfOpusSeconds: secondsOf('predict', hour, '--json'),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
