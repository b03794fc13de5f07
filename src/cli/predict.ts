import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { Command, Option } from 'commander';
import { findRecordings } from '../audio/index.ts';
import { UndertoneError } from '../errors.ts';
import { emotionTimeline, RunningEnvelope } from '../pictures/index.ts';
import { EmotionPredictor, type EmotionPrediction, type FilePrediction } from '../predictor/index.ts';
import { mapInWorkers } from '../workers.ts';
import { writeFileWhole } from '../whole-file.ts';
import { pictureFormat, writePicture, type PictureFormat } from './picture-file.ts';
import { callPage } from './call-page.ts';
import { rankCalls } from './call-ranking.ts';
import { channelName, type HeardFile, type PredictedFile, type PredictSettings } from './predict-worker.ts';
import { describePrediction, describePredictions, terminalPaint } from './prediction-text.ts';
import { progressBar } from './progress.ts';
import { openRecording, warn } from './recording.ts';

const MOST_FILES_PER_TASK = 32;

interface PredictOptions {
  readonly model: string;
  readonly adapt: boolean;
  readonly voiceCheck: boolean;
  readonly channels: 'mix' | 'split';
  readonly plot?: string;
  readonly report?: string;
  readonly json?: boolean;
}

export function predictCommand(): Command {
  return new Command('predict')
    .description('Say how people speak in recordings: the emotion of every stretch of speech, and overall.')
    .argument('<files or folders...>', 'recordings, or folders of them: WAV, AIFF, FLAC, MP3, Ogg, WebM, M4A')
    .option('--model <id>', 'a model in models/, or the path of one', 'default')
    .option('--no-adapt', 'hear every segment alone, not against the normal of the voice in the whole recording')
    .addOption(
      new Option('--channels <how>', 'mix: one voice; split: each channel is a voice of its own, as in recorded calls')
        .choices(['mix', 'split'])
        .default('mix'),
    )
    .option('--no-voice-check', 'hear all sound as speech, music and noise as well')
    .option('--plot <path>', 'draw the emotions over time: .png or .svg (one recording)')
    .option('--report <page.html>', 'a page about all recordings: which to listen to first, and a picture of each')
    .option('--json', 'print JSON, one object a line for each recording (and channel, where they are split)')
    .addHelpText(
      'after',
      `
Examples:
  undertone predict speech.wav
  undertone predict call.opus --plot call.png
  undertone predict recordings/ --json > emotions.jsonl
  undertone predict meeting.m4a --no-adapt
  undertone predict --channels split calls/*.wav --report calls.html

A recording is taken to be of one voice: what is normal for it is learnt from all of its speech. Where several
people speak in one channel, use --no-adapt; where each has a channel, --channels split.

JSON: {"file", "durationMs", "model", "overall": {"label", "confidence", "scores", "uncertain"}, "segments":
[{"startMs", "endMs", "label", "confidence", "uncertain", "scores"}, ...], "notSpeech": [{"startMs", "endMs"}, ...],
"warnings"}; "overall" is null where nobody speaks, "notSpeech" is music, noise and tones. With --channels split, "channel"
counts from 0. A recording that cannot be read costs that one; the exit code is then 1.`,
    )
    .action(predict);
}

async function predict(paths: readonly string[], options: PredictOptions): Promise<void> {
  const format = options.plot === undefined ? undefined : pictureFormat(options.plot, '--plot');
  const files = await recordingsAt(paths);
  if (files.length === 1 && options.channels === 'mix' && options.report === undefined) {
    await predictOne(files[0]!, options, format);
    return;
  }
  if (options.plot !== undefined) {
    throw new UndertoneError('USAGE', {
      subject: '--plot',
      problem: 'draws one recording as one voice',
      remedy: 'Name one file, without --channels split and --report; or use --report, which draws all.',
    });
  }
  await predictMany(files, options);
}

/** All recordings at some paths: files as they are named, folders searched. */
async function recordingsAt(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map(async (path) => {
      // What is not there is for the decoder to say.
      const isFolder = await stat(path).then(
        (entry) => entry.isDirectory(),
        () => false,
      );
      return isFolder ? findRecordings(path) : [path];
    }),
  );
  return [...new Set(found.flat())];
}

