import type { FeatureMatrix } from '../features/index.ts';
import type { EmotionPredictor } from './emotion-predictor.ts';
import { predictionOf, type EmotionPrediction } from './scores.ts';
import type { SpeechSegment } from './speech-segmenter.ts';

/** The emotion of one stretch of speech in a recording. */
export interface SegmentPrediction extends EmotionPrediction, Stretch {}

/** The emotions in a recording over time. */
export interface RecordingPrediction {
  readonly durationMs: number;
  /** The mean of the segments' scores, each weighted by its duration; null where nobody speaks. */
  readonly overall: EmotionPrediction | null;
  /** In order of time; what lies between them is no speech. */
  readonly segments: readonly SegmentPrediction[];
  /** Sound that was heard and is no speech: music, noise, tones. In order of time; no segment overlaps with it. */
  readonly notSpeech: readonly Stretch[];
}

/** A stretch of a recording. */
export interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
}

/** How a recording is heard. */
export interface RecordingOptions {
  /**
   * Hear every segment against the voice's own normal: the statistics of all speech in the recording, which is taken to
   * be of one speaker. Without it each segment stands alone. Default true; it means nothing to models without a speaker
   * view.
   */
  readonly adapt?: boolean;
  /** Leave out what is sound but no speech, see `EmotionPredictor.isSpeech`. Without it all sound has an emotion. Default true. */
  readonly voiceCheck?: boolean;
  /** Sees all samples as they pass by, for a picture of them. */
  readonly onSamples?: (samples: Float32Array) => void;
}

/** A recording without segments is heard whole where its loudest moment is above this. */
const AUDIBLE = 10 ** (-50 / 20);

/** A stretch of sound, in samples from the recording's beginning. */
interface Sound {
  readonly start: number;
  readonly end: number;
}

/** A stretch of speech, heard. */
interface HeardSegment extends Sound {
  readonly clip: FeatureMatrix;
}

/** What sound there is in a recording. */
interface HeardRecording {
  /** How long it is, in samples. */
  readonly length: number;
  readonly segments: HeardSegment[];
  readonly notSpeech: Sound[];
}

/** See `EmotionPredictor.predictRecording`. */
export async function predictRecording(
  predictor: EmotionPredictor,
  chunks: Iterable<Float32Array> | AsyncIterable<Float32Array>,
  { adapt = true, ...options }: RecordingOptions,
): Promise<RecordingPrediction> {
  const { sampleRateHz } = predictor;
  const toMs = (samples: number): number => (1_000 * samples) / sampleRateHz;
  const stretch = ({ start, end }: Sound): Stretch => ({ startMs: toMs(start), endMs: toMs(end) });
  const { length, segments, notSpeech } = await hearSpeech(predictor, chunks, options);
  const clips = segments.map(({ clip }) => clip);
  const voice = predictor.unknownSpeaker();
  if (adapt) for (const clip of clips) voice.add(clip);
  const predictions = await predictor.predictHeard(clips, adapt ? { speaker: voice } : {});
  const timed = predictions.map((prediction, index) => ({ ...stretch(segments[index]!), ...prediction }));
  return {
    durationMs: toMs(length),
    overall: overallOf(predictor, timed),
    segments: timed,
    notSpeech: notSpeech.map(stretch),
  };
}

/**
 * Hears the segments of a recording as they are found. A recording no longer than one segment may be is heard as the
 * clip that it is, as in training, unless there are several stretches of sound in it.
 */
async function hearSpeech(
  predictor: EmotionPredictor,
  chunks: Iterable<Float32Array> | AsyncIterable<Float32Array>,
  { voiceCheck = true, onSamples }: Omit<RecordingOptions, 'adapt'>,
): Promise<HeardRecording> {
  const { maxMs } = predictor.model.config.windows;
  const listener = predictor.listen();
  const { segmenter } = listener;
  const beginning = new Float32Array(Math.round((maxMs * predictor.sampleRateHz) / 1_000));
  const segments: HeardSegment[] = [];
  const notSpeech: Sound[] = [];
  const hear = async (found: readonly SpeechSegment[]): Promise<void> => {
    for (const { start, end } of found) {
      const answer = !voiceCheck || listener.isSpeech(start, end);
      const isSpeech = typeof answer === 'boolean' ? answer : await answer();
      if (isSpeech) segments.push({ start, end, clip: listener.hear(start, end) });
      else notSpeech.push({ start, end });
    }
  };
  let length = 0;
  for await (const chunk of chunks) {
    onSamples?.(chunk);
    const room = beginning.length - length;
    if (room > 0) beginning.set(chunk.subarray(0, room), length);
    length += chunk.length;
    await hear(segmenter.push(chunk));
  }
  await hear(segmenter.finish());
  const heard = { length, segments, notSpeech };
  const isClip = length > 0 && length <= beginning.length && segments.length + notSpeech.length <= 1;
  if (!isClip || notSpeech.length > 0) return heard;
  const clip = beginning.subarray(0, length);
  const { start = 0, end = length } = segments[0] ?? {};
  if (segments.length === 0) {
    if (!clip.some((sample) => Math.abs(sample) > AUDIBLE)) return heard;
    if (voiceCheck && !(await predictor.isSpeech(clip))) return { ...heard, notSpeech: [{ start, end }] };
  }
  return { ...heard, segments: [{ start, end, clip: predictor.hear(clip) }] };
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
