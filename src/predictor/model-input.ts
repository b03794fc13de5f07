import { join } from 'node:path';
import { UndertoneError } from '../errors.ts';
import { requireFinite } from '../features/finite.ts';
import type { FeatureMatrix } from '../features/index.ts';
import { BLOCK, prepareClip } from './clip-preparation.ts';
import { FrameHearing, FramePast } from './frame-past.ts';
import { ClipFeatures, FrameStatistics, InputNormaliser } from './hearing.ts';
import type { FeaturesInput, Normalisation, WaveformInput } from './model-config.ts';
import { CONFIG_FILE, type StoredModel } from './model-store.ts';
import type { AxisOrder } from './onnx-classifier.ts';
import type { SamplePast } from './sample-past.ts';

/**
 * The way from a clip's samples to a network's input, in two steps: what is heard of the clip, and, once it is known
 * what the speaker sounds like, the network's view of it. A waveform is a matrix of one dimension.
 */
export interface ModelInput {
  readonly sampleRateHz: number;
  /** From one row to the next. */
  readonly hopMs: number;
  /** Values a row of what is heard. */
  readonly heardDims: number;
  /** Values a row of the network's input. */
  readonly dims: number;
  readonly order: AxisOrder;
  /** @throws UndertoneError AUDIO_INVALID_SAMPLES */
  hear(samples: Float32Array): FeatureMatrix;
  /** Hears clips of a sound as it passes by, what they have in common once where that is possible. */
  follow(past: SamplePast): ClipHearing;
  /** Writes the network's input, shape [rows][dims], to `out`. */
  view(heard: FeatureMatrix, speaker: FrameStatistics, out: Float32Array): void;
}

/** Hears clips of a sound that passes by. */
export interface ClipHearing {
  /** What is heard of the samples from `start` to `end`; the sound still remembers them. */
  hear(start: number, end: number): FeatureMatrix;
  /** Forgets what the sound has forgotten. */
  forget(): void;
  /** Gives its memory back. */
  free(): void;
}

/**
 * The input that a model's configuration describes.
 * @throws UndertoneError MODEL_INVALID where its statistics are of other features than its own
 */
export function createModelInput({ folder, config: { input } }: StoredModel): ModelInput {
  return input.kind === 'features' ? featuresInput(input, join(folder, CONFIG_FILE)) : waveformInput(input);
}

function featuresInput(input: FeaturesInput, subject: string): ModelInput {
  const features = new ClipFeatures(input);
  const means = input.normalisation?.mean.length ?? features.dims;
  if (means !== features.dims) {
    throw new UndertoneError('MODEL_INVALID', {
      subject,
      problem: `"input.normalisation" has ${means} means, but "input.features" gives ${features.dims} values a frame`,
      remedy: 'Write the statistics of these features into it, or take the model from its source again.',
    });
  }
  const normaliser = new InputNormaliser(input.normalisation ?? asTheyAre(features.dims));
  const frames = FrameHearing.suits(input) ? new FrameHearing(features) : undefined;
  return {
    sampleRateHz: input.sampleRateHz,
    hopMs: features.hopMs,
    heardDims: features.dims,
    dims: normaliser.dims,
    order: input.layout,
    hear: (samples) => features.hear(samples),
    follow: (past) =>
      frames && past.blockLength === BLOCK
        ? new FramePast(frames, past)
        : clipByClip(past, (samples) => features.hear(samples)),
    view: (heard, speaker, out) => {
      normaliser.apply(heard, speaker, out);
    },
  };
}

/** Leaves features what they are. */
function asTheyAre(dims: number): Normalisation {
  const all = (value: number): number[] => new Array<number>(dims).fill(value);
  return { mean: all(0), deviation: all(1), views: [{ clipMean: 0, clipLevel: 0 }] };
}

/** Hears every clip on its own. */
function clipByClip(past: SamplePast, hear: ModelInput['hear']): ClipHearing {
  return { hear: (start, end) => hear(past.copy(start, end)), forget: () => undefined, free: () => undefined };
}

function waveformInput(input: WaveformInput): ModelInput {
  const hear = (samples: Float32Array): FeatureMatrix => {
    requireFinite(samples, 0);
    const clip = prepareClip(samples, input);
    return { data: clip, frames: clip.length, dims: 1 };
  };
  return {
    sampleRateHz: input.sampleRateHz,
    hopMs: 1_000 / input.sampleRateHz,
    heardDims: 1,
    dims: 1,
    order: 'time',
    hear,
    follow: (past) => clipByClip(past, hear),
    view: (heard, _speaker, out) => {
      if (input.standardise) standardise(heard, out);
      else out.set(heard.data);
    },
  };
}

/** As the feature extractors of wav2vec 2.0 and its relatives do it. */
function standardise(clip: FeatureMatrix, out: Float32Array): void {
  const statistics = new FrameStatistics(1).add(clip);
  const mean = statistics.mean(0);
  const scale = 1 / Math.sqrt(statistics.deviation(0) ** 2 + 1e-7);
  for (let i = 0; i < clip.data.length; i++) out[i] = (clip.data[i]! - mean) * scale;
}