async function predictOne(file: string, options: PredictOptions, format?: PictureFormat): Promise<void> {
  const { model, adapt, voiceCheck, plot, json } = options;
  const predictor = await EmotionPredictor.load(model);
  const recording = await openRecording(file, predictor.sampleRateHz);
  const waveform = new RunningEnvelope();
  const onSamples = (samples: Float32Array): void => {
    waveform.add(samples);
  };
  const heard = await predictor.predictRecording(recording.read(), {
    adapt,
    voiceCheck,
    ...(format !== undefined && { onSamples }),
  });
  const prediction = { ...heard, model: predictor.model.id, warnings: recording.warnings };
  const { labels } = predictor;
  await predictor.close();
  if (plot !== undefined && format !== undefined) {
    const svg = emotionTimeline({
      title: basename(file),
      subtitle: subtitle(prediction),
      ...waveform.envelope(),
      ...prediction,
      labels,
    });
    await writePicture(plot, format, svg);
  }
  for (const { message } of prediction.warnings) warn(`${file}: ${message}`);
  console.log(
    json ? predictionAsJson(file, prediction) : describePrediction(file, prediction, labels, terminalPaint(labels)),
  );
}

function subtitle({ durationMs, model, overall }: FilePrediction): string {
  const words = overall ? `overall ${overall.label} ${Math.round(100 * overall.confidence)} %` : 'no speech';
  return `${(durationMs / 1_000).toFixed(1)} s, ${words}, model ${model}`;
}

async function predictMany(files: readonly string[], options: PredictOptions): Promise<void> {
  const { model, adapt, voiceCheck, channels, report, json } = options;
  // What is wrong with the model is said once, here, and not by every worker.
  const predictor = await EmotionPredictor.load(model);
  const { labels } = predictor;
  await predictor.close();
  const progress = progressBar(files.length, 'files');
  const split = channels === 'split';
  const settings: PredictSettings = { model, adapt, voiceCheck, split, pictures: report !== undefined };
  const job = {
    module: new URL('./predict-worker', import.meta.url),
    name: 'predictFiles',
    settings,
    // Few enough that every core has work until the end.
    batch: Math.min(MOST_FILES_PER_TASK, Math.ceil(files.length / (4 * availableParallelism()))),
  };
  const results = await mapInWorkers<PredictedFile>(files, job, { onProgress: progress.update }).finally(progress.stop);
  const heard = results.filter((result) => 'channels' in result);
  const failed = results.filter((result) => 'error' in result);
  if (report !== undefined) await writeFileWhole(report, [callPage(report, rankCalls(heard, labels), failed)]);
  const predicted = heard.flatMap(voicesOf);
  for (const { file, prediction } of predicted) {
    for (const { message } of prediction.warnings) warn(`${file}: ${message}`);
  }
  if (json) for (const { of, prediction, channel } of predicted) console.log(predictionAsJson(of, prediction, channel));
  else if (predicted.length > 0) {
    console.log(describePredictions(predicted, labels, terminalPaint(labels)));
  }
  for (const { file, error } of failed) {
    console.error(json ? JSON.stringify({ file, error }) : `undertone: ${error.message}`);
    process.exitCode = 1;
  }
}

/** The voices in a file: one, or one a channel. */
function voicesOf({ file, channels }: HeardFile) {
  return channels.map((prediction, channel) =>
    channels.length === 1
      ? { file, of: file, prediction, channel: undefined }
      : { file: `${file}, ${channelName(channel)}`, of: file, prediction, channel },
  );
}

/** Six digits of a probability and whole milliseconds: more is noise. */
const rounded = (value: number): number => Number(value.toFixed(6));

function roundedPrediction({ label, confidence, scores, uncertain }: EmotionPrediction): EmotionPrediction {
  const entries = Object.entries(scores).map(([name, score]) => [name, rounded(score)] as const);
  return { label, confidence: rounded(confidence), uncertain, scores: Object.fromEntries(entries) };
}

function predictionAsJson(file: string, prediction: FilePrediction, channel?: number): string {
  const { durationMs, model, overall, segments, notSpeech, warnings } = prediction;
  return JSON.stringify({
    file,
    ...(channel !== undefined && { channel }),
    durationMs: Math.round(durationMs),
    model,
    overall: overall && roundedPrediction(overall),
    segments: segments.map((segment) => ({
      startMs: Math.round(segment.startMs),
      endMs: Math.round(segment.endMs),
      ...roundedPrediction(segment),
    })),
    notSpeech: notSpeech.map(({ startMs, endMs }) => ({ startMs: Math.round(startMs), endMs: Math.round(endMs) })),
    warnings: warnings.map(({ message }) => message),
  });
}
