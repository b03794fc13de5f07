import { basename } from 'node:path';
import { openAudio } from '../audio/index.ts';
import { UndertoneError, type ErrorCode } from '../errors.ts';
import { conversationTimeline, RunningEnvelope, type Envelope } from '../pictures/index.ts';
import { EmotionPredictor, type FilePrediction } from '../predictor/index.ts';
import type { WorkerBatch } from '../workers.ts';

/** How files are heard. */
export interface PredictSettings {
  readonly model: string;
  readonly adapt: boolean;
  readonly voiceCheck: boolean;
  /** Each channel is a voice of its own, and not their mean. */
  readonly split: boolean;
  /** Draw them too. */
  readonly pictures: boolean;
}

/** What was heard in a file. */
export interface HeardFile {
  readonly file: string;
  /** One of the mean of all channels, or one a channel. */
  readonly channels: readonly FilePrediction[];
  /** SVG. */
  readonly picture?: string;
}

/** What became of one file: what was heard in it, or why nothing. */
export type PredictedFile =
  HeardFile | { readonly file: string; readonly error: { code: ErrorCode; message: string; retryable: boolean } };

/** Runs in a worker thread: hears the emotions in files. A bad file costs that file alone. */
export async function predictFiles({
  items: files,
  settings,
}: WorkerBatch<string, PredictSettings>): Promise<PredictedFile[]> {
  const predictor = await EmotionPredictor.load(settings.model);
  const predicted: PredictedFile[] = [];
  for (const file of files) {
    try {
      predicted.push(await hearFile(predictor, file, settings));
    } catch (error) {
      if (!(error instanceof UndertoneError)) throw error;
      const { code, message, retryable } = error;
      predicted.push({ file, error: { code, message, retryable } });
    }
  }
  await predictor.close();
  return predicted;
}

async function hearFile(
  predictor: EmotionPredictor,
  file: string,
  { adapt, voiceCheck, split, pictures }: PredictSettings,
): Promise<HeardFile> {
  const channels: FilePrediction[] = [];
  const envelopes: Envelope[] = [];
  for (let channel = 0, count = 1; channel < count; channel++) {
    const stream = await openAudio(file, { sampleRateHz: predictor.sampleRateHz, ...(split && { channel }) });
    if (split) count = stream.info.channels;
    const waveform = new RunningEnvelope();
    const onSamples = (samples: Float32Array): void => {
      waveform.add(samples);
    };
    const heard = await predictor.predictRecording(stream, { adapt, voiceCheck, ...(pictures && { onSamples }) });
    channels.push({ ...heard, model: predictor.model.id, warnings: stream.warnings });
    envelopes.push(waveform.envelope());
  }
  return { file, channels, ...(pictures && { picture: draw(file, channels, envelopes, predictor.labels) }) };
}

/** What a channel is called. */
export const channelName = (channel: number): string => `channel ${channel + 1}`;

function draw(
  file: string,
  channels: readonly FilePrediction[],
  envelopes: readonly Envelope[],
  labels: readonly string[],
): string {
  const durationMs = Math.max(...channels.map((channel) => channel.durationMs));
  const voices = channels.map(({ segments }, channel) => ({
    name: channels.length === 1 ? 'Voice' : channelName(channel),
    segments,
    envelope: envelopes[channel]!,
  }));
  return conversationTimeline({ title: basename(file), durationMs, labels, voices });
}
