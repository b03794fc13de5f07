import type { FeatureMatrix } from '../features/index.ts';
import type { EmotionPredictor } from './emotion-predictor.ts';
import { predictionOf, type EmotionPrediction } from './scores.ts';
import type { SpeechSegment } from './speech-segmenter.ts';

/** The emotion of one stretch of speech in a recording. */
export interface SegmentPrediction extends EmotionPrediction {
  readonly startMs: number;
  readonly endMs: number;
}

/** The emotions in a recording over time. */
export interface RecordingPrediction {
  readonly durationMs: number;
  /** The mean of the segments' scores, each weighted by its duration; null where nobody speaks. */
  readonly overall: EmotionPrediction | null;
  /** In order of time; what lies between them is no speech. */
  readonly segments: readonly SegmentPrediction[];
}

/** How a recording is heard. */
export interface RecordingOptions {
  /**
   * Hear every segment against the voice's own normal: the statistics of all speech in the recording, which is taken to
   * be of one speaker. Without it each segment stands alone. Default true; it means nothing to models without a speaker
   * view.
   */
  readonly adapt?: boolean;
  /** Sees all samples as they pass by, for a picture of them. */
  readonly onSamples?: (samples: Float32Array) => void;
}

/** A recording without segments is heard whole where its loudest moment is above this. */
const AUDIBLE = 10 ** (-50 / 20);

/** A stretch of speech, heard. */
interface HeardSegment {
  readonly start: number;
  readonly end: number;
  readonly clip: FeatureMatrix;
}

/** See `EmotionPredictor.predictRecording`. */
export async function predictRecording(
  predictor: EmotionPredictor,
  chunks: Iterable<Float32Array> | AsyncIterable<Float32Array>,
  { adapt = true, onSamples }: RecordingOptions,
): Promise<RecordingPrediction> {
  const { sampleRateHz } = predictor;
  const toMs = (samples: number): number => (1_000 * samples) / sampleRateHz;
  const { samples, segments } = await hearSpeech(predictor, chunks, onSamples);
  const clips = segments.map(({ clip }) => clip);
  const voice = predictor.unknownSpeaker();
  if (adapt) for (const clip of clips) voice.add(clip);
  const predictions = await predictor.predictHeard(clips, adapt ? { speaker: voice } : {});
  const timed = predictions.map((prediction, index): SegmentPrediction => {
    const { start, end } = segments[index]!;
    return { startMs: toMs(start), endMs: toMs(end), ...prediction };
  });
  return { durationMs: toMs(samples), overall: overallOf(predictor, timed), segments: timed };
}

/**
 * Hears the segments of a recording as they are found. A recording no longer than one segment may be is heard as the
 * clip that it is, as in training, unless there are several stretches of speech in it.
 */
async function hearSpeech(
  predictor: EmotionPredictor,
  chunks: Iterable<Float32Array> | AsyncIterable<Float32Array>,
  onSamples: RecordingOptions['onSamples'],
): Promise<{ samples: number; segments: HeardSegment[] }> {
  const { maxMs } = predictor.model.config.windows;
  const listener = predictor.listen();
  const { segmenter } = listener;
  const beginning = new Float32Array(Math.round((maxMs * predictor.sampleRateHz) / 1_000));
  const segments: HeardSegment[] = [];
  const hear = (found: readonly SpeechSegment[]): void => {
    for (const { start, end } of found) segments.push({ start, end, clip: listener.hear(start, end) });
  };
  let length = 0;
  for await (const chunk of chunks) {
    onSamples?.(chunk);
    const room = beginning.length - length;
    if (room > 0) beginning.set(chunk.subarray(0, room), length);
    length += chunk.length;
    hear(segmenter.push(chunk));
  }
  hear(segmenter.finish());
  if (length === 0 || length > beginning.length || segments.length > 1) return { samples: length, segments };
  const clip = beginning.subarray(0, length);
  if (segments.length === 0 && !clip.some((sample) => Math.abs(sample) > AUDIBLE)) return { samples: length, segments };
  const { start = 0, end = length } = segments[0] ?? {};
  return { samples: length, segments: [{ start, end, clip: predictor.hear(clip) }] };
}

function overallOf(predictor: EmotionPredictor, segments: readonly SegmentPrediction[]): EmotionPrediction | null {
  if (segments.length === 0) return null;
  const { config } = predictor.model;
  const total = segments.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  const means = Float64Array.from(config.labels, (label) =>
    segments.reduce((sum, { startMs, endMs, scores }) => sum + (scores[label]! * (endMs - startMs)) / total, 0),
  );
  return predictionOf(means, config);
}
