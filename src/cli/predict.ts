import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { Command } from 'commander';
import { findRecordings } from '../audio/index.ts';
import { UndertoneError } from '../errors.ts';
import { emotionTimeline, RunningEnvelope } from '../pictures/index.ts';
import { EmotionPredictor, type EmotionPrediction, type FilePrediction } from '../predictor/index.ts';
import { mapInWorkers } from '../workers.ts';
import { pictureFormat, writePicture, type PictureFormat } from './picture-file.ts';
import type { PredictedFile, PredictSettings } from './predict-worker.ts';
import { describePrediction, describePredictions, terminalPaint } from './prediction-text.ts';
import { progressBar } from './progress.ts';
import { openRecording, warn } from './recording.ts';

const MOST_FILES_PER_TASK = 32;

interface PredictOptions {
  readonly model: string;
  readonly adapt: boolean;
  readonly voiceCheck: boolean;
  readonly plot?: string;
  readonly json?: boolean;
}

export function predictCommand(): Command {
  return new Command('predict')
    .description('Say how people speak in recordings: the emotion of every stretch of speech, and overall.')
    .argument('<files or folders...>', 'recordings, or folders of them: WAV, AIFF, FLAC, MP3, Ogg, WebM, M4A')
    .option('--model <id>', 'a model in models/, or the path of one', 'default')
    .option('--no-adapt', 'hear every segment alone, not against the normal of the voice in the whole recording')
    .option('--no-voice-check', 'hear all sound as speech, music and noise as well')
    .option('--plot <path>', 'draw the emotions over time: .png or .svg (one recording)')
    .option('--json', 'print JSON, one object a line for each recording')
    .addHelpText(
      'after',
      `
Examples:
  undertone predict speech.wav
  undertone predict call.opus --plot call.png
  undertone predict recordings/ --json > emotions.jsonl
  undertone predict meeting.m4a --no-adapt

A recording is taken to be of one voice: what is normal for it is learnt from all of its speech. Where several
people speak in one channel, use --no-adapt.

JSON: {"file", "durationMs", "model", "overall": {"label", "confidence", "scores", "uncertain"}, "segments":
[{"startMs", "endMs", "label", "confidence", "uncertain", "scores"}, ...], "notSpeech": [{"startMs", "endMs"}, ...],
"warnings"}; "overall" is null where nobody speaks, "notSpeech" is music, noise and tones. A recording that cannot be read costs that one; the exit code is then 1.`,
    )
    .action(predict);
}

async function predict(paths: readonly string[], options: PredictOptions): Promise<void> {
  const format = options.plot === undefined ? undefined : pictureFormat(options.plot, '--plot');
  const files = await recordingsAt(paths);
  if (files.length === 1) {
    await predictOne(files[0]!, options, format);
    return;
  }
  if (options.plot !== undefined) {
    throw new UndertoneError('USAGE', {
      subject: '--plot',
      problem: `draws one recording, and ${files.length} were named`,
      remedy: 'Name one file.',
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
  const { model, adapt, voiceCheck, json } = options;
  // What is wrong with the model is said once, here, and not by every worker.
  const predictor = await EmotionPredictor.load(model);
  const { labels } = predictor;
  await predictor.close();
  const progress = progressBar(files.length, 'files');
  const settings: PredictSettings = { model, adapt, voiceCheck };
  const job = {
    module: new URL('./predict-worker', import.meta.url),
    name: 'predictFiles',
    settings,
    // Few enough that every core has work until the end.
    batch: Math.min(MOST_FILES_PER_TASK, Math.ceil(files.length / (4 * availableParallelism()))),
  };
  const results = await mapInWorkers<PredictedFile>(files, job, { onProgress: progress.update }).finally(progress.stop);
  const predicted = results.filter((result) => 'prediction' in result);
  for (const { file, prediction } of predicted) {
    for (const { message } of prediction.warnings) warn(`${file}: ${message}`);
  }
  if (json) for (const { file, prediction } of predicted) console.log(predictionAsJson(file, prediction));
  else if (predicted.length > 0) {
    console.log(describePredictions(predicted, labels, terminalPaint(labels)));
  }
  for (const result of results) {
    if (!('error' in result)) continue;
    const { file, error } = result;
    console.error(json ? JSON.stringify({ file, error }) : `undertone: ${error.message}`);
    process.exitCode = 1;
  }
}

/** Six digits of a probability and whole milliseconds: more is noise. */
const rounded = (value: number): number => Number(value.toFixed(6));

function roundedPrediction({ label, confidence, scores, uncertain }: EmotionPrediction): EmotionPrediction {
  const entries = Object.entries(scores).map(([name, score]) => [name, rounded(score)] as const);
  return { label, confidence: rounded(confidence), uncertain, scores: Object.fromEntries(entries) };
}

function predictionAsJson(file: string, prediction: FilePrediction): string {
  const { durationMs, model, overall, segments, notSpeech, warnings } = prediction;
  return JSON.stringify({
    file,
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
